"""libvips' savers: what each is told, and what makes its files smaller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Options = Mapping[str, str | int]

_LOWEST_QUALITY = 10  # below it nothing is recognised, and little is gained
_PALETTES = (8, 4, 2, 1)  # bits a pixel


@dataclass(frozen=True, kw_only=True, slots=True)
class Saver:
    """A saver's name, its usual quality (None: it has none), and how it is told what is asked.

    options have the effort that can be had while somebody waits.
    """

    name: str
    quality: int | None = None
    options: Options
    loses_nothing: Options | None = None
    progresses: bool = False
    smaller: Sequence[Options] = ()

    def told(self, *, quality: int | None, lossless: bool, progressive: bool) -> Options:
        """Return the options for a file of that quality."""
        options = dict(self.options)
        if lossless and self.loses_nothing is not None:
            options |= self.loses_nothing
        elif quality is not None:
            options["Q"] = quality
        if progressive and self.progresses:
            options["interlace"] = True
        return options

    def coarser(self, options: Options) -> Sequence[Options]:
        """Return what to try where those made too large a file, the finest first."""
        if self.quality is None:
            return [{**options, **one} for one in self.smaller]
        kept = {name: options[name] for name in options if name not in (self.loses_nothing or {})}
        finest = int(options.get("Q", self.quality + 1))
        return [{**kept, "Q": quality} for quality in range(finest - 1, _LOWEST_QUALITY - 1, -1)]


SAVERS: Mapping[str, Saver] = {
    "jpeg": Saver(name="jpegsave", quality=80, options={}, progresses=True),
    "png": Saver(
        name="pngsave",
        options={"compression": 6},
        progresses=True,
        smaller=(
            {"compression": 9, "filter": "all"},
            *({"palette": True, "bitdepth": bits, "effort": 1} for bits in _PALETTES),
        ),
    ),
    "webp": Saver(
        name="webpsave", quality=79, options={"effort": 2}, loses_nothing={"lossless": True}
    ),
    "avif": Saver(
        name="heifsave",
        quality=63,
        options={"effort": 1, "compression": "av1"},
        loses_nothing={"lossless": True},
    ),
    "gif": Saver(
        name="gifsave",
        options={"effort": 1},
        progresses=True,
        smaller=tuple({"bitdepth": bits} for bits in range(7, 0, -1)),
    ),
    "tiff": Saver(
        name="tiffsave",
        options={"compression": "lzw", "predictor": "horizontal"},
        smaller=({"compression": "deflate"},),
    ),
}
