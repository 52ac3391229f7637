from collections.abc import Mapping
from fractions import Fraction

from calotype_core.domain.image import Place
from calotype_processor.knowledge.tags import Directory, Tags

_LATITUDE, _LONGITUDE, _ALTITUDE = 2, 4, 6  # each has before it the entry that says which way
_SIXTIETHS = (Fraction(1), Fraction(1, 60), Fraction(1, 3600))  # degrees, minutes, seconds
_DECIMALS = 6  # of a degree: a tenth of a metre
_BELOW_THE_SEA = 1


def place(tags: Tags) -> Place | None:
    """Return where a picture was taken; None where that is not told, or is nowhere on Earth."""
    latitude = _degrees(tags.gps, _LATITUDE, {b"N": 1, b"S": -1}, most=90)
    longitude = _degrees(tags.gps, _LONGITUDE, {b"E": 1, b"W": -1}, most=180)
    if latitude is None or longitude is None:
        return None
    return Place(latitude=latitude, longitude=longitude, altitude=_altitude(tags.gps))


def _degrees(gps: Directory, number: int, ways: Mapping[bytes, int], *, most: int) -> float | None:
    if number not in gps or number - 1 not in gps:
        return None
    way = ways.get(gps[number - 1].text[:1].upper())
    parts = gps[number].numbers
    if way is None or not 0 < len(parts) <= len(_SIXTIETHS):
        return None
    degrees = sum(part * unit for part, unit in zip(parts, _SIXTIETHS, strict=False))
    return round(float(way * degrees), _DECIMALS) if 0 <= degrees <= most else None


def _altitude(gps: Directory) -> float | None:
    metres = gps[_ALTITUDE].numbers if _ALTITUDE in gps else []
    if not metres:
        return None
    below = gps[_ALTITUDE - 1].numbers if _ALTITUDE - 1 in gps else []
    sign = -1 if below and below[0] == _BELOW_THE_SEA else 1
    return round(float(sign * metres[0]), 2)
