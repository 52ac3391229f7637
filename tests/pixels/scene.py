"""The pictures that golden ones are made of: every tone, soft and hard edges, strong colours."""

from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw

_SIZE = (96, 72)


def scene() -> Image.Image:
    """Return a house on a hill under the sun, off centre, and stripes as fine as pixels are."""
    red, green, blue = (
        Image.linear_gradient("L").point([low + (high - low) * v // 255 for v in range(256)])
        for low, high in ((40, 250), (90, 220), (190, 180))
    )
    image = Image.merge("RGB", (red, green, blue)).resize(_SIZE, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    draw.ellipse((62, 6, 82, 26), fill=(255, 220, 40))
    draw.ellipse((-30, 42, 70, 130), fill=(60, 130, 50))
    draw.ellipse((40, 50, 140, 120), fill=(40, 95, 60))
    draw.rectangle((16, 30, 40, 52), fill=(200, 50, 45))
    draw.polygon(((12, 30), (28, 16), (44, 30)), fill=(70, 40, 110))
    draw.rectangle((25, 38, 31, 52), fill=(20, 20, 30))
    for left in range(56, 88, 2):
        draw.line((left, 58, left, 66), fill=(255, 255, 255) if left % 4 else (0, 0, 0))
    return image


def cutout() -> Image.Image:
    """Return the scene in a soft circle; what lies outside is hidden, and of a loud colour."""
    circle = Image.radial_gradient("L").resize(_SIZE, Image.Resampling.BILINEAR)
    seen = circle.point([255 if v < 90 else max(0, 255 - (v - 90) * 5) for v in range(256)])
    image = scene()
    image.paste((255, 0, 255), mask=seen.point([255 * (v == 0) for v in range(256)]))
    image.putalpha(seen)
    return image


def grey() -> Image.Image:
    """Return the scene without colours."""
    return scene().convert("L")


SOURCES: Mapping[str, Callable[[], Image.Image]] = {"scene": scene, "cutout": cutout, "grey": grey}
