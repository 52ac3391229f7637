"""Pixels as numbers: a few thousand of them, which plain Python reads in no time."""

from collections.abc import Sequence
from dataclasses import dataclass

_OPAQUE = 255
_WHITE = 255
# Of linear light, 0 to 1, by the value of a byte in sRGB.
LINEAR: Sequence[float] = tuple(
    value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's definition
    for value in range(256)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raster:
    """Pixels in sRGB, row by row from the top, a plane a channel; colours are not premultiplied."""

    columns: int
    red: bytes
    green: bytes
    blue: bytes
    alpha: bytes

    @classmethod
    def of(cls, pixels: bytes, columns: int, *, has_alpha: bool) -> "Raster":
        """Return the pixels that lie as red, green, blue and, if so, alpha in a row."""
        bands = 4 if has_alpha else 3
        red, green, blue = (pixels[channel::bands] for channel in range(3))
        alpha = pixels[3::4] if has_alpha else bytes([_OPAQUE]) * len(red)
        return cls(columns=columns, red=red, green=green, blue=blue, alpha=alpha)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.red) // self.columns

    @property
    def is_opaque(self) -> bool:
        """Whether nothing shines through anywhere."""
        return min(self.alpha) == _OPAQUE

    def over_white(self) -> "Raster":
        """Return what is seen of it on a white page."""
        if self.is_opaque:
            return self
        red, green, blue = (
            bytes(
                (value * opacity + _WHITE * (_OPAQUE - opacity) + _OPAQUE // 2) // _OPAQUE
                for value, opacity in zip(plane, self.alpha, strict=True)
            )
            for plane in (self.red, self.green, self.blue)
        )
        opaque = bytes([_OPAQUE]) * len(self.alpha)
        return Raster(columns=self.columns, red=red, green=green, blue=blue, alpha=opaque)
