"""Files that nobody should send: seeded, so that the same ones come again."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

import httpx
from PIL import Image

from tests.flow.clumsy import INSIDES, Json, settled
from tests.photographs import heic, picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "HEIC")
# What an image can be refused for; anything else would be a failure of ours.
ITS_OWN_FAULT = {
    "unsupported_media_type",
    "unsupported_format",
    "image_truncated",
    "image_undecodable",
    "image_too_large",
}
MUTATIONS = 15  # of each format
NO_IMAGES = {
    "text.jpg": b"hello, world\n" * 99,
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "compressed.svgz": zlib.compress(b"<svg xmlns='http://www.w3.org/2000/svg'/>", wbits=31),
    "paper.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "script.mvg": b"push graphic-context\nfill 'url(https://example.com/\"|ls \"-la)'\n",
    "postscript.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\nquit\n",
    "script.msl": b"<image><read filename='/etc/passwd'/></image>",
    "scene.exr": b"v/1\x01\x02\0\0\0" + bytes(99),
    "sky.fits": b"SIMPLE  =                    T" + b" " * 2850,
    "numbers.mat": b"MATLAB 5.0 MAT-file" + bytes(200),
    "grey.pgm": b"P5 9999999 9999999 255 " + bytes(99),
    "radiance.hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 9 +X 9\n" + bytes(99),
    "wavelet.jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99),
    "wavelet.jxl": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99),
    "bits.bmp": b"BM" + bytes(60),
    "icon.ico": b"\0\0\1\0\1\0\1\1\0\0\1\0\x20\0" + bytes(50),
    "program": b"\x7fELF\2\1\1" + bytes(99),
    "zeros": bytes(100_000),
    "a byte": b"\xff",
}


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def sound(image: Image.Image, file_format: str) -> bytes:
    """Return an image's file, of a format of ours."""
    return heic(image) if file_format == "HEIC" else encoded(image, file_format)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, interlaced: int = 0) -> bytes:
    """Return a PNG whose header says that, with hardly a pixel behind it."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlaced)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + data


def progressive(width: int, height: int) -> bytes:
    """Return a progressive JPEG whose header alone was made larger."""
    data = bytearray(encoded(Image.new("RGB", (8, 8)), "JPEG", progressive=True))
    frame = data.index(b"\xff\xc2")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def resized(data: bytes, offset: int, layout: str, width: int, height: int) -> bytes:
    """Return a file with other dimensions written over its own."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, offset, width, height)
    return bytes(changed)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield headers that promise what would cost gigabytes, or for ever."""
    small = picture(16, 16)
    yield "interlaced.png", png(786_464, 32, depth=16, interlaced=1)
    yield "endless.png", png(1_000_000, 1_000_000)
    yield "largest.png", png(2**31 - 1, 2**31 - 1)
    yield "long.png", png(65_501, 1)
    yield "flat.png", png(0, 0)
    yield "text.png", png(16, 16, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000))))
    yield "profile.png", png(16, 16, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(20_000_000))))
    yield "progressive.jpg", progressive(10_000, 9_999)
    yield "enormous.jpg", progressive(65_500, 65_500)
    yield "scans.jpg", encoded(small, "JPEG", progressive=True)[:-2] * 400
    yield "large.gif", resized(encoded(small, "GIF"), 6, "<HH", 65_535, 65_535)
    yield "large.webp", resized(encoded(small, "WEBP", lossless=True), 21, "<HH", 65_535, 65_535)
    pages = [Image.new("1", (8, 8))] * 1001
    yield "book.tiff", encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    yield "circle.tiff", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"  # its only page says that it is the next


def odd() -> Iterator[tuple[str, bytes]]:
    """Yield files that are two things at once, or half of one."""
    jpeg, image = encoded(picture(64, 48), "JPEG"), encoded(picture(64, 48), "PNG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("../../evil.sh"), "echo")
    yield "polyglot.png", image + archive.getvalue()
    yield "polyglot.jpg", jpeg + b"<?php system($_GET['c']); ?>"
    yield "twice.jpg", jpeg + jpeg
    yield "mixed.png", image + jpeg
    yield "script.gif", b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)"
    yield "headless.jpg", jpeg[2:]
    yield "quiet.png", image[:33] + chunk(b"tEXt", b"\xff\xfe\xfd\0\xff\xff") + image[33:]
    for file_format in FORMATS:
        whole = sound(picture(80, 60), file_format)
        for share in (0.1, 0.5, 0.95):
            yield f"{share:.0%} of a {file_format}", whole[: int(len(whole) * share)]


def mutated(generator: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield images with a few bytes changed, mostly where a decoder looks first."""
    for file_format in FORMATS:
        whole = sound(picture(64, 48, seed=1), file_format)
        for number in range(MUTATIONS):
            changed = bytearray(whole)
            for _ in range(generator.randint(1, 8)):
                end = len(changed) if generator.random() < 0.4 else min(len(changed), 200)
                changed[generator.randrange(end)] = generator.randrange(256)
            yield f"mutation {number} of a {file_format}", bytes(changed)


def files(seed: int) -> list[tuple[str, bytes]]:
    """Return all of them, in an order that follows from the seed."""
    generator = random.Random(seed)
    everything = [*NO_IMAGES.items(), *bombs(), *odd(), *mutated(generator)]
    generator.shuffle(everything)
    return everything


def outcome(client: httpx.Client, name: str, answer: httpx.Response) -> str:
    """Return the code that a file failed with, or completed, having checked what was said."""
    told: Json = answer.json()
    if answer.status_code in {200, 202}:
        told = settled(client, told["imageId"])
        if told["status"] == "completed":
            for url in told["urls"].values():
                assert client.get(url).headers["content-type"].startswith("image/"), name
            return "completed"
        told = {**told["failure"], "detail": told["failure"]["message"]}
    assert told["code"] in ITS_OWN_FAULT, (name, told)
    assert not [one for one in INSIDES if one in told["detail"]], (name, told)
    return str(told["code"])
