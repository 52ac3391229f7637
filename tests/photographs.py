"""Pictures made for the tests: they compress like photographs, and belong to nobody."""

import io
import random

from PIL import Image, ImageFilter
from pillow_heif import from_pillow


def picture(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """Return a picture with large shapes, fine grain and many colours."""
    generator = random.Random(seed)
    coarse = Image.frombytes("RGB", (16, 12), generator.randbytes(16 * 12 * 3))
    shapes = coarse.resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.frombytes("L", (256, 256), generator.randbytes(256 * 256))
    grain = grain.filter(ImageFilter.GaussianBlur(1)).resize((width, height))
    return Image.blend(shapes, Image.merge("RGB", (grain, grain, grain)), 0.15)


def photograph(width: int, height: int, *, seed: int = 0, quality: int = 90) -> bytes:
    """Return a picture as a JPEG with EXIF: a camera, and the place where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Calotype Test Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    out = io.BytesIO()
    picture(width, height, seed=seed).save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def heic(image: Image.Image, *, quality: int = 90, **options: object) -> bytes:
    """Return a picture as a HEIC; options as pillow-heif's."""
    out = io.BytesIO()
    from_pillow(image).save(out, quality=quality, **options)
    return out.getvalue()
