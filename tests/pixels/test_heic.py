"""HEIC, against Pillow with pillow-heif, and in the child as in production."""

from pathlib import Path

import pytest
import pyvips
from PIL import Image, ImageOps
from pillow_heif import open_heif

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Resize, Rotate
from calotype_core.errors import CalotypeError
from calotype_processor.decoders import heic as decoder
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.engine.verdict import verdict
from calotype_processor.errors import ImageTooLargeError, ImageUndecodableError
from tests.photographs import heic, picture
from tests.pixels.profiles import P3
from tests.pixels.studio import decoded, difference, encoded, prints, rendered

PICTURE = picture(160, 120)
HALF = Resize(width=80)
HEIC = heic(PICTURE)
ORIENTATION = bytes.fromhex("0112 0003 00000001 0001")  # big-endian, as Pillow writes it


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "Calotype Test Camera"
    tags.endian = ">"
    return tags.tobytes()


def upright(orientation: int) -> Image.Image:
    """Return what a person sees of the picture with that orientation."""
    return ImageOps.exif_transpose(decoded(encoded(PICTURE, "PNG", exif=exif(orientation))))


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
def test_to_every_format(target: str) -> None:
    """A HEIC becomes every format that is written, and looks the same."""
    image = rendered(HEIC, HALF, output=Output(format=target))  # type: ignore[arg-type]  # one of them
    assert image.format == target.upper()
    assert difference(image, PICTURE.resize((80, 60), Image.Resampling.LANCZOS)) < 10


def test_what_is_known() -> None:
    """Format, size and colours are told as of any other; a copy for the web is a JPEG."""
    metadata, made = prints(HEIC, {"it": Recipe()})
    assert (metadata.width, metadata.height, metadata.format) == (160, 120, "heic")
    assert (metadata.colour_mode, metadata.orientation, metadata.pages) == ("RGB", 1, 1)
    assert decoded(made["it"]).format == "JPEG"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_once(orientation: int) -> None:
    """What the file's boxes turn and mirror is turned and mirrored, and nobody does so again."""
    data, seen = heic(PICTURE, exif=exif(orientation)), upright(orientation)
    assert difference(open_heif(data).to_pillow(), seen) < 5  # so says the second opinion
    output = Output(format="png", strip_metadata=False)
    recipes = {
        "full": Recipe(output=output),
        "half": Recipe(steps=(HALF,), output=output),
        "turned": Recipe(steps=(Rotate(degrees=90), HALF), output=output),
    }
    metadata, made = prints(data, recipes)
    assert (metadata.width, metadata.height) == seen.size
    for name, file in made.items():
        image = ImageOps.exif_transpose(decoded(file))
        expected = seen.transpose(Image.Transpose.ROTATE_270) if name == "turned" else seen
        assert difference(image, expected.resize(image.size, Image.Resampling.LANCZOS)) < 5, name


def test_an_orientation_beside_the_boxes_is_ignored() -> None:
    """EXIF has no say in how a HEIC is turned: libheif, browsers and telephones agree on that."""
    data = heic(PICTURE, exif=exif())
    assert ORIENTATION in data
    lying = data.replace(ORIENTATION, ORIENTATION[:-1] + b"\x06")
    assert rendered(lying).size == open_heif(lying).size == (160, 120)
    kept = rendered(lying, output=Output(format="jpeg", strip_metadata=False))
    assert kept.getexif().get(0x0112, 1) == 1


def test_wide_colours_without_a_profile() -> None:
    """A HEIC that calls its colours Display P3 is converted as one that carries the profile."""
    said = heic(PICTURE, color_primaries=12, transfer_characteristics=13)
    assert "icc_profile" not in open_heif(said).info
    shown, carried = rendered(said), rendered(heic(PICTURE, icc_profile=P3))
    assert difference(shown, carried) < 3
    assert difference(shown, rendered(HEIC)) > 5


def test_transparency_and_metadata_come_along() -> None:
    """Alpha, the camera and the colour profile are those of the file."""
    clear = PICTURE.convert("RGBA")
    clear.putalpha(0)
    metadata, made = prints(heic(clear), {"it": Recipe()})
    assert (metadata.colour_mode, metadata.has_alpha) == ("RGBA", True)
    assert decoded(made["it"]).getchannel("A").getextrema() == (0, 0)
    output = Output(format="jpeg", strip_metadata=False)
    image = rendered(heic(PICTURE, exif=exif()), HALF, output=output)
    assert image.getexif()[0x010F] == "Calotype Test Camera"


@pytest.mark.parametrize("steps", [(), (HALF,)], ids=["full", "resized"])
def test_profiles_are_heeded(steps: tuple[Resize, ...]) -> None:
    """A telephone's wide colours look in sRGB as its profile says."""
    plain = pyvips.Image.new_from_buffer(encoded(PICTURE), "")
    wide = decoded(plain.icc_transform("p3", input_profile="srgb").pngsave_buffer())
    profile = wide.info["icc_profile"]
    assert difference(wide, PICTURE) > 2
    data = heic(wide.convert("RGB"), quality=95, chroma=444, icc_profile=profile)
    assert difference(rendered(data, *steps), rendered(encoded(PICTURE), *steps)) < 3


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_grey_and_deep(mode: str) -> None:
    """Grey stays grey, and 10 bits come out as 8 of the same brightness."""
    level = 128 if mode == "L" else 128 * 257
    image = rendered(heic(Image.new(mode, (64, 48), level)))
    assert difference(image, Image.new("L", (64, 48), 128)) <= 2


def test_tiles() -> None:
    """What telephones write, a grid of small images, is put together."""
    large = picture(300, 200)
    assert difference(rendered(heic(large, quality=95, tile_size=128)), large) < 5


def test_limits_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the header promises is held against the limits before the decoder is even loaded."""
    monkeypatch.setattr(decoder, "decode", None)
    for limits in (
        EngineLimits(max_pixels=160 * 120 - 1),
        EngineLimits(max_side=159),
        EngineLimits(max_interlaced_bytes=160 * 120 * 3 - 1),
    ):
        with pytest.raises(ImageTooLargeError, match="at most"):
            prints(HEIC, {"it": Recipe()}, limits)


def test_no_error_passes_for_the_operating_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever libheif calls its troubles, a damaged file is the file's fault."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError("Encoder plugin generated an error")

    monkeypatch.setattr("pillow_heif.open_heif", fail)
    with pytest.raises(ImageUndecodableError, match="Send an intact file"):
        rendered(HEIC)


def test_two_opinions_on_the_size_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose pixels are not as many as its header promised is refused."""
    other = open_heif(heic(picture(80, 60)))
    monkeypatch.setattr("pillow_heif.open_heif", lambda *_, **__: other)
    with pytest.raises(ImageUndecodableError, match="not as large as its header says"):
        rendered(HEIC)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_cut_short(share: float) -> None:
    """A file that ends too early is refused under a clear code."""
    data = HEIC
    with pytest.raises(Exception, match=r".") as caught:
        rendered(data[: int(len(data) * share)])
    assert verdict(caught.value).code in {"image_truncated", "image_undecodable"}


@pytest.mark.anyio
async def test_in_the_child(tmp_path: Path) -> None:
    """The decoder works under the child's limits, the least memory that can be set among them."""
    limits = EngineLimits(time_seconds=20, memory_bytes=512 * 1024 * 1024)
    started = Engine.start(limits, children=1, metrics=MemoryMetrics(), clock=SystemClock())
    async with started as engine:
        pids = engine.pids
        for data in (heic(picture(640, 480)), HEIC[:-500], HEIC):
            (tmp_path / "source").write_bytes(data)
            task = RenderTask(
                source=tmp_path / "source", outputs=tmp_path, recipes={"it": Recipe(steps=(HALF,))}
            )
            try:
                rendered_ = await engine.render(task)
            except CalotypeError as error:
                assert error.code == "image_truncated"  # noqa: PT017 - of one of them
            else:
                assert rendered_.metadata.format == "heic"
        assert engine.pids == pids
