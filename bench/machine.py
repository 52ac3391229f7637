"""What the kernel knows of processes and of the machine, read from /proc."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# Places in /proc/PID/stat, counted from the state, which follows the name in brackets.
_PARENT, _UTIME, _STIME, _CUTIME, _CSTIME = 1, 11, 12, 13, 14
_IDLE, _IOWAIT, _GUEST = 3, 4, 8  # places in the first line of /proc/stat


class Spent(NamedTuple):
    """CPU seconds, user and system, since something began."""

    main: float
    children: float
    here: float
    busy: float
    idle: float

    @property
    def strangers(self) -> float:
        """CPU seconds of processes which are not ours, and of the kernel for nobody."""
        return max(0.0, self.busy - self.main - self.children - self.here)

    @property
    def strangers_share(self) -> float:
        """The share of the machine that they took, 0 to 1."""
        return self.strangers / (self.busy + self.idle)

    def since(self, before: "Spent") -> "Spent":
        """Return what was spent meanwhile."""
        return Spent(*(now - then for now, then in zip(self, before, strict=True)))


def spent(main: int, *, without: int = 0) -> Spent:
    """Return what a process, its children (the dead too), this process and the machine spent.

    without names a child that is left out.
    """
    of_main = _stat(main)
    living = sum(_cpu(_stat(one)) for one in children_of(main, without=without))
    dead = _seconds(of_main[_CUTIME], of_main[_CSTIME])
    busy, idle = _whole_machine()
    here = os.times()
    return Spent(_cpu(of_main), living + dead, here.user + here.system, busy, idle)


def spent_by(pid: int) -> float:
    """Return the CPU seconds of a process and its children."""
    both = spent(pid)
    return both.main + both.children


def main_seconds(pid: int) -> float:
    """Return the CPU seconds of a process without its children."""
    return _cpu(_stat(pid))


def children_of(parent: int, *, without: int = 0) -> Sequence[int]:
    """Return the living children of a process, but for one."""
    pids = [int(folder.name) for folder in _PROC.glob("[0-9]*")]
    return [pid for pid in pids if pid != without and _parent(pid) == parent]


def peak_bytes(pid: int) -> int:
    """Return the most memory that the process has had resident."""
    return _status_bytes(pid, "VmHWM")


def resident_bytes(pid: int) -> int:
    """Return the memory that the process has resident now."""
    return _status_bytes(pid, "VmRSS")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def description() -> str:
    """Return the machine in a few words."""
    lines = (_PROC / "cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{cores()} core{'s' * (cores() > 1)} ({model})"


def _status_bytes(pid: int, name: str) -> int:
    lines = (_PROC / str(pid) / "status").read_text().splitlines()
    [found] = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found) * 1024


def _parent(pid: int) -> int:
    try:
        return int(_stat(pid)[_PARENT])
    except OSError:  # it has ended meanwhile
        return 0


def _stat(pid: int) -> Sequence[str]:
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _cpu(stat: Sequence[str]) -> float:
    return _seconds(stat[_UTIME], stat[_STIME])


def _seconds(*ticks: str) -> float:
    return sum(map(int, ticks)) / _TICKS


def _whole_machine() -> tuple[float, float]:
    numbers = (_PROC / "stat").read_text().partition("\n")[0].split()[1:]
    idle = _seconds(numbers[_IDLE], numbers[_IOWAIT])
    return _seconds(*numbers[:_GUEST]) - idle, idle  # guests are in user already
