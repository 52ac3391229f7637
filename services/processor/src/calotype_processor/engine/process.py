"""The parent's side of one decoding child: a process, and one question at a time."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine, Sequence
from typing import Self

import msgspec

from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import (
    LENGTH_BYTES,
    MAX_FRAME_BYTES,
    Answer,
    WireTask,
    pack,
    unpack,
)
from calotype_processor.errors import (
    EngineDiedError,
    EngineFailure,
    EngineStartError,
    TimedOutError,
)
from calotype_processor.fonts import CONFIGURATION

COMMAND = (sys.executable, "-P", "-m", "calotype_processor.engine.child")

_START_SECONDS = 30.0
_GOODBYE_SECONDS = 5.0
_CHUNK_BYTES = 16 * 1024
_MAX_LOGGED_BYTES = 64 * 1024  # of one child's standard error
_TAIL_BYTES = 500
# Nothing else of the environment reaches a child: it opens strangers' files and needs no secrets.
_INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_ALL")
_ENVIRONMENT = {
    "VIPS_CONCURRENCY": "1",  # every core has a child of its own
    "VIPS_WARNING": "0",
    "FONTCONFIG_FILE": str(CONFIGURATION),  # else it would read the machine's, and keep a cache
    "MALLOC_ARENA_MAX": "2",  # halves what a child keeps after many images
}

_log = logging.getLogger(__name__)


class Child:
    """A running child; whoever fails to get an answer out of it kills it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._said = b""
        self._listening = asyncio.create_task(self._listen())
        self.answered = 0

    @classmethod
    async def start(cls, command: Sequence[str], limits: EngineLimits) -> Self:
        """Return a child that is ready; raises EngineStartError."""
        arguments = (*command, msgspec.json.encode(limits).decode(), str(os.getpid()))
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment()
            )
        except OSError as error:
            raise EngineStartError(f"No decoding child could be started: {error}.") from error
        child = cls(process)
        try:
            await child._greet()
        except BaseException:
            await child.kill()
            raise
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as is known."""
        return self._process.returncode is None

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = await self._read()
        except (EngineDiedError, TimeoutError) as error:
            await self.kill()
            why = str(error) or "It gave no sign of life."
            raise EngineStartError(
                f"No decoding child could be started. {why} {self._last_words()}".rstrip()
            ) from error
        if ready.code:
            raise EngineStartError(f"A decoding child would not start: {ready.message}.")

    async def ask(self, task: WireTask, *, seconds: float) -> Answer:
        """Return the child's answer; raises TimedOutError or EngineDiedError, and then it is dead.

        Cancelled or failed in any other way, it is dead too: it would be out of step.
        """
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(task)
        except TimeoutError:
            await self.kill()
            raise TimedOutError(
                f"The image took longer than {seconds:g} s and was given up."
            ) from None
        except BaseException:
            await self.kill()
            raise
        self.answered += 1
        return answer

    async def _exchange(self, task: WireTask) -> Answer:
        assert self._process.stdin  # noqa: S101 - it was asked for
        with contextlib.suppress(ConnectionError):  # the read that follows says why
            self._process.stdin.write(pack(task))
            await self._process.stdin.drain()
        return await self._read()

    async def _read(self) -> Answer:
        assert self._process.stdout  # noqa: S101 - it was asked for
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(LENGTH_BYTES), "big")
            if length > MAX_FRAME_BYTES:
                raise EngineDiedError("The decoding child answered nonsense.")
            return unpack(await self._process.stdout.readexactly(length), Answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._death() from None
        except msgspec.MsgspecError as error:
            raise EngineDiedError("The decoding child answered nonsense.") from error

    async def _death(self) -> EngineFailure:
        cause = await self._cause()
        if self._process.returncode == -signal.SIGXCPU:
            return TimedOutError("The image took too much processor time and was given up.")
        return EngineDiedError(f"The decoding child {cause}.")

    async def _cause(self) -> str:
        # Its end of the pipe is closed: unless it did so itself, the rest of it is about to go too.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._process.wait()
        code = self._process.returncode
        if code is None:
            return "closed its output"
        if code >= 0:
            return f"ended with status {code}"
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-code).name}"
        return f"was killed by signal {-code}"

    def _last_words(self) -> str:
        return self._said[-_TAIL_BYTES:].decode(errors="replace").strip()

    async def _listen(self) -> None:
        assert self._process.stderr  # noqa: S101 - it was asked for
        logged = 0
        while chunk := await self._process.stderr.read(_CHUNK_BYTES):
            self._said = (self._said + chunk)[-_TAIL_BYTES:]
            if logged < _MAX_LOGGED_BYTES:
                logged += len(chunk)
                _log.debug("decoding child %d: %s", self.pid, chunk.decode(errors="replace"))

    async def close(self) -> None:
        """Let it go: it ends when its input does, and is killed when it does not."""
        assert self._process.stdin  # noqa: S101 - it was asked for
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """End it at once, and leave nothing of it behind. Idempotent; a cancellation waits."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await _uncancelled(self._bury())

    async def _bury(self) -> None:
        assert self._process.stdout  # noqa: S101 - it was asked for
        # A killed child cannot keep its pipes open; were its own child to do so, we do not wait.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                while await self._process.stdout.read(_CHUNK_BYTES):
                    pass  # only a pipe that is read to its end is closed
                await self._listening
                await self._process.wait()


async def _uncancelled(work: Coroutine[None, None, None]) -> None:
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | _ENVIRONMENT
