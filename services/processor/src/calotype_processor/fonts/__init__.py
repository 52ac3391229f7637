"""The fonts that are shipped, and where an operator's are found: names as files, never fetched."""

from pathlib import Path

from calotype_processor.errors import FontMissingError

SHIPPED = Path(__file__).parent
CONFIGURATION = SHIPPED / "fonts.conf"
_KINDS = frozenset({".ttf", ".otf", ".ttc"})


def font_file(name: str, own: Path | None) -> Path:
    """Return the file of a font: shipped, or in the operator's folder; raises FontMissingError.

    A font is called as its file is, in lower case and without the ending.
    """
    known = {**_in(own), **_in(SHIPPED)} if own else _in(SHIPPED)
    if name in known:
        return known[name]
    raise FontMissingError(
        f"There is no font {name!r} here; there are: {', '.join(sorted(known))}. Others are files"
        " in the folder that CALOTYPE_FONTS_DIR names."
    )


def _in(folder: Path) -> dict[str, Path]:
    try:
        return {
            one.stem.lower(): one
            for one in sorted(folder.iterdir())
            if one.suffix.lower() in _KINDS
        }
    except OSError as error:
        raise FontMissingError(
            f"The folder of fonts cannot be read ({error.strerror}): see CALOTYPE_FONTS_DIR."
        ) from error
