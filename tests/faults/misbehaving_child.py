"""A child that does what its source file says, under the limits of a real one."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from calotype_core.domain.image import ImageMetadata
from calotype_processor.engine import child
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import (
    Answer,
    WirePreview,
    WirePrint,
    WireTask,
    pack,
    unpack,
)

METADATA = ImageMetadata(
    width=1, height=1, format="png", size_bytes=0, colour_mode="grey", orientation=1, sha256=""
)


def main() -> None:
    limits, parent = unpack(sys.argv[1].encode(), EngineLimits), int(sys.argv[2])
    needed = os.environ.get("TMPDIR", "")
    if needed and (Path(needed) / "broken").exists():
        sys.exit("a library is missing")
    tasks, answers = child.take_streams()
    child.die_with(parent)
    child.settle(limits)
    answers.write(pack(Answer()))
    answers.flush()
    while frame := child.read_frame(tasks):
        task = unpack(frame, WireTask)
        misbehave(Path(task.source).read_text(), answers)
        prints = tuple(
            WirePrint(name=name, format="png", width=1, height=1, size_bytes=0, sha256="")
            for name in task.recipes
        )
        answers.write(pack(Answer(metadata=METADATA, prints=prints)))
        answers.flush()


def misbehave(how: str, answers: BinaryIO) -> None:
    if how in MANNERS:
        MANNERS[how](answers)
    answers.flush()


def spin(_: BinaryIO) -> None:
    while True:
        pass


def chatter(_: BinaryIO) -> None:
    os.write(1, b"a library says hello\n" * 100)
    os.write(2, b"a library complains\n" * 100_000)


MANNERS: dict[str, Callable[[BinaryIO], object]] = {
    "crash": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda _: sys.exit(3),
    "hang": lambda _: time.sleep(3600),
    "spin": spin,
    "overspend": lambda _: os.kill(os.getpid(), signal.SIGXCPU),
    "eat": lambda _: bytearray(64 * 1024**3),
    "print": chatter,
    "lie": lambda answers: answers.write(pack(Answer(metadata=METADATA))),
    "lie about a preview": lambda answers: answers.write(
        pack(
            Answer(
                metadata=METADATA,
                prints=(
                    WirePrint(name="it", format="png", width=1, height=1, size_bytes=0, sha256=""),
                ),
                preview=WirePreview(width=256, height=10**9),
            )
        )
    ),
    "babble": lambda answers: answers.write(b"\0\0\0\x05hello"),
    "flood": lambda answers: answers.write(b"\xff" * 1_000_000),
}


if __name__ == "__main__":
    main()
