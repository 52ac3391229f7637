"""Other people's images, opened as in production: by a child, under its limits."""

import asyncio
import hashlib
import io
import os
import random
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Resize
from calotype_core.errors import CalotypeError
from calotype_processor.engine.limits import MIB, EngineLimits
from calotype_processor.engine.messages import Rendered, RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.errors import BadImageError
from calotype_processor.facts import BY_DEFAULT, Fact
from tests.photographs import heic, photograph, picture
from tests.pixels.studio import encoded

pytestmark = pytest.mark.anyio

RECIPES = {"full": Recipe(), "small": Recipe(steps=(Resize(width=100, height=100),))}
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "HEIC"]
GOOD = photograph(320, 240)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    started = Engine.start(
        EngineLimits(time_seconds=20), children=2, metrics=MemoryMetrics(), clock=SystemClock()
    )
    async with started as engine:
        before = engine.pids
        yield engine
        assert engine.pids == before  # nothing killed a child


async def opened(engine: Engine, data: bytes, folder: Path) -> Rendered:
    outputs = folder / random.randbytes(8).hex()
    outputs.mkdir()
    (outputs / "source").write_bytes(data)
    return await engine.render(
        RenderTask(
            source=outputs / "source",
            outputs=outputs,
            recipes=RECIPES,
            facts=BY_DEFAULT | {Fact.PLACE},
        )
    )


async def refusal(engine: Engine, data: bytes, folder: Path) -> BadImageError:
    with pytest.raises(BadImageError) as caught:
        await opened(engine, data, folder)
    assert (await opened(engine, GOOD, folder)).metadata.format == "jpeg"
    return caught.value


def sound(image: Image.Image, file_format: str) -> bytes:
    return heic(image) if file_format == "HEIC" else encoded(image, file_format)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int, *, depth: int, interlaced: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(20)))


def progressive_bomb(width: int, height: int) -> bytes:
    """Return a progressive JPEG whose header alone was made larger."""
    data = bytearray(encoded(Image.new("RGB", (8, 8)), "JPEG", progressive=True))
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


BOMBS = {
    "interlaced PNG": png_bomb(786_464, 32, depth=16, interlaced=1),
    "endless PNG": png_bomb(1_000_000, 1_000_000, depth=8, interlaced=0),
    "long PNG": png_bomb(65_501, 1, depth=8, interlaced=0),
    "progressive JPEG": progressive_bomb(10_000, 9_999),
    "enormous progressive JPEG": progressive_bomb(65_500, 65_500),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_bombs_are_not_decoded(engine: Engine, tmp_path: Path, name: str) -> None:
    """A few bytes that promise gigabytes are refused on the header's word, the limit named."""
    error = await refusal(engine, BOMBS[name], tmp_path)
    assert error.code == "image_too_large"
    assert "at most" in error.message
    assert peak_bytes(engine) < 200 * MIB


def peak_bytes(engine: Engine) -> int:
    kilobytes = 0
    for pid in engine.pids:
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes = max(kilobytes, int(status.split("VmHWM:")[1].split()[0]))
    return kilobytes * 1024


async def test_too_many_pages(engine: Engine, tmp_path: Path) -> None:
    """A document of more pages than are allowed is refused."""
    pages = [Image.new("1", (8, 8), page % 2) for page in range(1001)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    error = await refusal(engine, data, tmp_path)
    assert (error.code, "1001 pages" in error.message) == ("image_too_large", True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"hello, world\n" * 99, "unsupported_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "unsupported_format"),
        (b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>", "unsupported_format"),
        (b"P5 1 1 255 \0", "unsupported_format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "image_undecodable"),
        (b"\x89PNG\r\n\x1a\n", "image_undecodable"),
        (b"\xff\xd8\xff", "image_truncated"),
    ],
    ids=[
        "empty",
        "text",
        "SVG",
        "PDF",
        "PGM",
        "only a HEIC's head",
        "only a PNG's head",
        "only a JPEG's head",
    ],
)
async def test_no_images(engine: Engine, tmp_path: Path, data: bytes, code: str) -> None:
    """What is no image, or of a kind that is not opened, is refused by its own name."""
    assert (await refusal(engine, data, tmp_path)).code == code


@pytest.mark.parametrize("file_format", FORMATS)
async def test_cut_short(engine: Engine, tmp_path: Path, file_format: str) -> None:
    """Half a file is never half a picture."""
    data = sound(picture(200, 150), file_format)
    error = await refusal(engine, data[: len(data) // 2], tmp_path)
    assert error.code in {"image_truncated", "image_undecodable"}
    assert "/" not in error.message


@pytest.mark.parametrize("file_format", ["JPEG", "GIF", "AVIF", "HEIC"])
async def test_cut_short_is_said(engine: Engine, tmp_path: Path, file_format: str) -> None:
    """Where the decoder can tell, so can we: the file ends too early."""
    data = sound(picture(200, 150), file_format)
    assert (await refusal(engine, data[:-20], tmp_path)).code == "image_truncated"


@pytest.mark.parametrize("file_format", FORMATS)
async def test_mutated_files(engine: Engine, tmp_path: Path, file_format: str) -> None:
    """Flipped bytes make a picture or a bad image, and never a failure of the engine."""
    generator = random.Random(file_format)
    original = sound(picture(64, 48), file_format)
    files = [mutated(original, generator) for _ in range(35)]
    outcomes = await asyncio.gather(
        *(opened(engine, data, tmp_path) for data in files), return_exceptions=True
    )
    for outcome in outcomes:
        assert isinstance(outcome, Rendered | BadImageError), outcome
    assert peak_bytes(engine) < 400 * MIB
    assert (await opened(engine, GOOD, tmp_path)).prints


def mutated(data: bytes, generator: random.Random) -> bytes:
    changed = bytearray(data)
    # Headers decide what a decoder allocates, so most of the damage is done there.
    for _ in range(generator.randint(1, 8)):
        end = len(changed) if generator.random() < 0.4 else min(len(changed), 200)
        changed[generator.randrange(end)] = generator.randrange(256)
    return bytes(changed)


async def test_metadata_nobody_can_read(engine: Engine, tmp_path: Path) -> None:
    """A PNG whose text is no text is still a picture."""
    data = encoded(picture(64, 48))
    text = chunk(b"tEXt", b"\xff\xfe\xfd\0\xff\xff")
    rendered = await opened(engine, data[:33] + text + data[33:], tmp_path)
    assert rendered.metadata.width == 64


async def test_the_source_is_gone(engine: Engine, tmp_path: Path) -> None:
    """A missing file is nobody's bad image: it may be retried."""
    task = RenderTask(source=tmp_path / "none", outputs=tmp_path, recipes=RECIPES)
    with pytest.raises(CalotypeError) as caught:
        await engine.render(task)
    assert (caught.value.code, caught.value.retry) == ("engine_failed", True)
    assert os.fspath(tmp_path) not in caught.value.message


async def test_checksums_are_those_of_the_files(engine: Engine, tmp_path: Path) -> None:
    """Every print is where it is said to be, as large, and with that SHA-256."""
    rendered = await opened(engine, GOOD, tmp_path)
    assert [one.name for one in rendered.prints] == list(RECIPES)
    for one in rendered.prints:
        data = one.path.read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.size_bytes, one.sha256)
        assert Image.open(io.BytesIO(data)).size == (one.width, one.height)
