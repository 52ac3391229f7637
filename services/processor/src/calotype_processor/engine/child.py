"""The decoding child: limits itself, loads the decoders, then renders what it is handed until told.

Run as `python -m calotype_processor.engine.child LIMITS PARENT`, by engine/process.py only.
"""

import contextlib
import ctypes
import os
import signal
import sys
import traceback
from typing import BinaryIO

from calotype_processor.engine import sandbox
from calotype_processor.engine.limits import EngineLimits, apply_to_this_process, limit_time
from calotype_processor.engine.messages import (
    LENGTH_BYTES,
    Answer,
    WireTask,
    from_wire,
    pack,
    unpack,
)
from calotype_processor.engine.verdict import verdict

_NICENESS = 5  # the doors answer while every core decodes
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Render until the parent closes standard input."""
    limits, parent = unpack(sys.argv[1].encode(), EngineLimits), int(sys.argv[2])
    tasks, answers = take_streams()
    die_with(parent)
    settle(limits)
    serve(tasks, answers, limits)


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return private copies of standard input and output.

    From here on whatever a library prints goes to standard error, and cannot garble an answer.
    """
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is what is wanted
        os.dup2(nothing.fileno(), 0)
    return tasks, answers


def die_with(parent: int) -> None:
    """See to it that no child outlives its parent, not even one that is busy when it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def settle(limits: EngineLimits) -> None:
    """Take on the limits; the parent alone says when to stop, not a signal to the whole group."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    apply_to_this_process(limits)


def serve(tasks: BinaryIO, answers: BinaryIO, limits: EngineLimits) -> None:
    """Load the decoders, say so, and answer task after task."""
    from calotype_processor import pipeline  # noqa: PLC0415 - libvips comes after the limits
    from calotype_processor.engine import loaders  # noqa: PLC0415 - as above

    try:
        loaders.restrict()
        sandbox.enter()
    except (loaders.UnsafeLibraryError, OSError) as error:
        _send(answers, Answer(code="engine_did_not_start", message=str(error)))
        return
    loaders.spend_little()
    _send(answers, Answer())
    while frame := read_frame(tasks):
        loaders.forget_errors()
        limit_time(limits)
        try:
            answer = pipeline.render(from_wire(unpack(frame, WireTask)), limits)
        except Exception as error:  # noqa: BLE001 - decoders raise anything, UnicodeDecodeError too
            traceback.print_exc()  # for whoever debugs: a mistake of ours looks like a bad image
            told = verdict(error)
            answer = Answer(code=told.code, message=told.message)
        _send(answers, answer)


def read_frame(stream: BinaryIO) -> bytes:
    """Return the next message's body; empty at the end."""
    length = int.from_bytes(stream.read(LENGTH_BYTES), "big")
    return stream.read(length)


def _send(stream: BinaryIO, answer: Answer) -> None:
    stream.write(pack(answer))
    stream.flush()


if __name__ == "__main__":
    main()
