"""How many connections this process may have open: the setting, and the operating system's say."""

import resource

from calotype_core import logs

_log = logs.get_logger(__name__)
# Files, pipes to children, databases, requests to others: connections leave them this much room.
_OTHER_FILES = 1024
_LEAST_CONNECTIONS = 16


def connections_within_limits(wanted: int) -> int:
    """Raise the limit on open files as far as is needed and allowed; return how many may connect.

    Past the limit new connections would be reset, and images wait for files that cannot be opened.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    except (OSError, ValueError):  # macOS has a lower limit than it tells of
        allowed = soft
    if allowed >= needed:
        return wanted
    possible = max(_LEAST_CONNECTIONS, allowed - _OTHER_FILES)
    _log.warning("few files may be open (ulimit -n), so few connections", connections=possible)
    return possible
