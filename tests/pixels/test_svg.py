"""SVG: drawn in pixels as large as it is asked to be, where the setting is on, and in the child."""

import base64
import gzip
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pyvips
from PIL import Image, ImageDraw

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Crop, Operation, Output, Resize
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.loaders import svg_allowed
from calotype_processor.engine.messages import Rendered, RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.errors import (
    BadImageError,
    ImageTooLargeError,
    ImageUndecodableError,
    OutputTooLargeError,
    UnsupportedFormatError,
)
from tests.pixels.studio import decoded, difference, encoded, prints

ON = EngineLimits(svg=True)
PNG = Output(format="png")
# A red square at the left, a blue disc at the right, and nothing between them.
SHAPES = (
    "<rect width='20' height='20' fill='#c81e28'/><circle cx='50' cy='10' r='10' fill='#0000ff'/>"
)


def svg(inside: str = SHAPES, attributes: str = "width='60' height='20'") -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{inside}</svg>".encode()


def drawn(data: bytes, *steps: Operation, output: Output = PNG) -> Image.Image:
    _, made = prints(data, {"it": Recipe(steps=steps, output=output)}, ON)
    return decoded(made["it"])


def by_pillow(width: int, height: int) -> Image.Image:
    """Return the second opinion: the same shapes, on white, drawn large and made smaller."""
    by = 8
    canvas = Image.new("RGB", (width * by, height * by), "white")
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 0, width * by // 3 - 1, height * by), fill="#c81e28")
    pen.ellipse((width * by * 2 // 3, 0, width * by - 1, height * by - 1), fill="#0000ff")
    return canvas.resize((width, height), Image.Resampling.BOX)


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ((), (60, 20)),
        ((Resize(width=30),), (30, 10)),
        ((Resize(width=600),), (600, 200)),
        ((Resize(width=90, height=90),), (90, 30)),
        ((Resize(width=90, height=90, fit="fill"),), (90, 90)),
        ((Resize(width=61),), (61, 20)),
    ],
)
def test_drawn_at_the_size_that_is_asked_for(
    steps: tuple[Resize, ...], size: tuple[int, int]
) -> None:
    """A drawing has no pixels to run out of: smaller or larger, its edges are sharp."""
    image = drawn(svg(), *steps, output=Output(format="jpeg", quality=100))
    assert image.size == size
    assert difference(image, by_pillow(*size)) < 2


def test_every_print_is_as_sharp_as_another() -> None:
    """Prints at several sizes, one of them the drawing's own, share what they can and no blur."""
    recipes = {str(side): Recipe(steps=(Resize(width=side),)) for side in (30, 300, 900)}
    recipes |= {"own": Recipe(), "cut": Recipe(steps=(Crop(width=30, height=20, x=0, y=0),))}
    metadata, made = prints(svg(), recipes, ON)
    assert (metadata.width, metadata.height, metadata.format) == (60, 20, "svg")
    assert (metadata.colour_mode, metadata.has_alpha, metadata.pages) == ("RGBA", True, 1)
    sizes = {name: decoded(file).size for name, file in made.items()}
    assert sizes == {
        "30": (30, 10), "300": (300, 100), "900": (900, 300), "own": (60, 20), "cut": (30, 20),
    }  # fmt: skip
    for name in ("30", "300", "900", "own"):
        image = decoded(made[name])
        assert image.format == "PNG"  # which holds its transparency
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image)
        assert difference(flat, by_pillow(*image.size)) < 2


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    """What is between the shapes is transparent, and white in a JPEG."""
    assert drawn(svg()).getpixel((30, 10)) == (0, 0, 0, 0)
    assert drawn(svg(), output=Output(format="jpeg", quality=100)).getpixel((30, 10)) == (
        255, 255, 255,
    )  # fmt: skip


def test_its_proportions_are_its_own() -> None:
    """A viewBox of other proportions than width and height is centred in them, as browsers do."""
    image = drawn(svg(SHAPES, "width='120' height='20' viewBox='0 0 60 20'"))
    assert image.size == (120, 20)
    assert image.getpixel((20, 10)) == (0, 0, 0, 0)
    assert image.getpixel((40, 10)) == (200, 30, 40, 255)


def test_parts_that_refer_to_one_another() -> None:
    """Gradients, style sheets, symbols and embedded pictures are drawn."""
    dot = base64.b64encode(encoded(Image.new("RGB", (2, 2), "#00ff00"))).decode()
    image = drawn(
        svg(
            "<style>.a{fill:url(#g)}</style>"
            "<linearGradient id='g'><stop stop-color='#c81e28'/></linearGradient>"
            "<symbol id='s'><rect width='20' height='20' fill='#0000ff'/></symbol>"
            "<rect class='a' width='20' height='20'/><use href='#s' x='20'/>"
            f"<image x='40' width='20' height='20' href='data:image/png;base64,{dot}'/>"
        )
    )
    seen = [image.getpixel((x, 10)) for x in (10, 30, 50)]
    assert seen == [(200, 30, 40, 255), (0, 0, 255, 255), (0, 255, 0, 255)]


def test_off_by_default() -> None:
    """Whoever sends a drawing where none is read is told the setting, and what is read."""
    with pytest.raises(UnsupportedFormatError, match=r"CALOTYPE_SVG is true\. Send one of JPEG"):
        prints(svg(), {"it": Recipe()})


def test_packed_drawings_are_not_read() -> None:
    """A drawing in gzip is none: it may unpack to anything."""
    with pytest.raises(UnsupportedFormatError, match=r"no image.*SVG\."):
        drawn(gzip.compress(svg()))


def test_limits() -> None:
    """A drawing's size, its own or the one asked for, is held against the limits of all images."""
    for attributes in ("width='1e9' height='1e9'", "width='65501' height='1'"):
        with pytest.raises(ImageTooLargeError, match="at most"):
            drawn(svg("", attributes))
    with pytest.raises(OutputTooLargeError, match="would be 60000 x 20000"):
        drawn(svg(), Resize(width=60_000))
    with pytest.raises(ImageUndecodableError, match="give its root element"):
        drawn(svg("", ""))


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    started = Engine.start(
        EngineLimits(time_seconds=20, svg=True),
        children=1,
        metrics=MemoryMetrics(),
        clock=SystemClock(),
    )
    async with started as engine:
        pids = engine.pids
        yield engine
        assert engine.pids == pids


async def opened(engine: Engine, data: bytes, folder: Path) -> Rendered:
    (folder / "source").write_bytes(data)
    recipes = {"it": Recipe(steps=(Resize(width=200),), output=PNG)}
    return await engine.render(
        RenderTask(source=folder / "source", outputs=folder, recipes=recipes)
    )


def peak_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0])


HUGE = "width='300' height='300'"
# What would bring a renderer down that took it at its word.
HOSTILE: Mapping[str, bytes] = {
    "a giant blur": svg(
        "<filter id='f' x='-1e9' width='1e18'><feGaussianBlur stdDeviation='1e9'/></filter>"
        "<rect filter='url(#f)' width='50' height='50'/>",
        HUGE,
    ),
    "huge numbers": svg(
        "<rect x='-1e300' width='1e308' height='5e307' transform='scale(1e300) rotate(1e300)'/>"
        "<path d='M0 0 L1e308 1e308 C1e999 1 1 1 1 1' stroke='red' stroke-width='1e308'/>",
        HUGE,
    ),
    "endless dashes": svg("<path stroke='red' stroke-dasharray='1e-9' d='M0 0 L1e9 1e9'/>", HUGE),
    "a tiny pattern": svg(
        "<pattern id='p' width='1e-9' height='1e-9'><rect width='1' height='1'/></pattern>"
        "<rect fill='url(#p)' width='300' height='300'/>",
        HUGE,
    ),
    "a file's picture": svg("<image href='file:///etc/passwd' width='9' height='9'/>", HUGE),
    "a host's picture": svg("<image href='http://127.0.0.1:1/' width='9' height='9'/>", HUGE),
    "nonsense": svg("<path d='M0 0 ÿ'/><rect width='a' transform='b(' style=';;:'/>", HUGE),
    "deep nesting": svg("<g opacity='.9'>" * 90 + "<rect/>" + "</g>" * 90, HUGE),
    "a clip of itself": svg(
        "<clipPath id='c' clip-path='url(#c)'><rect/></clipPath><g clip-path='url(#c)'/>", HUGE
    ),
}


@pytest.mark.anyio
async def test_hostile_drawings(engine: Engine, tmp_path: Path) -> None:
    """Each becomes a picture or a bad image, soon, and the child goes on with the next one."""
    for name, data in HOSTILE.items():
        try:
            assert (await opened(engine, data, tmp_path)).metadata.format == "svg", name
        except BadImageError as error:
            assert error.code in {"image_undecodable", "image_too_large"}, name  # noqa: PT017
        assert peak_kib(engine.pids[0]) < 256 * 1024, name
    assert (await opened(engine, svg(), tmp_path)).prints[0].width == 200


@pytest.mark.anyio
async def test_nobody_else_reaches_the_renderer(engine: Engine, tmp_path: Path) -> None:
    """What begins as another format and goes on as a drawing is not drawn, though drawings are."""
    for head in (b"\xff\xd8\xff", b"GIF89a", b"II*\0", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(BadImageError):
            await opened(engine, head + svg(), tmp_path)


def test_the_renderer_is_locked_but_for_a_moment() -> None:
    """The renderer is there while it is asked for; before and after that, nobody reaches it."""
    with svg_allowed():
        assert pyvips.Image.svgload_buffer(svg()).width == 60
    with pytest.raises(pyvips.Error):
        pyvips.Image.svgload_buffer(svg())
