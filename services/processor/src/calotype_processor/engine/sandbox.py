"""System calls that no decoding child has any business with: network, programs, other processes.

A decoder that was taken over by a file can then neither phone home nor start anything. The filter
is seccomp's, in classic BPF: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping, Sequence

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_X32 = 0x40000000  # from here on x86-64 has its system calls a second time

# Architecture's audit number, then: socket, socketpair, execve, execveat, ptrace, process_vm_readv,
# process_vm_writev, pidfd_getfd, and io_uring_setup, which could do what socket does.
_CALLS: Mapping[str, tuple[int, Sequence[int]]] = {
    "x86_64": (0xC000003E, (41, 53, 59, 322, 101, 310, 311, 438, 425)),
    "aarch64": (0xC00000B7, (198, 199, 221, 281, 117, 270, 271, 438, 425)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def enter() -> None:
    """Have the kernel refuse these calls from now on; nothing but Linux knows how.

    Raises OSError where the kernel does not take the filter.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _CALLS:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    code = program(*_CALLS[machine])
    filter_ = _Program(len(code) // 8, code)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _FILTER, ctypes.byref(filter_), 0, 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def program(architecture: int, refused: Sequence[int]) -> bytes:
    """Return the filter: of another architecture nothing, of these calls none, else everything."""
    last = len(refused)  # of the tests, counted from the one of x32
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUALS, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, last + 1, 0, _X32),
        *((_EQUALS, last - at, 0, number) for at, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
