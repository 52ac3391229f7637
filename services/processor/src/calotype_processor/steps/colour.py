from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

_SHOWN = frozenset({"srgb", "b-w"})  # what browsers show without being told how
_PLAIN = _SHOWN | {"rgb16", "grey16"}
_MODES = {"srgb": "RGB", "rgb16": "RGB", "rgb": "RGB", "b-w": "grey", "grey16": "grey"}


def is_plain(image: "pyvips.Image") -> bool:
    """Tell whether the image's colours are sRGB or grey, be it in 8 bits or 16."""
    return image.interpretation in _PLAIN and not image.get_typeof("icc-profile-data")


def is_shown(image: "pyvips.Image") -> bool:
    """Tell whether the image can be written as it is: plain, and in 8 bits."""
    return is_plain(image) and image.interpretation in _SHOWN and image.format == "uchar"


def colour_mode(image: "pyvips.Image") -> str:
    """Return a file's kind of colour in a word.

    "palette", "RGB", "RGBA", "grey", "grey+alpha", "CMYK", or libvips' name for rarer ones ("LAB").
    Depth is not part of it.
    """
    if image.get_typeof("palette"):
        return "palette"
    name = str(image.interpretation)
    mode = _MODES.get(name, name.upper())
    if not image.hasalpha():
        return mode
    return "RGBA" if mode == "RGB" else f"{mode}+alpha"
