from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from math import floor
from operator import mul

from calotype_core.domain.image import Colour
from calotype_processor.knowledge.raster import LINEAR, Raster

MOST = 6
# Below it there is mostly what lies between two colours, where one passes into the other.
_LEAST_SHARE = 0.04
_DISTINCT = 0.03**2  # in Oklab: what varies less looks like one colour
_VISIBLE = 128  # of 255
_EVERY = 9
_MANY = 128  # where every ninth pixel has more colours than this, those are enough


@dataclass(frozen=True, slots=True)
class _Spots:
    """Colours: a column of each channel, of each axis of Oklab, and of how many pixels have it."""

    rgb: Sequence[Sequence[int]]
    lab: Sequence[Sequence[float]]
    pixels: Sequence[int]

    def only(self, which: Sequence[bool]) -> "_Spots":
        """Return some of them."""
        rgb = [list(compress(column, which)) for column in self.rgb]
        lab = [list(compress(column, which)) for column in self.lab]
        return _Spots(rgb, lab, list(compress(self.pixels, which)))


@dataclass(frozen=True, slots=True)
class _Cloud:
    """Colours, and along which axis they differ most: their variance there, and their mean."""

    spots: _Spots
    pixels: int
    axis: int
    variance: float
    mean: float

    @property
    def error(self) -> float:
        """How wrong one colour for all of them would be."""
        return self.variance * self.pixels


def colours(seen: Raster) -> tuple[Colour, ...]:
    """Return up to six dominant colours, the largest share first; the shares are of all pixels.

    The colours are cut in two, where they differ most, until none do or there are six groups: a
    median cut in Oklab, at the mean. A group's colour is its median, so that a flat one is exact.
    What is more transparent than not has no colour, and small groups are left out.
    """
    visible = [opacity >= _VISIBLE for opacity in seen.alpha]
    if not any(visible):
        return ()
    spots = _spots(seen, visible)
    part = sum(visible) / len(visible) / sum(spots.pixels)  # of the picture, for each spot's pixel
    told = [_told(cloud, part) for cloud in _cut(spots)]
    kept = [one for one in told if one.share >= _LEAST_SHARE]
    return tuple(sorted(kept, key=lambda one: (-one.share, one.hex)))


def _spots(seen: Raster, visible: Sequence[bool]) -> _Spots:
    planes = [bytes(compress(plane, visible)) for plane in (seen.red, seen.green, seen.blue)]
    counted = Counter(zip(*(plane[::_EVERY] for plane in planes), strict=True))
    if len(counted) <= _MANY:
        counted = Counter(zip(*planes, strict=True))
    rgb = list(zip(*counted, strict=True))
    lab = list(zip(*(_oklab(*colour) for colour in counted), strict=True))
    return _Spots(rgb, lab, list(counted.values()))


def _cut(spots: _Spots) -> Sequence[_Cloud]:
    clouds = [_cloud(spots)]
    while len(clouds) < MOST:
        widest = max(clouds, key=lambda cloud: cloud.error)
        if widest.variance < _DISTINCT:
            break
        clouds.remove(widest)
        low = [value <= widest.mean for value in widest.spots.lab[widest.axis]]
        clouds.append(_cloud(widest.spots.only(low)))
        clouds.append(_cloud(widest.spots.only([not one for one in low])))
    return clouds


def _cloud(spots: _Spots) -> _Cloud:
    pixels = sum(spots.pixels)
    spreads = []
    for axis, values in enumerate(spots.lab):
        weighed = list(map(mul, values, spots.pixels))
        mean = sum(weighed) / pixels
        spreads.append((sum(map(mul, values, weighed)) / pixels - mean * mean, axis, mean))
    variance, axis, mean = max(spreads)
    return _Cloud(spots, pixels, axis, variance, mean)


def _told(cloud: _Cloud, part: float) -> Colour:
    red, green, blue = (_median(channel, cloud.spots.pixels) for channel in cloud.spots.rgb)
    # Cut off, not rounded: all shares together are never more than the whole.
    share = floor(cloud.pixels * part * 10_000) / 10_000
    return Colour(hex=f"#{red:02x}{green:02x}{blue:02x}", share=share)


def _median(values: Sequence[int], pixels: Sequence[int]) -> int:
    ordered = sorted(zip(values, pixels, strict=True))
    reached = list(accumulate(count for _, count in ordered))
    return ordered[bisect_left(reached, reached[-1] / 2)][0]


def _oklab(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """Return a colour as Björn Ottosson's Oklab: equal distances look equal."""
    r, g, b = LINEAR[red], LINEAR[green], LINEAR[blue]
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
