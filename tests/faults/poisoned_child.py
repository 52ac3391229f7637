"""A real decoding child, but for files that end in #crash, #spin or #eat, which do that to it."""

import os
import signal

from calotype_processor import pipeline
from calotype_processor.engine import child
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import Answer, RenderTask

REAL = pipeline.render


def render(task: RenderTask, limits: EngineLimits) -> Answer:
    data = task.source.read_bytes()
    if data.endswith(b"#crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    while data.endswith(b"#spin"):
        pass
    if data.endswith(b"#eat"):
        bytearray(64 * 1024**3)
    return REAL(task, limits)


if __name__ == "__main__":
    pipeline.render = render
    child.main()
