"""Pictures by formula, the same in every language, and flat ones."""

from calotype_processor.knowledge.raster import Raster

RGBA = tuple[int, int, int, int]
WHITE: RGBA = (255, 255, 255, 255)


def formula(columns: int, rows: int, *, veiled: bool = False) -> Raster:
    """Return the picture that the vectors were counted from, see each test of them."""
    pixels = bytearray()
    for y in range(rows):
        for x in range(columns):
            alpha = (x * x + 2 * y * y + 40) % 256 if veiled else 255
            colour = (x * 13 + y * 5) % 256, (x * x + 3 * y) % 256, (y * y // 3 + x) % 256
            pixels += bytes((*colour, alpha))
    return Raster.of(bytes(pixels), columns, has_alpha=True)


def flat(colour: RGBA, columns: int = 32, rows: int = 32) -> Raster:
    """Return a picture of one colour."""
    return Raster.of(bytes(colour) * (columns * rows), columns, has_alpha=True)


def striped(*colours: RGBA, widths: tuple[int, ...], rows: int = 64) -> Raster:
    """Return a picture of upright stripes."""
    row = b"".join(bytes(colour) * width for colour, width in zip(colours, widths, strict=True))
    return Raster.of(row * rows, sum(widths), has_alpha=True)
