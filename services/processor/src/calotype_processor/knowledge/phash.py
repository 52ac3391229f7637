from calotype_processor.knowledge.raster import Raster
from calotype_processor.knowledge.waves import project, waves

SIDE = 32  # samples a side
_WAVES = 8
# What is left of a difference that is none: a plain picture has one hash, whatever the machine.
_DECIMALS = 6


def phash(seen: Raster) -> str:
    """Return the perceptual hash of a picture, squeezed into 32 x 32 samples, as 16 hex digits.

    pHash as Neal Krawetz describes it ("Looks Like It", 2011) and the library imagehash counts it:
    of the luma's cosine transform the 8 x 8 lowest waves, a bit for each that is above their
    median, row by row from the highest bit on. What is transparent is seen over white.
    """
    on_page = seen.over_white()
    luma = [
        0.299 * red + 0.587 * green + 0.114 * blue
        for red, green, blue in zip(on_page.red, on_page.green, on_page.blue, strict=True)
    ]
    lowest = project(luma, waves(_WAVES, seen.columns), waves(_WAVES, seen.rows))
    found = [round(value, _DECIMALS) for row in lowest for value in row]
    below, above = sorted(found)[_WAVES * _WAVES // 2 - 1 :][:2]
    middle = (below + above) / 2  # the median, without the library that has it and much else
    bits = "".join("1" if value > middle else "0" for value in found)
    return f"{int(bits, 2):016x}"
