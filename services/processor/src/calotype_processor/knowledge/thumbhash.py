from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import floor

from calotype_processor.knowledge.raster import Raster
from calotype_processor.knowledge.waves import Waves, project, waves
from calotype_processor.sizes import Size

_COLOUR_WAVES = 3
_ALPHA_WAVES = 5
_LUMA_WAVES = 7
_LUMA_WAVES_BESIDE_ALPHA = 5
_DECIMALS = 9  # without which a plain picture's noise would be its strongest wave


@dataclass(frozen=True, kw_only=True, slots=True)
class _Channel:
    """A channel's mean, its waves as parts of the strongest, 0 to 1, and how strong that is."""

    mean: float
    varying: Sequence[float]
    scale: float


def thumbhash(seen: Raster, size: Size) -> str:
    """Return Evan Wallace's ThumbHash, as base64, of a picture of that size and these samples.

    It keeps the shape of the picture, its colours, and what is transparent.
    """
    opaque = seen.is_opaque
    most = _LUMA_WAVES if opaque else _LUMA_WAVES_BESIDE_ALPHA
    across, down = (
        max(1, _round(most * side / max(size.width, size.height)))
        for side in (size.width, size.height)
    )
    luma, yellow, red, alpha = _channels(seen)
    channels = [_encoded(luma, seen, max(3, across), max(3, down))]
    channels += [_encoded(one, seen, _COLOUR_WAVES, _COLOUR_WAVES) for one in (yellow, red)]
    if not opaque:
        channels.append(_encoded(alpha, seen, _ALPHA_WAVES, _ALPHA_WAVES))
    lying = size.width > size.height
    header = _header(channels, shorter=down if lying else across, lying=lying)
    return b64encode(
        header + _nibbles(chain.from_iterable(one.varying for one in channels))
    ).decode()


def _channels(seen: Raster) -> Sequence[Sequence[float]]:
    """Return luminance, yellow to blue, red to green, and alpha; over the average colour."""
    alpha = [value / 255 for value in seen.alpha]
    weight = sum(alpha) or 1.0
    red, green, blue = (
        _over_average(plane, alpha, weight) for plane in (seen.red, seen.green, seen.blue)
    )
    colours = list(zip(red, green, blue, strict=True))
    return (
        [(r + g + b) / 3 for r, g, b in colours],
        [(r + g) / 2 - b for r, g, b in colours],
        [r - g for r, g, _ in colours],
        alpha,
    )


def _over_average(plane: bytes, alpha: Sequence[float], weight: float) -> Sequence[float]:
    pairs = list(zip(plane, alpha, strict=True))
    average = sum(value * opacity for value, opacity in pairs) / 255 / weight
    return [average * (1 - opacity) + value * opacity / 255 for value, opacity in pairs]


def _encoded(values: Sequence[float], seen: Raster, across: int, down: int) -> _Channel:
    sums = project(values, *_both(seen, across, down))
    pixels = len(values)
    # The waves of a triangle: the finer it is one way, the coarser the other.
    mean, *varying = (
        round(sums[y][x] / pixels, _DECIMALS)
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    )
    scale = max(abs(value) for value in varying)
    parts = [0.5 + 0.5 * value / scale for value in varying] if scale else varying
    return _Channel(mean=mean, varying=parts, scale=scale)


def _both(seen: Raster, across: int, down: int) -> tuple[Waves, Waves]:
    return waves(across, seen.columns), waves(down, seen.rows)


def _header(channels: Sequence[_Channel], *, shorter: int, lying: bool) -> bytes:
    luma, yellow, red, *alpha = channels
    first = (
        _round(63 * luma.mean)
        | _round(31.5 + 31.5 * yellow.mean) << 6
        | _round(31.5 + 31.5 * red.mean) << 12
        | _round(31 * luma.scale) << 18
        | bool(alpha) << 23
    )
    second = shorter | _round(63 * yellow.scale) << 3 | _round(63 * red.scale) << 9 | lying << 15
    third = bytes(_round(15 * one.mean) | _round(15 * one.scale) << 4 for one in alpha)
    return first.to_bytes(3, "little") + second.to_bytes(2, "little") + third


def _nibbles(parts: Iterable[float]) -> bytes:
    found = [_round(15 * part) for part in parts]
    if len(found) % 2:
        found.append(0)
    return bytes(low | high << 4 for low, high in zip(found[::2], found[1::2], strict=True))


def _round(value: float) -> int:
    return floor(value + 0.5)  # halves go up, as they do in JavaScript
