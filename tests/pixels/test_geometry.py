"""What geometry fills, rounds, turns, trims and looks for, against Pillow."""

from dataclasses import replace

import pytest
import pyvips
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import (
    Background,
    Crop,
    Extend,
    Flip,
    Operation,
    Output,
    Pad,
    Resize,
    Rotate,
    RoundCorners,
    Trim,
)
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.errors import CropOutsideImageError, OutputTooLargeError
from calotype_processor.plan import Leaf
from calotype_processor.steps.operate import Decided, perform
from calotype_processor.steps.scene import Scene
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(320, 240)
DATA = encoded(PICTURE)
RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)


def on_canvas(
    width: int, height: int, at: tuple[int, int], colour: tuple[int, ...], inner: Image.Image
) -> Image.Image:
    canvas = Image.new("RGBA", (width, height), colour)
    canvas.paste(inner.convert("RGBA"), at)
    return canvas


def same(one: Image.Image, other: Image.Image, *, by: int = 0) -> bool:
    """Tell whether what is seen of two images is alike, and as transparent."""
    assert one.size == other.size
    one, other = one.convert("RGBA"), other.convert("RGBA")
    black = Image.new("RGBA", one.size, (0, 0, 0, 255))
    seen = [Image.alpha_composite(black, image) for image in (one, other)]
    apart = ImageChops.difference(*(image.convert("RGB") for image in seen))
    opacity = ImageChops.difference(one.getchannel("A"), other.getchannel("A"))
    return worst(apart) <= by and worst(opacity) <= by


def worst(apart: Image.Image) -> int:
    return max(index % 256 for index, count in enumerate(apart.histogram()) if count)


FRAMED: list[tuple[Operation, Image.Image]] = [
    (Extend(width=400, height=300), on_canvas(400, 300, (40, 30), CLEAR, PICTURE)),
    (
        Extend(width=400, gravity="east", offset_x=10, background="#ff0000ff"),
        on_canvas(400, 240, (70, 0), RED, PICTURE),
    ),
    (Extend(aspect=1.0, gravity="south"), on_canvas(320, 320, (0, 80), CLEAR, PICTURE)),
    (
        Extend(width=330, background="#ff000080"),
        on_canvas(330, 240, (5, 0), (255, 0, 0, 128), PICTURE),
    ),
    (Pad(edges=7, background="#ff0000ff"), on_canvas(334, 254, (7, 7), RED, PICTURE)),
    (Pad(top=0.5, left=1), on_canvas(321, 360, (1, 120), CLEAR, PICTURE)),
]


def _named(value: Operation | Image.Image) -> str:
    return str(value.size) if isinstance(value, Image.Image) else repr(value)[:60]


@pytest.mark.parametrize(("step", "expected"), FRAMED, ids=_named)
def test_room_is_exact(step: Operation, expected: Image.Image) -> None:
    """Room around a picture has its colour to the digit, and the picture is untouched in it."""
    assert same(rendered(DATA, step), expected)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1"])
@pytest.mark.parametrize(
    "step",
    [
        Pad(edges=5, background="#ff0000ff"),
        Pad(edges=5, background="#80808080"),
        Pad(edges=5, background="auto"),
        Pad(edges=5, background="blur"),
        Rotate(degrees=30, background="#ff0000ff"),
        Rotate(degrees=30, background="blur"),
        RoundCorners(radius=9),
        RoundCorners(radius=9, background="#ff0000ff"),
        RoundCorners(radius=9, background="blur"),
        Background(colour="#ff0000ff"),
        Background(colour="#ff000080"),
        Background(colour="auto"),
        Trim(colour="#ff0000ff"),
        Crop(width=20, height=20, gravity="smart"),
    ],
    ids=lambda step: repr(step)[:60],
)
def test_every_kind_of_colour_has_room(mode: str, step: Operation) -> None:
    """Grey or coloured, transparent or not: every image can be framed, turned and looked at."""
    source = Image.new("RGB", (64, 48), (200, 120, 60)).convert(mode, dither=Image.Dither.NONE)
    made = rendered(encoded(source), step).convert("RGB")
    middle = (made.width // 2, made.height // 2)
    assert close(made.getpixel(middle), source.convert("RGB").getpixel((32, 24)), by=2)


def close(one: object, other: object, *, by: int) -> bool:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return all(abs(left - right) <= by for left, right in zip(one[:3], other, strict=True))


def test_the_mean_colour() -> None:
    """An automatic background is the mean of what can be seen."""
    half = Image.new("RGB", (40, 40), (200, 0, 0))
    half.paste((0, 100, 0), (0, 0, 40, 20))
    framed = rendered(encoded(half), Pad(edges=3, background="auto"))
    assert close(framed.getpixel((0, 0)), (100, 50, 0), by=1)
    ghost = on_canvas(40, 40, (0, 20), (9, 9, 9, 0), Image.new("RGB", (40, 20), (200, 0, 0)))
    assert close(
        rendered(encoded(ghost), Background(colour="auto")).getpixel((0, 0)), (200, 0, 0), by=1
    )


def test_a_blurred_backdrop() -> None:
    """A blurred background has the picture's colours where they are, without its edges."""
    tall = rendered(DATA, Extend(width=640, height=240, background="blur"))
    assert difference(tall.crop((160, 0, 480, 240)), PICTURE) == 0
    backdrop = PICTURE.resize((640, 480)).crop((0, 120, 640, 360))
    soft = backdrop.filter(ImageFilter.GaussianBlur(30))
    for side in ((0, 0, 160, 240), (480, 0, 640, 240)):
        assert difference(tall.crop(side), soft.crop(side)) < 10


@pytest.mark.parametrize("degrees", [1, 30, 45, 133.7, 270.5])
def test_any_angle(degrees: float) -> None:
    """A picture turned by any angle looks as Pillow turns it, and all of it is there."""
    made = rendered(DATA, Rotate(degrees=degrees, background="#ff0000ff"))
    theirs = PICTURE.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 0, 0))
    box = ((theirs.width - made.width) // 2, (theirs.height - made.height) // 2)
    assert max(map(abs, box)) <= 1  # theirs is rounded another way
    expected = Image.new("RGB", made.size, (255, 0, 0))
    expected.paste(theirs, (-box[0], -box[1]))
    assert difference(made, expected) < 3


def test_corners_of_a_turned_picture() -> None:
    """The corners are transparent, and white where the format has no transparency."""
    assert rendered(DATA, Rotate(degrees=45)).convert("RGBA").getpixel((1, 1)) == CLEAR
    jpeg = rendered(DATA, Rotate(degrees=45), output=Output(format="jpeg"))
    assert close(jpeg.getpixel((3, 3)), (255, 255, 255), by=2)


@pytest.mark.parametrize(("radius", "radius_y"), [(40, None), (0.5, None), (60, 20)])
def test_round_corners(radius: float, radius_y: float | None) -> None:
    """Rounded corners are as smooth as a mask of Pillow's that was drawn eight times as large."""
    made = rendered(DATA, RoundCorners(radius=radius, radius_y=radius_y))
    across, down = (120, 120) if radius == 0.5 else (int(radius), int(radius_y or radius))
    mask = Image.new("L", (320 * 8, 240 * 8), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle((across * 8, 0, (320 - across) * 8 - 1, 240 * 8 - 1), 255)
    if 2 * down < 240:
        draw.rectangle((0, down * 8, 320 * 8 - 1, (240 - down) * 8 - 1), 255)
    for left in (0, 320 - 2 * across):
        for top in (0, 240 - 2 * down):
            far = ((left + 2 * across) * 8 - 1, (top + 2 * down) * 8 - 1)
            draw.ellipse((left * 8, top * 8, *far), 255)
    smooth = mask.resize((320, 240), Image.Resampling.BOX)
    apart = ImageChops.difference(made.convert("RGBA").getchannel("A"), smooth)
    assert worst(apart) <= 24  # of 255, at the edge itself
    assert difference(made.convert("RGB"), PICTURE) == 0


def test_what_is_behind() -> None:
    """A background is behind what is transparent, as Pillow composes it."""
    ghost = PICTURE.convert("RGBA")
    ghost.putalpha(Image.linear_gradient("L").resize((320, 240)))
    for colour, behind in (("#ff0000ff", RED), ("#00ff0080", (0, 255, 0, 128))):
        expected = Image.alpha_composite(Image.new("RGBA", ghost.size, behind), ghost)
        assert same(rendered(encoded(ghost), Background(colour=colour)), expected, by=2)
    assert same(rendered(DATA, Background(colour="#ff0000ff")), PICTURE)


WHITE = (255, 255, 255, 255)
FRAME = on_canvas(400, 300, (30, 20), WHITE, PICTURE)
FAINT = on_canvas(99, 99, (9, 9), (200, 200, 200), Image.new("L", (20, 10), 151))
DOT = on_canvas(40, 30, (0, 0), (9, 9, 9, 0), Image.new("RGB", (1, 1), "red"))
TRIMMED: list[tuple[Trim, Image.Image, tuple[int, int, int, int]]] = [
    (Trim(), FRAME, (30, 20, 350, 260)),
    (Trim(colour="southeast"), FRAME, (30, 20, 350, 260)),
    (Trim(colour="#ffffffff"), FRAME, (30, 20, 350, 260)),
    (Trim(colour="#000000ff"), FRAME, (0, 0, 400, 300)),
    (Trim(equal_horizontal=True, equal_vertical=True), FRAME, (30, 20, 370, 280)),
    (Trim(), on_canvas(400, 300, (30, 20), CLEAR, PICTURE), (30, 20, 350, 260)),
    (Trim(colour="southeast"), DOT, (0, 0, 1, 1)),
    (Trim(), Image.new("RGB", (40, 30), "red"), (0, 0, 40, 30)),  # nothing else is there
    (Trim(threshold=50), FAINT, (0, 0, 99, 99)),
    (Trim(threshold=48), FAINT, (9, 9, 29, 19)),
]


@pytest.mark.parametrize(("step", "source", "kept"), TRIMMED)
def test_a_trim_is_exact(step: Trim, source: Image.Image, kept: tuple[int, int, int, int]) -> None:
    """Edges of one colour are cut off to the pixel, and nothing else is."""
    source = source.convert("RGBA")
    assert same(rendered(encoded(source), step), source.crop(kept))


def test_what_follows_a_trim_knows_its_size() -> None:
    """What pixels decided is checked by the size that it has: a crop, a limit, a format."""
    framed = encoded(FRAME)
    whole = Crop(x=0, y=0, width=330, height=230)
    with pytest.raises(CropOutsideImageError, match="320 x 240"):
        rendered(framed, Trim(), whole)
    thin = encoded(on_canvas(400, 300, (30, 20), WHITE, Image.new("RGB", (40, 1), "red")))
    wide = Resize(height=100, enlarge=True)
    recipes = {"it": Recipe(steps=(Trim(), wide), output=Output(format="png"))}
    with pytest.raises(OutputTooLargeError, match=r"'it' would be 4000 x 100 on the way"):
        prints(thin, recipes, EngineLimits(max_pixels=200_000))


SPOT = (240, 60)  # of 320 x 240
MARKED = Image.new("RGB", (320, 240), (90, 120, 90))
MARKED.paste((255, 0, 0), (SPOT[0] - 6, SPOT[1] - 6, SPOT[0] + 6, SPOT[1] + 6))
FOCUS = FocalPoint(x=SPOT[0] / 320, y=SPOT[1] / 240)
JOURNEYS: list[tuple[Operation, ...]] = [
    (),
    (Crop(x=100, y=20, width=200, height=200),),
    (Crop(width=200, height=200),),
    (Crop(aspect=0.5, gravity="east"), Flip(axis="both")),
    (Resize(width=160, height=160, fit="cover"),),
    (Resize(width=160, height=300, fit="contain", background="#005a00ff"),),
    (Resize(width=300, height=100, fit="fill"), Rotate(degrees=90)),
    (Rotate(degrees=33, background="#005a00ff"),),
    (Rotate(degrees=270), Flip(axis="horizontal")),
    (Extend(width=500, height=400, gravity="southwest"), Pad(top=60, left=20)),
    (Trim(threshold=30),),
    (Crop(width=200, height=200, gravity="smart"), Flip(axis="vertical")),
]


@pytest.mark.parametrize("steps", JOURNEYS, ids=lambda steps: repr(steps)[:80])
def test_the_focal_point_follows(steps: tuple[Operation, ...]) -> None:
    """Whatever moves the pixels, a crop at the end finds the place that was pointed out."""
    made = rendered(encoded(MARKED), *steps, Crop(width=12, height=12), focus=FOCUS)
    assert close(made.getpixel((made.width // 2, made.height // 2)), (255, 0, 0), by=40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_as_they_are_stored(orientation: int) -> None:
    """Unless it is to be upright, a picture stays as stored, untagged; the focal point is found."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = MARKED
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    data = encoded(stored, "JPEG", exif=exif, quality=95)
    as_it_is = Output(format="png", auto_orient=False, strip_metadata=False)
    recipes = {
        "whole": Recipe(output=as_it_is),
        "half": Recipe(steps=(Resize(scale=0.5),), output=as_it_is),
        "spot": Recipe(steps=(Crop(width=12, height=12),), output=as_it_is),
        "upright": Recipe(output=Output(format="png")),
    }
    metadata, made = prints(data, recipes, focus=FOCUS)
    assert (metadata.width, metadata.height, metadata.orientation) == (320, 240, orientation)
    images = {name: decoded(one) for name, one in made.items()}
    assert images["whole"].getexif().get(0x0112, 1) == 1
    assert difference(images["whole"], decoded(data)) < 1
    assert images["half"].size == (stored.width // 2, stored.height // 2)
    assert close(images["spot"].getpixel((6, 6)), (255, 0, 0), by=40)
    assert difference(images["upright"], upright) < 2


def test_attention() -> None:
    """A smart crop finds what there is to see."""
    seen_ = rendered(encoded(MARKED), Crop(width=60, height=60, gravity="smart"))
    assert (255, 0, 0) in {colour for _, colour in seen_.convert("RGB").getcolors(999) or ()}
    covered = rendered(encoded(MARKED), Resize(width=60, height=240, fit="cover", gravity="smart"))
    assert (255, 0, 0) in {colour for _, colour in covered.convert("RGB").getcolors(9999) or ()}


def test_each_print_is_placed_by_itself() -> None:
    """Prints that share their pixels are cropped, filled and looked at each in its own way."""
    box = Resize(width=100, height=100)
    steps = {
        "west": replace(box, fit="cover", gravity="west"),
        "east": replace(box, fit="cover", gravity="east"),
        "smart": replace(box, fit="cover", gravity="smart"),
        "red": replace(box, fit="contain", background="#ff0000ff"),
        "clear": replace(box, fit="contain"),
        "inside": box,
    }
    output = Output(format="png")
    together = {name: Recipe(steps=(one,), output=output) for name, one in steps.items()}
    data = encoded(picture(800, 600), "JPEG", quality=95)
    _, made = prints(data, together)
    for name, one in steps.items():
        assert difference(decoded(made[name]), rendered(data, one)) < 4


@pytest.mark.parametrize("step", [Trim(), Crop(width=60, height=60, gravity="smart")])
def test_frames_do_not_jitter(step: Operation) -> None:
    """What pixels decide is decided by an animation's first frame, for all of them."""
    frames = [on_canvas(120, 90, (left, 9), WHITE, MARKED.resize((60, 45))) for left in (9, 40)]
    leaf = Leaf(name="it", output=Output(), steps=(step,))
    decided: Decided = [{}]
    scene = Scene(limits=EngineLimits())
    made = [
        perform(leaf, pyvips.Image.new_from_buffer(encoded(one), ""), scene, decided)
        for one in frames
    ]
    box = {(one.xoffset, one.yoffset, one.width, one.height) for one in made}
    assert len(box) == 1
