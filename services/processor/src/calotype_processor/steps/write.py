import html
from functools import lru_cache
from pathlib import Path

import pyvips

_POINTS_A_INCH = 72  # so that a point is a pixel
# What Pango takes for a style; a word that it does not know would become a part of the family.
# fmt: off
_STYLES = frozenset({
    "thin", "ultralight", "extralight", "light", "semilight", "demilight", "book", "regular",
    "medium", "semibold", "demibold", "bold", "ultrabold", "extrabold", "heavy", "black",
    "ultraheavy", "extrablack", "italic", "oblique", "condensed", "expanded",
})
# fmt: on


def write(text: str, font: Path, pixels: float, *, align: str) -> pyvips.Image:
    """Return the text as a mask: 255 where a letter is, 0 where none is.

    pixels is the font's size. Pango's markup is of no effect: the text is written as it stands.
    """
    return pyvips.Image.text(
        html.escape(text, quote=False),
        font=f"{_description(font)} {pixels:.3f}",
        fontfile=str(font),
        dpi=_POINTS_A_INCH,
        align=align,
    )


@lru_cache(maxsize=64)
def _description(font: Path) -> str:
    """Return what Pango calls a font: it finds them by name, even one that it is handed."""
    from PIL import ImageFont  # noqa: PLC0415 - most children never write

    family, style = ImageFont.truetype(font, 10).getname()
    known = [one for one in (style or "").split() if one.lower().replace("-", "") in _STYLES]
    return f"{family}, {' '.join(known)}"
