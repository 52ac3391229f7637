"""Colour profiles for the tests: libvips' own, and a grey one that is made here."""

import io
import struct

import pyvips
from PIL import Image, ImageCms

P3: bytes = pyvips.Operation.call("profile_load", "p3")
CMYK: bytes = pyvips.Operation.call("profile_load", "cmyk")


def grey(gamma: float) -> bytes:
    """Return a profile of grey with that gamma, with the least that one must have (ICC.1, 8.4)."""
    words = b"grey\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(words)) + words + bytes(78)
    bodies = {
        b"desc": description,
        b"cprt": b"text" + bytes(4) + words,
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
        b"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)),
    }
    at, table, body = 128 + 4 + 12 * len(bodies), struct.pack(">I", len(bodies)), b""
    for name, data in bodies.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), bytes(4), 0x02100000, b"mntr", b"GRAY", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return how LittleCMS, asked by Pillow, shows an image with that profile in sRGB."""
    shown = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    assert shown is not None
    return shown
