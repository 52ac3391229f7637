"""Children that crash, hang and eat memory, and a parent that dies."""

import asyncio
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PIL import Image

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Rotate
from calotype_core.errors import CalotypeError
from calotype_core.metric_defs import ENGINE_DEATHS_TOTAL, RENDER_SECONDS
from calotype_processor.engine.limits import MIB, EngineLimits
from calotype_processor.engine.messages import Rendered, RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.engine.process import COMMAND
from calotype_processor.errors import (
    EngineDiedError,
    EngineFailure,
    EngineStartError,
    OutOfMemoryError,
    OutputTooLargeError,
    TimedOutError,
)

pytestmark = [pytest.mark.anyio, pytest.mark.faults]

HERE = Path(__file__).parent
MISBEHAVING = (sys.executable, str(HERE / "misbehaving_child.py"))
LIMITS = EngineLimits(time_seconds=20)


def engine_of(
    *,
    command: Sequence[str] = MISBEHAVING,
    limits: EngineLimits = LIMITS,
    children: int = 1,
    recycle_after: int = 1000,
    metrics: MemoryMetrics | None = None,
) -> AbstractAsyncContextManager[Engine]:
    return Engine.start(
        limits,
        children=children,
        metrics=metrics or MemoryMetrics(),
        clock=SystemClock(),
        recycle_after=recycle_after,
        command=command,
    )


def task(folder: Path, how: str) -> RenderTask:
    source = folder / how
    source.write_text(how)
    return RenderTask(source=source, outputs=folder, recipes={"it": Recipe()})


async def works(engine: Engine, folder: Path) -> bool:
    return isinstance(await engine.render(task(folder, "fine")), Rendered)


async def gone(pids: Sequence[int]) -> bool:
    """Tell whether the processes are gone, or at most waiting to be buried by somebody else."""
    for _ in range(200):
        if not any(map(alive, pids)):
            return True
        await asyncio.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def busy(engine: Engine, folder: Path, how: str) -> asyncio.Task[Rendered]:
    """Return a rendering that a child is in the middle of."""
    rendering = asyncio.create_task(engine.render(task(folder, how)))
    await asyncio.sleep(0.3)
    assert not rendering.done()
    return rendering


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("crash", EngineDiedError, "SIGSEGV"),
        ("exit", EngineDiedError, "status 3"),
        ("eat", EngineDiedError, "status 1"),
        ("babble", EngineDiedError, "nonsense"),
        ("flood", EngineDiedError, "nonsense"),
        ("lie", EngineDiedError, "another question"),
        ("lie about a preview", EngineDiedError, "another question"),
    ],
)
async def test_a_child_that_fails(
    tmp_path: Path, how: str, kind: type[EngineFailure], words: str
) -> None:
    """A child that crashes or talks nonsense costs one attempt, whose error has the cause."""
    metrics = MemoryMetrics()
    async with engine_of(metrics=metrics) as engine:
        before = engine.pids
        with pytest.raises(kind, match=words) as caught:
            await engine.render(task(tmp_path, how))
        assert caught.value.retry
        assert await works(engine, tmp_path)
        assert engine.pids != before
        assert await gone(before)
    assert metrics.value(ENGINE_DEATHS_TOTAL, cause="engine_died") == 1


@pytest.mark.parametrize("how", ["hang", "spin"])
async def test_a_child_that_hangs(tmp_path: Path, how: str) -> None:
    """A child that takes too long is killed, and replaced."""
    limits = EngineLimits(time_seconds=0.5)
    async with engine_of(limits=limits) as engine:
        before = engine.pids
        with pytest.raises(TimedOutError, match=r"0\.5 s"):
            await engine.render(task(tmp_path, how))
        assert await works(engine, tmp_path)
        assert await gone(before)


async def test_a_child_that_overspends(tmp_path: Path) -> None:
    """A child that used up its processor time took too long, whoever noticed."""
    async with engine_of() as engine:
        with pytest.raises(TimedOutError, match="processor time"):
            await engine.render(task(tmp_path, "overspend"))
        assert await works(engine, tmp_path)


def ends_with(program: str) -> int:
    return subprocess.run([sys.executable, "-c", program], check=False).returncode


def test_processor_time_is_bounded_by_the_kernel() -> None:
    """An attempt that computes on and on ends by itself, also where nobody looks."""
    program = """
from calotype_processor.engine.limits import EngineLimits, limit_time
limit_time(EngineLimits(time_seconds=0))
while True: pass
"""
    assert ends_with(program) == -signal.SIGXCPU


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the filter is for Linux on two architectures",
)
@pytest.mark.parametrize(
    ("attempt", "ends"),
    [
        ("socket.socket()", 9),
        ("socket.socket(socket.AF_UNIX)", 9),
        ("os.execv('/bin/sh', ['sh'])", 9),
        ("subprocess.run(['/bin/sh'])", 9),
        ("ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0) and os._exit(9)", 9),
        ("threading.Thread(target=print).start()", 0),
        ("open('/dev/null', 'w').close()", 0),
    ],
)
def test_a_child_has_no_network_and_starts_nothing(attempt: str, ends: int) -> None:
    """What decoders need they may, and what an intruder would need is refused by the kernel."""
    program = f"""
import ctypes, os, socket, subprocess, sys, threading
from calotype_processor.engine import sandbox
sandbox.enter()
try:
    {attempt}
except PermissionError:
    sys.exit(9)
"""
    assert ends_with(program) == ends


async def test_a_stopped_child(tmp_path: Path) -> None:
    """A child that is stopped is as good as hanging."""
    async with engine_of(limits=EngineLimits(time_seconds=0.5)) as engine:
        os.kill(engine.pids[0], signal.SIGSTOP)
        with pytest.raises(TimedOutError):
            await engine.render(task(tmp_path, "fine"))
        assert await works(engine, tmp_path)


async def test_kill_9_in_the_middle(tmp_path: Path) -> None:
    """A child killed from outside costs the image it was at, and no other."""
    async with engine_of(children=2) as engine:
        victim = await busy(engine, tmp_path, "hang")
        os.kill(engine.pids[0], signal.SIGKILL)
        with pytest.raises(EngineDiedError, match="SIGKILL"):
            await victim
        assert all([await works(engine, tmp_path) for _ in range(4)])


async def test_kill_9_between_images(tmp_path: Path) -> None:
    """A child that dies while idle is replaced, at the cost of one attempt at most."""
    async with engine_of() as engine:
        os.kill(engine.pids[0], signal.SIGKILL)
        try:
            assert await works(engine, tmp_path)
        except EngineDiedError:
            assert await works(engine, tmp_path)


async def test_cancelling_kills(tmp_path: Path) -> None:
    """A cancelled rendering takes its child with it, which would answer out of step."""
    metrics = MemoryMetrics()
    async with engine_of(metrics=metrics) as engine:
        before = engine.pids
        rendering = await busy(engine, tmp_path, "hang")
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert await gone(before)
        assert await works(engine, tmp_path)
    assert metrics.value(ENGINE_DEATHS_TOTAL, cause="cancelled") == 1


async def test_cancelling_in_the_queue(tmp_path: Path) -> None:
    """Who gives up waiting costs nobody a child."""
    async with engine_of() as engine:
        running = await busy(engine, tmp_path, "hang")
        waiting = await busy(engine, tmp_path, "fine")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not running.done()
        running.cancel()
        assert await works(engine, tmp_path)


async def test_first_come_first_served(tmp_path: Path) -> None:
    """Images get a child in the order in which they asked."""
    order: list[int] = []

    async def one(number: int) -> None:
        await works(engine, tmp_path)
        order.append(number)

    async with engine_of() as engine:
        await asyncio.gather(*(one(number) for number in range(20)))
    assert order == list(range(20))


async def test_printing_does_no_harm(tmp_path: Path) -> None:
    """A library that prints, and a lot, garbles no answer and blocks nobody."""
    async with engine_of() as engine:
        before = engine.pids
        await engine.render(task(tmp_path, "print"))
        assert await works(engine, tmp_path)
        assert engine.pids == before


async def test_children_are_recycled(tmp_path: Path) -> None:
    """After its number of images a child is replaced, and nothing counts that as a death."""
    metrics = MemoryMetrics()
    async with engine_of(recycle_after=2, metrics=metrics) as engine:
        served = []
        for _ in range(5):
            await works(engine, tmp_path)
            served.append(engine.pids)
        assert len(set(served)) == 3
        assert not metrics.value(ENGINE_DEATHS_TOTAL, cause="rendered")
        assert len(metrics.observed(RENDER_SECONDS, outcome="rendered")) == 5


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/no/such/python",), "No such file"),
        ((sys.executable, "-c", "raise SystemExit('libvips is missing')"), "libvips is missing"),
    ],
)
async def test_no_child_can_start(command: Sequence[str], words: str) -> None:
    """Where no child can be had the engine says why at once, and does not hang."""
    with pytest.raises(EngineStartError, match=words):
        async with engine_of(command=command):
            pass


async def test_starting_fails_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While children cannot be started each attempt says so; when they can again, all is well."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    async with engine_of() as engine:
        (tmp_path / "broken").touch()
        for how in ("crash", "fine", "fine"):
            with pytest.raises(EngineFailure):
                await engine.render(task(tmp_path, how))
        (tmp_path / "broken").unlink()
        assert await works(engine, tmp_path)


async def test_children_end_with_the_engine(tmp_path: Path) -> None:
    """A closed engine leaves no process, not even of children that are busy."""
    async with engine_of(children=2) as engine:
        pids = engine.pids
        rendering = await busy(engine, tmp_path, "hang")
        rendering.cancel()
    assert len(pids) == 2
    assert await gone(pids)


async def test_children_die_with_their_parent(tmp_path: Path) -> None:
    """When the parent is killed, children in the middle of an image are killed too."""
    (tmp_path / "spin").write_text("spin")
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "parent_of_children.py"),
        MISBEHAVING[1],
        str(tmp_path / "spin"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout
    pids = [int(pid) for pid in (await parent.stdout.readline()).split()]
    assert all(map(alive, pids))
    parent.kill()
    await parent.wait()
    assert len(pids) == 2
    assert await gone(pids)


async def test_signals_to_the_group(tmp_path: Path) -> None:
    """Ctrl-C and a service manager's SIGTERM reach children too, and leave them to the parent."""
    async with engine_of() as engine:
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(engine.pids[0], number)
        before = engine.pids
        assert await works(engine, tmp_path)
        assert engine.pids == before


async def test_no_secrets_in_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent's environment stays with the parent."""
    monkeypatch.setenv("CALOTYPE_STORE_SECRET", "hush")
    async with engine_of(command=COMMAND) as engine:
        environment = environment_of(engine.pids[0])
    assert b"hush" not in environment
    assert b"VIPS_CONCURRENCY=1" in environment


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def picture(folder: Path, recipe: Recipe, *, side: int) -> RenderTask:
    path = folder / "picture.png"
    Image.new("RGBA", (side, side), (1, 2, 3, 4)).save(path, compress_level=1)
    return RenderTask(source=path, outputs=folder, recipes={"it": recipe})


async def failure(engine: Engine, wanted: RenderTask) -> CalotypeError:
    with pytest.raises(CalotypeError) as caught:
        await engine.render(wanted)
    return caught.value


async def test_memory_has_an_end(tmp_path: Path) -> None:
    """An image that needs more memory than a child may have costs an attempt, not the machine."""
    limits = EngineLimits(memory_bytes=200 * MIB)
    recipe = Recipe(steps=(Rotate(degrees=90),))
    async with engine_of(command=COMMAND, limits=limits) as engine:
        before = engine.pids
        error = await failure(engine, picture(tmp_path, recipe, side=6_000))
        assert isinstance(error, OutOfMemoryError | EngineDiedError)
        await engine.render(picture(tmp_path, recipe, side=100))
        assert engine.pids != before


async def test_output_has_an_end(tmp_path: Path) -> None:
    """A print larger than files may be is refused, by the kernel, and the child lives on."""
    limits = EngineLimits(output_bytes=100_000)
    recipe = Recipe(output=Output(format="tiff"))
    async with engine_of(command=COMMAND, limits=limits) as engine:
        before = engine.pids
        wanted = RenderTask(source=noise(tmp_path), outputs=tmp_path, recipes={"it": recipe})
        assert isinstance(await failure(engine, wanted), OutputTooLargeError)
        assert (tmp_path / "it.tif").stat().st_size <= 100_000
        await engine.render(picture(tmp_path, recipe, side=10))
        assert engine.pids == before


def noise(folder: Path) -> Path:
    path = folder / "noise.png"
    Image.effect_noise((600, 600), 200).save(path)
    return path
