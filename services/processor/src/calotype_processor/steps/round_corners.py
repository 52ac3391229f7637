from typing import TYPE_CHECKING

from calotype_core.domain.operations import RoundCorners
from calotype_processor.sizes import Size, measured
from calotype_processor.steps.ink import cut_out
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same, size_of

if TYPE_CHECKING:
    import pyvips

_OPAQUE = 255


def radii(corners: RoundCorners, size: Size) -> tuple[int, int]:
    """Return a corner's width and height, at most half of each side."""
    shorter = min(size.width, size.height)
    across = measured(corners.radius or 0, shorter)
    down = across if corners.radius_y is None else measured(corners.radius_y, shorter)
    if corners.radius_y is None:
        across = down = min(across, shorter // 2)
    return min(across, size.width // 2), min(down, size.height // 2)


def _apply(corners: RoundCorners, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
    across, down = radii(corners, size_of(image))
    if not across or not down:
        return image
    mask = _mask(size_of(image), across, down)
    if corners.background in ("auto", "blur"):
        image = image.copy_memory()
    return cut_out(image, mask, corners.background, scene, of=image)


def _mask(size: Size, across: int, down: int) -> "pyvips.Image":
    """Return how much of each pixel lies inside, 0 to 255."""
    corner = _corner(across, down).copy_memory()  # four times
    mirrored = corner.flip("horizontal")
    right, bottom = size.width - across, size.height - down
    inside = (corner.new_from_image(_OPAQUE)).embed(0, 0, *(size.width, size.height), extend="copy")
    for piece, left, top in (
        (corner, 0, 0),
        (mirrored, right, 0),
        (corner.flip("vertical"), 0, bottom),
        (mirrored.flip("vertical"), right, bottom),
    ):
        inside = inside.insert(piece, left, top)
    return inside


def _corner(across: int, down: int) -> "pyvips.Image":
    """Return the top left one: a quarter of an ellipse, its edge a pixel soft."""
    import pyvips  # noqa: PLC0415 - loaded in the child only, after its limits

    at = pyvips.Image.xyz(across, down)
    x, y = (across - 0.5 - at[0]) / across, (down - 0.5 - at[1]) / down  # 1 at the edge
    far = (x * x + y * y) ** 0.5
    # The distance to the edge: how far out by that scale, over how fast the scale grows there.
    slope = ((x / across) ** 2 + (y / down) ** 2) ** 0.5
    outside = (far - 1) * far / slope
    return ((0.5 - outside) * _OPAQUE).rint().cast("uchar")


STEP = Step(sizes=same, apply=_apply)
