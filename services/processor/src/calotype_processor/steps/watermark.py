import math
from typing import TYPE_CHECKING

from calotype_core.domain.colours import channels
from calotype_core.domain.operations import Watermark
from calotype_core.domain.operations.watermark import SHIPPED_FONT, WHITE
from calotype_processor.errors import OutputTooLargeError, WatermarkMissingError
from calotype_processor.fonts import font_file
from calotype_processor.sizes import Size, times
from calotype_processor.steps.scale import scale
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, size_of
from calotype_processor.steps.write import write

if TYPE_CHECKING:
    import pyvips

_PROBE = 32.0  # pixels: the size that a text is tried at before it is written
_QUARTER = 90
_RGB = 3
_OPAQUE = 255
_ROOMY = 128  # pixels: tiles below that are pasted together first, or there would be millions


def _apply(watermark: Watermark, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
    over = _faded(_turned(_made(watermark, size_of(image), scene), watermark.rotate), watermark)
    left, top = place(watermark, size_of(over), size_of(image))
    if watermark.tiled:
        over, left, top = _tiled(watermark, over, image, (left, top)), 0, 0
    return _laid(image, over, left, top)


def _laid(image: "pyvips.Image", over: "pyvips.Image", left: int, top: int) -> "pyvips.Image":
    # Asking for sRGB is not free where it is there already.
    below = image if image.interpretation == "srgb" else image.colourspace("srgb")
    if not (-over.width < left < image.width and -over.height < top < image.height):
        return below
    if below.hasalpha():
        return below.composite2(over, "over", x=left, y=top)
    # The same, without making transparency that nobody asked for. All of the image in one piece: it
    # may come from a decoder, which gives each row once, and parts of it would be read in turns.
    layer = over.embed(left, top, image.width, image.height)
    return layer[_RGB].ifthenelse(layer.extract_band(0, n=_RGB), below, blend=True)


def _made(watermark: Watermark, canvas: Size, scene: Scene) -> "pyvips.Image":
    if watermark.text is not None:
        return _written(watermark, canvas, scene)
    try:
        stored = scene.overlays[watermark.image or ""]
    except KeyError:
        raise WatermarkMissingError(f"The watermark {watermark.image} was not handed in.") from None
    size = size_of(stored)
    wanted = times(size, ratio(watermark, size, canvas, natural=1.0))
    _bound(wanted, scene)
    return stored if wanted == size else scale(stored, wanted).copy_memory()


def _written(watermark: Watermark, canvas: Size, scene: Scene) -> "pyvips.Image":
    font = font_file(watermark.font or SHIPPED_FONT, scene.limits.own_fonts)
    align = "low" if "west" in watermark.gravity else "high" if "east" in watermark.gravity else ""

    def mask(pixels: float) -> "pyvips.Image":
        return write(watermark.text or "", font, pixels, align=align or "centre")

    asked = watermark.size or 0.0
    pixels = asked * min(canvas.width, canvas.height) if asked < 1 else asked
    tried = size_of(mask(_PROBE))
    larger = ratio(watermark, tried, canvas, natural=pixels / _PROBE)
    _bound(times(tried, larger), scene)
    letters = mask(max(1.0, _PROBE * larger))
    *colour, opacity = channels(watermark.colour or WHITE)
    flat = letters.new_from_image(colour).copy(interpretation="srgb")
    return flat.bandjoin((letters * (opacity / _OPAQUE)).rint().cast("uchar")).copy_memory()


def _bound(size: Size, scene: Scene) -> None:
    # What is larger than its picture is held in memory all the same.
    if (
        size.pixels > scene.limits.max_pixels
        or max(size.width, size.height) > scene.limits.max_side
    ):
        raise OutputTooLargeError(
            f"A watermark would be {size}; at most {scene.limits.max_pixels} pixels,"
            f" {scene.limits.max_side} a side, are allowed. Ask for a smaller scale."
        )


def ratio(watermark: Watermark, size: Size, canvas: Size, *, natural: float) -> float:
    """Return how many times its size something becomes on a canvas: natural, unless scale says.

    No larger than fits, turned as it will be, unless a scale above 1 asks for that.
    """
    scales = (
        (watermark.scale, canvas.width / size.width),
        (
            watermark.scale_height,
            canvas.height / size.height,
        ),
    )
    asked = min((part * whole for part, whole in scales if part is not None), default=natural)
    if max(watermark.scale or 0, watermark.scale_height or 0) > 1:
        return asked
    turn = math.radians(watermark.rotate)
    across, down = abs(math.cos(turn)), abs(math.sin(turn))
    width, height = (
        size.width * across + size.height * down,
        size.width * down + size.height * across,
    )
    return min(asked, canvas.width / width, canvas.height / height)


def _turned(over: "pyvips.Image", degrees: float) -> "pyvips.Image":
    if degrees % _QUARTER == 0:
        return over.rot(f"d{degrees:.0f}") if degrees else over
    # Colours are weighed by how much they show, or the edges would darken.
    turned = over.premultiply().similarity(angle=degrees).unpremultiply()
    return turned.rint().cast("uchar").copy(interpretation="srgb").copy_memory()


def _faded(over: "pyvips.Image", watermark: Watermark) -> "pyvips.Image":
    if watermark.opacity == 1:
        return over
    shown = (over[_RGB] * watermark.opacity).rint().cast("uchar")
    return over.extract_band(0, n=_RGB).bandjoin(shown)


def place(watermark: Watermark, size: Size, canvas: Size) -> tuple[int, int]:
    """Return where something's left top corner comes, which may be outside; a tile's has no offset.

    Offsets lead inwards from the edges that gravity names, else to the right and down.
    """
    gravity = watermark.gravity
    x, y = (0, 0) if watermark.tiled else offsets(watermark, canvas)
    return (
        _along(canvas.width - size.width, x, start="west" in gravity, end="east" in gravity),
        _along(canvas.height - size.height, y, start="north" in gravity, end="south" in gravity),
    )


def _along(slack: int, offset: int, *, start: bool, end: bool) -> int:
    if start:
        return offset
    return slack - offset if end else slack // 2 + offset


def offsets(watermark: Watermark, canvas: Size) -> tuple[int, int]:
    """Return both offsets in pixels: below 1 they are parts of the canvas."""
    return (
        _pixels(watermark.offset_x, canvas.width),
        _pixels(watermark.offset_y, canvas.height),
    )


def _pixels(offset: float, side: int) -> int:
    return round(offset * side if abs(offset) < 1 else offset)


def _tiled(
    watermark: Watermark, over: "pyvips.Image", canvas: "pyvips.Image", at: tuple[int, int]
) -> "pyvips.Image":
    """Return tiles all over the canvas, one of them at the place given, the gaps transparent."""
    gap_x, gap_y = offsets(watermark, size_of(canvas))
    # Of a gap as large as the picture no other end is seen.
    width = over.width + min(max(0, gap_x), canvas.width)
    height = over.height + min(max(0, gap_y), canvas.height)
    left, top = (-at[0]) % width, (-at[1]) % height
    some = over.copy_memory().embed(0, 0, width, height)
    if width < _ROOMY or height < _ROOMY:
        some = some.replicate(-(-_ROOMY // width), -(-_ROOMY // height)).copy_memory()
    across, down = -(-(left + canvas.width) // some.width), -(-(top + canvas.height) // some.height)
    return some.replicate(across, down).crop(left, top, canvas.width, canvas.height)


STEP = Step(sizes=lambda _watermark, size: (size,), apply=_apply)
