"""Files made from sound ones by damage of every kind: endless, and the same again from one seed."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from PIL import Image

from tests.flow.hostile import chunk, encoded
from tests.photographs import heic, picture

Damage = Callable[[bytes, random.Random], bytes]
_HEAD_BYTES = 256  # here decoders decide how much to allocate, so here most damage is done
# What lengths, counts and offsets are that somebody hopes to be trusted.
_NUMBERS = (b"\0\0", b"\xff\xff", b"\x7f\xff", b"\x80\0", b"\0\0\0\0", b"\xff\xff\xff\xff")

_DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 40"><defs>
<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1"/></linearGradient>
<path id="p" d="M0 0L9 9Q3 8 1 2z"/></defs><rect width="60" height="40" fill="url(#g)"/>
<use href="#p" x="9"/><g transform="rotate(9)"><circle cx="30" cy="20" r="9"/></g></svg>"""


@cache
def sound() -> Mapping[str, bytes]:
    """Return a small file of every format, in each of its manners."""
    rgb, alpha = picture(72, 48), picture(40, 40).convert("RGBA")
    alpha.putalpha(picture(40, 40, seed=2).convert("L"))
    frames: Sequence[Image.Image] = [picture(24, 16, seed=seed) for seed in range(4)]
    moving: dict[str, object] = {"save_all": True, "append_images": frames[1:], "duration": 40}
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    return {
        "baseline.jpg": encoded(rgb, "JPEG", exif=exif),
        "progressive.jpg": encoded(rgb, "JPEG", progressive=True),
        "cmyk.jpg": encoded(rgb.convert("CMYK"), "JPEG"),
        "grey.jpg": encoded(rgb.convert("L"), "JPEG"),
        "rgb.png": encoded(rgb, "PNG"),
        "alpha.png": encoded(alpha, "PNG"),
        "palette.png": encoded(rgb.quantize(16), "PNG", transparency=3),
        "deep.png": encoded(rgb.convert("I;16"), "PNG"),
        "lossy.webp": encoded(rgb, "WEBP"),
        "lossless.webp": encoded(alpha, "WEBP", lossless=True),
        "moving.webp": encoded(frames[0], "WEBP", **moving),
        "still.gif": encoded(rgb, "GIF"),
        "moving.gif": encoded(frames[0], "GIF", **moving),
        "still.avif": encoded(rgb, "AVIF"),
        "alpha.avif": encoded(alpha, "AVIF"),
        "still.heic": heic(rgb),
        "alpha.heic": heic(alpha, exif=exif.tobytes()),
        "tiles.heic": heic(picture(140, 70), tile_size=64),
        "drawing.svg": _DRAWING,
        "plain.tiff": encoded(rgb, "TIFF"),
        "packed.tiff": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "jpeg.tiff": encoded(rgb, "TIFF", compression="jpeg"),
        "book.tiff": encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]),
    }


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Change a few bytes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        changed[_somewhere(data, chance)] = chance.randrange(256)
    return bytes(changed)


def miscounted(data: bytes, chance: random.Random) -> bytes:
    """Write a number that is too good to be true over something."""
    at, number = _somewhere(data, chance), chance.choice(_NUMBERS)
    return (data[:at] + number + data[at + len(number) :])[: len(data)]


def truncated(data: bytes, chance: random.Random) -> bytes:
    """End the file early."""
    return data[: chance.randrange(1, len(data))]


def gapped(data: bytes, chance: random.Random) -> bytes:
    """Leave a part out."""
    begin = _somewhere(data, chance)
    return data[:begin] + data[begin + chance.randint(1, 200) :]


def repeated(data: bytes, chance: random.Random) -> bytes:
    """Say a part many times over."""
    begin = chance.randrange(len(data))
    part = data[begin : begin + chance.randint(1, 400)]
    return data[:begin] + part * chance.randint(2, 60) + data[begin:]


def spliced(data: bytes, chance: random.Random) -> bytes:
    """Begin as one file, and go on as another."""
    other = chance.choice(tuple(sound().values()))
    return data[: chance.randrange(4, len(data))] + other[chance.randrange(len(other)) :]


def joined(data: bytes, chance: random.Random) -> bytes:
    """Be two files, one after the other, one of them perhaps an archive or a page."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("in.png"), sound()["rgb.png"])
    others = (*sound().values(), archive.getvalue(), b"<script>alert(1)</script>")
    pair = [data, chance.choice(others)]
    chance.shuffle(pair)
    return b"".join(pair)


def swollen(data: bytes, chance: random.Random) -> bytes:
    """Put a great deal of nothing in, as a PNG's chunk or as mere zeros."""
    nothing = bytes(chance.randint(1, 200_000))
    at = _somewhere(data, chance)
    if data.startswith(b"\x89PNG"):
        at, nothing = 33, chunk(chance.choice((b"tEXt", b"eXIf", b"IDAT", b"acTL")), nothing)
    return data[:at] + nothing + data[at:]


DAMAGES: Sequence[Damage] = (
    flipped, flipped, flipped, miscounted, miscounted, truncated, gapped, repeated, spliced, joined,
    swollen,
)  # fmt: skip


def _somewhere(data: bytes, chance: random.Random) -> int:
    near = chance.random() < 0.6
    return chance.randrange(min(len(data), _HEAD_BYTES) if near else len(data))


def damaged(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield so many files and their names, which say what was done to what."""
    chance, files = random.Random(seed), sorted(sound().items())
    for number in range(count):
        name, data = chance.choice(files)
        done: list[str] = []
        for _ in range(1 if chance.random() < 0.7 else 2):
            damage = chance.choice(DAMAGES)
            data, done = damage(data, chance) or b"\0", [*done, damage.__name__]
        yield f"{number} {'+'.join(done)} {name}", data
