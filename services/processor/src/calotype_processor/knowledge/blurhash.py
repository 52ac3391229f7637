from collections.abc import Iterator, Sequence
from math import copysign, floor, sqrt

from calotype_processor.knowledge.raster import LINEAR, Raster
from calotype_processor.knowledge.waves import CENTRED, project, waves

ACROSS, DOWN = 4, 3  # components
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_BASE = 83

_Light = tuple[float, float, float]


def blurhash(seen: Raster, *, phase: float = CENTRED) -> str:
    """Return the BlurHash of a picture, 4 x 3 components, as woltapp/blurhash defines it.

    What is transparent is seen over white. phase 0 counts as the first implementation does, which
    takes a sample for its pixel's left edge: of few samples, a plain picture gets a shade of its
    own at one side. Decoders cannot tell the difference.
    """
    average, *varying = _components(seen.over_white(), phase)
    largest = max(abs(value) for one in varying for value in one)
    scale = max(0, min(_BASE - 1, floor(largest * 166 - 0.5)))
    return (
        _digits((ACROSS - 1) + (DOWN - 1) * 9, 1)
        + _digits(scale, 1)
        + _digits(_colour(average), 4)
        + "".join(_digits(_part(one, (scale + 1) / 166), 2) for one in varying)
    )


def _components(seen: Raster, phase: float) -> Sequence[_Light]:
    across, down = waves(ACROSS, seen.columns, phase), waves(DOWN, seen.rows, phase)
    planes = (seen.red, seen.green, seen.blue)
    red, green, blue = (
        _flat(project([LINEAR[value] for value in plane], across, down)) for plane in planes
    )
    pixels = seen.columns * seen.rows
    average, *varying = zip(red, green, blue, strict=True)
    return [_times(average, 1 / pixels), *(_times(one, 2 / pixels) for one in varying)]


def _flat(rows: Sequence[Sequence[float]]) -> Iterator[float]:
    return (value for row in rows for value in row)


def _times(light: _Light, factor: float) -> _Light:
    red, green, blue = light
    return red * factor, green * factor, blue * factor


def _colour(light: _Light) -> int:
    red, green, blue = (_srgb(value) for value in light)
    return red << 16 | green << 8 | blue


def _srgb(light: float) -> int:
    light = max(0.0, min(1.0, light))
    if light <= 0.0031308:  # noqa: PLR2004 - sRGB's definition
        return int(light * 12.92 * 255 + 0.5)
    return int((1.055 * light ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _part(light: _Light, largest: float) -> int:
    red, green, blue = (
        max(0, min(18, floor(copysign(sqrt(abs(value) / largest), value) * 9 + 9.5)))
        for value in light
    )
    return (red * 19 + green) * 19 + blue


def _digits(value: int, length: int) -> str:
    return "".join(_DIGITS[value // _BASE**place % _BASE] for place in reversed(range(length)))
