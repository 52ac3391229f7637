"""The pictures of docs/how-to/instructions.md, made by the product: python -m docs.pictures."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask, print_path
from calotype_processor.pipeline import render

DOCS = Path(__file__).parent
PAGE = DOCS / "how-to" / "instructions.md"
PICTURES = DOCS / "pictures"
BEGIN, END = "<!-- pictures: begin -->", "<!-- pictures: end -->"
_ACROSS = 3

# Each operation with what shows it best; the first of several stands for the operation's own name.
EXAMPLES: Mapping[str, Sequence[str]] = {
    "trim": ['[{"pad": {"left": 60, "background": "white"}}, {"trim": {"threshold": 10}}]'],
    "crop": [
        '{"crop": {"width": 120, "height": 120, "gravity": "smart"}}',
        '{"crop": {"width": 0.5, "height": 0.5, "gravity": "northeast"}}',
        '{"crop": {"aspect": "16:9"}}',
    ],
    "resize": [
        '{"resize": {"width": 200, "height": 200}}',
        '{"resize": {"width": 200, "height": 200, "fit": "cover"}}',
        '{"resize": {"width": 200, "height": 200, "fit": "contain", "background": "blur"}}',
        '{"resize": {"width": 200, "height": 200, "fit": "fill"}}',
    ],
    "rotate": ['{"rotate": 90}', '{"rotate": {"degrees": 12, "background": "white"}}'],
    "flip": ['{"flip": "horizontal"}'],
    "brightness": ['{"brightness": 25}'],
    "contrast": ['{"contrast": 40}'],
    "saturation": ['{"saturation": 80}'],
    "hue": ['{"hue": 120}'],
    "rgb": ['{"rgb": {"red": 30, "blue": -20}}'],
    "equalize": ['{"equalize": true}'],
    "grayscale": ['{"grayscale": true}'],
    "blur": ['{"blur": 4}'],
    "sharpen": ['{"sharpen": 2}'],
    "pixelate": ['{"pixelate": 12}'],
    "extend": ['{"extend": {"aspect": "1:1", "background": "auto"}}'],
    "pad": ['{"pad": {"top": 10, "bottom": 40, "left": 10, "right": 10, "background": "white"}}'],
    "background": [
        '[{"roundCorners": {"radius": 0.3}}, {"background": "gold"}]',
    ],
    "watermark": [
        '{"watermark": {"text": "© Calotype", "size": 0.15, "gravity": "south", "opacity": 0.8}}',
    ],
    "roundCorners": ['{"roundCorners": {"radius": 40}}'],
}


def main() -> None:
    """Write the pictures, and their place in the page."""
    for old in PICTURES.glob("*.webp"):
        old.unlink()
    parts = [_section(name, texts) for name, texts in EXAMPLES.items()]
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text("".join((before, BEGIN, "\n", *parts, END, after)))


def _section(name: str, texts: Sequence[str]) -> str:
    cells = [_cell(f"{name}-{number}", text) for number, text in enumerate(texts, 1)]
    rows = [cells[at : at + _ACROSS] for at in range(0, len(cells), _ACROSS)]
    lines = [f"\n### `{name}`\n"]
    for row in rows:
        pictures, captions = zip(*row, strict=True)
        lines += [_line(pictures), _line(["---"] * len(row)), _line(captions), ""]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(name: str, text: str) -> tuple[str, str]:
    recipe = parse_instructions(text, {}).renditions["main"]
    (PICTURES / f"{name}.webp").write_bytes(_made(recipe))
    return f"![{name}](../pictures/{name}.webp)", f"`{text}`"


def _made(recipe: Recipe) -> bytes:
    document = {"steps": [{"resize": {"width": 260}}, *recipe.canonical()["steps"]]}  # type: ignore[misc]  # a list
    small = parse_instructions(json.dumps({**document, "format": "webp"}), {}).renditions["main"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = RenderTask(source=PICTURES / "original.jpg", outputs=folder, recipes={"main": small})
        render(task, EngineLimits())
        return print_path(folder, "main", "webp").read_bytes()


if __name__ == "__main__":
    main()
