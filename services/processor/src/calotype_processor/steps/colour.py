from typing import TYPE_CHECKING

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Crop, Flip, Operation, Resize, Rotate

if TYPE_CHECKING:
    import pyvips

    from calotype_processor.work import Header

PROFILE = "icc-profile-data"
_SHOWN = frozenset({"srgb", "b-w", "multiband"})  # what browsers show without being told how
_PLAIN = _SHOWN | {"rgb16", "grey16"}
_MODES = {"srgb": "RGB", "rgb16": "RGB", "rgb": "RGB", "b-w": "grey", "grey16": "grey"}

# The colour space that a profile must be of, as its header spells it, to mean an image's numbers.
_SPACES = {"RGB": "RGB", "grey": "GRAY", "CMYK": "CMYK"}
_SPACE_AT = slice(16, 20)
# Which formats hold which colours, each with its profile; GIF holds none.
_HOLDERS = {
    "srgb": frozenset({"jpeg", "png", "webp", "avif", "tiff"}),
    "b-w": frozenset({"jpeg", "png", "tiff"}),
    "cmyk": frozenset({"jpeg", "tiff"}),
}
_QUARTER = 90


def is_plain(image: "pyvips.Image") -> bool:
    """Tell whether the image's colours are sRGB or grey, be it in 8 bits or 16, or are laid by."""
    return image.interpretation in _PLAIN and not image.get_typeof(PROFILE)


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


def profile_space(image: "pyvips.Image") -> str:
    """Return the colour space that the image's own profile is of; empty where it has none."""
    if not image.get_typeof(PROFILE):
        return ""
    return bytes(image.get(PROFILE)[_SPACE_AT]).decode("latin-1").strip()


def keeps_colours(recipe: Recipe, header: "Header") -> bool:
    """Tell whether a recipe's pixels are never converted, but stay what their profile says.

    Grey and CMYK are given up for an operation that computes or paints colours: those are RGB. The
    frames of an animation are always converted: GIF has no profile.
    """
    if recipe.output.colour_profile != "keep" or header.moves:
        return False
    mode = _MODES.get(header.interpretation, header.interpretation.upper())
    if header.profile_space != _SPACES.get(mode):
        # CMYK without a profile is the ink of a press that nobody named, and kept as such.
        return mode == "CMYK" and not header.profile_space and _only_moves(recipe, header)
    return mode == "RGB" or _only_moves(recipe, header)


def _only_moves(recipe: Recipe, header: "Header") -> bool:
    return not header.has_alpha and all(_moves(step) for step in recipe.steps)


def _moves(step: Operation) -> bool:
    match step:
        case Resize():
            return step.fit != "contain" and step.gravity != "smart"
        case Rotate():
            return (step.degrees or 0) % _QUARTER == 0
        case Crop():
            return step.gravity != "smart"  # what people look at is found in RGB
        case _:
            return isinstance(step, Flip)


def lay_by(image: "pyvips.Image") -> tuple["pyvips.Image", bytes]:
    """Return the image as one whose colours nothing converts, and its profile for afterwards."""
    profile = bytes(image.get(PROFILE)) if image.get_typeof(PROFILE) else b""
    # Four inks would pass for three colours and transparency, or be turned into them.
    inks = {"interpretation": "multiband"} if image.interpretation == "cmyk" else {}
    own = image.copy(**inks)  # metadata is shared, and not ours to change
    if profile:
        own.remove(PROFILE)
    return own, profile


def take_up(image: "pyvips.Image", profile: bytes) -> "pyvips.Image":
    """Return an image that was laid by, with its colours and its profile again."""
    import pyvips  # noqa: PLC0415 - the plan is made where no libvips is loaded

    space = "cmyk" if image.interpretation == "multiband" else "srgb"
    own = image.copy(interpretation=space) if space == "cmyk" else _as_profiled(image, profile)
    if profile:
        own.set_type(pyvips.GValue.blob_type, PROFILE, profile)
    return own


def _as_profiled(image: "pyvips.Image", profile: bytes) -> "pyvips.Image":
    # An operation may have left grey, which an RGB profile does not describe.
    grey = profile[_SPACE_AT].startswith(b"GRAY")
    return image.copy() if grey else image.colourspace("srgb").copy()


def holds(file_format: str, image: "pyvips.Image") -> bool:
    """Tell whether a format can hold the image's colours as its profile means them."""
    return file_format in _HOLDERS.get(str(image.interpretation), ())
