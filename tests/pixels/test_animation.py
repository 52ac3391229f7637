"""GIFs and WebPs that move: every frame, its time and the rounds, against Pillow."""

import io
from collections.abc import Sequence

import pytest
from PIL import Image, ImageFilter, ImageSequence
from pyvips import Image as Pixels

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Crop, Flip, Operation, Output, Resize, Rotate, Trim
from calotype_core.domain.operations.output import Negotiable
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.verdict import verdict
from calotype_processor.errors import ImageTooLargeError, OutputTooLargeError
from calotype_processor.plan import Leaf
from calotype_processor.steps.operate import perform
from calotype_processor.steps.registry import STEPS
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded, prints

SIZE = (96, 64)
# Without their grain, which no format would keep at this size.
FRAMES = [picture(*SIZE, seed=seed).filter(ImageFilter.GaussianBlur(4)) for seed in range(4)]
DELAYS = [40, 50, 120, 700]  # ms; GIF counts in hundredths
WIDE = Resize(width=48)


def moving(file_format: str, frames: Sequence[Image.Image] = FRAMES, **options: object) -> bytes:
    options = {"duration": DELAYS[: len(frames)], "loop": 0, **options}
    return encoded(frames[0], file_format, save_all=True, append_images=frames[1:], **options)


def frames_of(data: bytes) -> tuple[list[Image.Image], list[int]]:
    """Return what a file shows, one picture after the other, and for how long."""
    file = Image.open(io.BytesIO(data))
    seen: list[Image.Image] = []
    delays: list[int] = []
    for frame in ImageSequence.Iterator(file):
        frame.load()
        seen.append(frame.convert("RGB"))
        delays.append(frame.info["duration"])
    return seen, delays


def one(data: bytes, *steps: Operation, output: Output | None = None) -> bytes:
    _, made = prints(data, {"it": Recipe(steps=steps, output=output or Output())})
    return made["it"]


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("target", ["auto", "gif", "webp"])
def test_what_moves_goes_on_moving(source: str, target: str) -> None:
    """Every frame is there, looks the same, and is shown for as long as it was."""
    data = moving(source)
    output = Output(format=target)  # type: ignore[arg-type]  # one of them
    frames, delays = frames_of(one(data, WIDE, output=output))
    assert delays == DELAYS
    originals, _ = frames_of(data)
    for frame, original in zip(frames, originals, strict=True):
        assert difference(frame, original.resize((48, 32), Image.Resampling.LANCZOS)) < 12


@pytest.mark.parametrize(
    ("accepts", "animated", "chosen"),
    [
        (None, True, ("GIF", 4)),
        (("webp", "avif"), True, ("WEBP", 4)),
        (("avif",), True, ("GIF", 4)),
        ((), True, ("GIF", 4)),
        ((), False, ("PNG", 1)),
    ],
)
def test_auto_takes_what_moves(
    *, accepts: tuple[Negotiable, ...] | None, animated: bool, chosen: tuple[str, int]
) -> None:
    """Where the format is open, an animation becomes the best of those that move and are shown."""
    output = Output(accepts=accepts, animated=animated)
    image = decoded(one(moving("GIF"), WIDE, output=output))
    assert (image.format, getattr(image, "n_frames", 1)) == chosen


def test_a_profile_of_an_animation() -> None:
    """Frames with a colour profile are converted, also where profiles are kept: GIF has none."""
    plain = Pixels.new_from_buffer(encoded(FRAMES[0]), "")
    wide = decoded(plain.icc_transform("p3", input_profile="srgb").pngsave_buffer())
    data = moving("WEBP", [wide, *FRAMES[1:]], lossless=True, icc_profile=wide.info["icc_profile"])
    for output in (Output(), Output(colour_profile="keep")):
        frames, _ = frames_of(one(data, output=output))
        assert difference(frames[0], FRAMES[0]) < 4


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ((), SIZE),
        ((Crop(width=32, height=32, gravity="east"),), (32, 32)),
        ((Resize(width=40, height=40, fit="cover"), Flip(axis="vertical")), (40, 40)),
        ((Rotate(degrees=90), Crop(x=10, y=10, width=20, height=50), WIDE), (20, 50)),
    ],
    ids=len,
)
def test_every_step_is_done_to_every_frame(
    steps: tuple[Operation, ...], size: tuple[int, int]
) -> None:
    """A frame of an animation is what the same steps make of it as a picture by itself."""
    data = moving("WEBP", lossless=True)
    frames, _ = frames_of(one(data, *steps, output=Output(quality=100)))
    for frame, original in zip(frames, FRAMES, strict=True):
        alone = decoded(one(encoded(original), *steps, output=Output(format="png")))
        assert frame.size == alone.size == size
        assert difference(frame, alone) < 4


@pytest.mark.parametrize("loop", [0, 1, 3])
def test_rounds_are_kept(loop: int) -> None:
    """An animation ends when it did, or never."""
    for data in (moving("WEBP", loop=loop), moving("GIF", loop=loop)):
        assert decoded(one(data, WIDE)).info["loop"] == loop


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
def test_the_first_frame(source: str) -> None:
    """Where the format does not move, or it is not wanted, there is the first frame."""
    data = moving(source)
    recipes = {
        "wished": Recipe(steps=(WIDE,), output=Output(animated=False)),
        "jpeg": Recipe(steps=(WIDE,), output=Output(format="jpeg")),
        "avif": Recipe(steps=(WIDE,), output=Output(format="avif")),
        "moving": Recipe(steps=(WIDE,)),
    }
    _, made = prints(data, recipes)
    shown = {name: getattr(decoded(file), "n_frames", 1) for name, file in made.items()}
    assert shown == {"wished": 1, "jpeg": 1, "avif": 1, "moving": 4}
    first = frames_of(data)[0][0].resize((48, 32), Image.Resampling.LANCZOS)
    assert all(difference(decoded(file), first) < 12 for file in made.values())


def test_what_is_known_of_an_animation() -> None:
    """Frames and time once through are told; width and height are a frame's."""
    metadata, made = prints(moving("GIF"), {"all": Recipe(), "wide": Recipe(steps=(WIDE,))})
    assert (metadata.pages, metadata.duration_ms) == (4, sum(DELAYS))
    assert (metadata.width, metadata.height) == SIZE
    assert {name: decoded(file).size for name, file in made.items()} == {
        "all": SIZE,
        "wide": (48, 32),
    }
    still, _ = prints(encoded(FRAMES[0], "GIF", duration=50), {"it": Recipe()})
    assert (still.pages, still.duration_ms) == (1, 0)


def test_an_apng_stays_a_still() -> None:
    """The formats that move are GIF and WebP: of an animated PNG there is its first frame."""
    metadata, made = prints(moving("PNG"), {"it": Recipe(output=Output(format="webp"))})
    assert (metadata.format, metadata.pages) == ("png", 1)
    assert difference(decoded(made["it"]), FRAMES[0]) < 5


def test_transparent_frames() -> None:
    """What shines through goes on doing so, and what is behind a frame does not stay."""
    clear = []
    for left in (0, 32, 64):
        frame = Image.new("RGBA", SIZE, (0, 0, 0, 0))
        frame.paste((200, 30, 40, 255), (left, 0, left + 32, 64))
        clear.append(frame)
    for data in (moving("WEBP", clear, lossless=True), moving("GIF", clear, disposal=2)):
        for output in (Output(format="webp"), Output(format="gif")):
            file = Image.open(io.BytesIO(one(data, WIDE, output=output)))
            for number, frame in enumerate(ImageSequence.Iterator(file)):
                alpha = frame.convert("RGBA").getchannel("A")
                seen = [alpha.getpixel((16 * column + 8, 16)) for column in range(3)]
                assert seen == [255 * (column == number) for column in range(3)]


def test_all_frames_count() -> None:
    """An animation with more pixels than are allowed is refused, and told of its first frame."""
    data, limits = moving("GIF"), EngineLimits(max_pixels=4 * 96 * 64 - 1)
    with pytest.raises(ImageTooLargeError, match=r"4 frames of 96 x 64, 24576 pixels") as caught:
        prints(data, {"it": Recipe()}, limits)
    assert "CALOTYPE_MAX_PIXELS" in caught.value.message
    still = Recipe(output=Output(animated=False))
    assert prints(data, {"it": still}, limits)[1]
    with pytest.raises(ImageTooLargeError, match="4 pages long; at most 3"):
        prints(data, {"it": still}, EngineLimits(max_pages=3))
    large = Recipe(steps=(Resize(width=960, enlarge=True),))
    with pytest.raises(OutputTooLargeError, match="4 frames of 960 x 640 on the way"):
        prints(data, {"it": large}, EngineLimits(max_pixels=960 * 640 * 3))


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
def test_cut_short(source: str) -> None:
    """An animation that ends too early is refused: a part of it is none."""
    data = moving(source)
    with pytest.raises(Exception, match=r".") as caught:
        one(data[: len(data) * 2 // 3], WIDE)
    assert verdict(caught.value).code in {"image_truncated", "image_undecodable"}


def test_edges_are_looked_for_once() -> None:
    """What is trimmed of the first frame is trimmed of all, though others have other edges."""
    frames = []
    for width in (40, 30, 20):
        frame = Image.new("RGB", SIZE, "white")
        frame.paste((200, 30, 40), (10, 10, 10 + width, 50))
        frames.append(frame)
    trimmed, _ = frames_of(one(moving("WEBP", frames, lossless=True), Trim()))
    assert [frame.size for frame in trimmed] == [(40, 40)] * 3
    assert trimmed[2].getpixel((30, 20)) == pytest.approx((255, 255, 255), abs=3)


def test_what_pixels_decide_is_decided_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that looks at pixels asks the scene, and so does not jump about between frames."""
    seen: list[Pixels] = []

    def apply(_flip: Flip, image: Pixels, scene: Scene) -> Pixels:
        seen.append(image)
        left = scene.once("left", lambda: 10 * len(seen))
        return image.crop(left, 0, image.width - left, image.height)

    monkeypatch.setitem(STEPS, Flip, Step(sizes=lambda _flip, size: (size,), apply=apply))
    flip = Flip(axis="both")
    leaf = Leaf(name="it", output=Output(), steps=(flip, flip))
    scene, decided = Scene(limits=EngineLimits()), [dict[str, object]() for _ in leaf.steps]
    for _frame in range(3):
        worked = perform(leaf, Pixels.black(96, 64), scene, decided)
        assert worked.width == 96 - 10 - 20
    assert decided == [{"left": 10}, {"left": 20}]  # each step for itself
