"""The limits that a decoding child lives under, and how the kernel is told of them."""

import contextlib
import math
import resource
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineLimits:
    """time_seconds is per attempt, output_bytes per file, the rest as ProcessorSettings says.

    svg: whether drawings are read at all.
    """

    time_seconds: float = 60.0
    memory_bytes: int = 2048 * MIB
    output_bytes: int = 512 * MIB
    max_pixels: int = 100_000_000
    max_side: int = 65_500
    max_pages: int = 1_000
    max_interlaced_bytes: int = 256 * MIB
    svg: bool = False
    fonts_dir: str = ""  # where an operator's fonts are, if anywhere: beside what is shipped

    @property
    def own_fonts(self) -> Path | None:
        """The folder of the operator's fonts, if there is one."""
        return Path(self.fonts_dir) if self.fonts_dir else None


_OPEN_FILES = 64


def apply_to_this_process(limits: EngineLimits) -> None:
    """Tell the kernel; there is no way back. Called before any decoder is loaded."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    # Python ignores SIGXFSZ, so going over is an error of write() and not a death.
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)


def limit_time(limits: EngineLimits) -> None:
    """Give the next attempt its processor time; going over it is the end, by SIGXCPU.

    The parent's clock bounds each attempt as well. This holds also where the parent is stopped, or
    is so short of time itself that it does not look.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + limits.time_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def _limit(which: int, amount: int) -> None:
    # macOS has RLIMIT_AS and refuses to set it; a machine's own lower limit is kept.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (amount, amount))
