"""How many decoding children are worth having."""

import os
from pathlib import Path

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(quota: Path = _CGROUP_QUOTA) -> int:
    """Return the cores that this process may use, at least 1, heeding a container's quota.

    A pod that may use one core of a 64-core node would otherwise start 64 children.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, _granted(quota) or allowed or 1))


def _granted(quota: Path) -> int | None:
    try:
        granted, period = quota.read_text().split()
        return max(1, round(int(granted) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):  # no cgroup v2, or "max"
        return None
