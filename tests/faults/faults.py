"""What can befall a cluster from outside: each fault is done, lasts, and is undone."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random

from calotype_core.adapters.mongo.collections import (
    IMAGES,
    JOB_PAGES,
    JOB_SECTIONS,
    JOBS,
)
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.failpoints import VARIABLE
from calotype_core.settings import load as load_settings
from calotype_core.topology import INGEST, NOTIFIER, PROCESSOR, QUERY
from deploy.services.process import Daemon
from tests.clustered import ROOT
from tests.faults.evidence import MANY
from tests.faults.load import Load
from tests.faults.proxy import Proxy
from tests.faults.stage import SESSION_SECONDS, Fault, Stage
from tests.faults.topics import Topics
from tests.running import Process

# Longer than a client of a server waits for an answer, so that each gives up at least once.
_SILENCE_SECONDS = 12
_SHORT_SECONDS = (3, 6)
_REACHED_WITHIN_SECONDS = 120
_GROUPS = (INGEST, PROCESSOR, QUERY, NOTIFIER)
_COPIES = 40
_AGAIN = 40  # of each partition
# How a command begins in BSON: its first key is a string with the command's name.
_WRITES = (b"\x02insert\x00", b"\x02update\x00", b"\x02findAndModify\x00", b"\x02delete\x00")


def broker_killed(stage: Stage, random: Random, _: Load) -> None:
    """Kill the broker, and start it again."""
    os.kill(Daemon(ROOT / ".services" / "kafka").pid(), signal.SIGKILL)
    stage.servers.stop("kafka")  # waits for its end
    time.sleep(random.uniform(0, 3))
    stage.servers.start("kafka")


def broker_restarted(stage: Stage, _: Random, __: Load) -> None:
    """Stop and start the broker, in order."""
    stage.servers.stop("kafka")
    stage.servers.start("kafka")


def broker_away_for_a_minute(stage: Stage, _: Random, __: Load) -> None:
    """Have no broker for a minute."""
    stage.servers.stop("kafka")
    time.sleep(60)
    stage.servers.start("kafka")


def broker_stalled(_: Stage, __: Random, ___: Load) -> None:
    """Stall the broker for longer than its clients wait."""
    with _stalled(Daemon(ROOT / ".services" / "kafka").pid()):
        time.sleep(_SILENCE_SECONDS)


def store_refuses(stage: Stage, random: Random, _: Load) -> None:
    """Have nobody at the store's port."""
    _refused(stage.store, random)


def store_silent(stage: Stage, _: Random, __: Load) -> None:
    """Have the store take everything and answer nothing."""
    _silenced(stage.store)


def store_loses_answers(stage: Stage, random: Random, load: Load) -> None:
    """Have the store do PUTs that nobody is told of."""
    _lost(stage.store, random, load, b"PUT ")


def database_refuses(stage: Stage, random: Random, _: Load) -> None:
    """Have nobody at the database's port."""
    _refused(stage.database, random)


def database_silent(stage: Stage, _: Random, __: Load) -> None:
    """Have the database take everything and answer nothing."""
    _silenced(stage.database)


def database_loses_answers(stage: Stage, random: Random, load: Load) -> None:
    """Have the database do writes that nobody is told of."""
    for verb in random.sample(_WRITES, 2):
        _lost(stage.database, random, load, verb)


def one_stalls(stage: Stage, random: Random, load: Load) -> None:
    """Stall one process for longer than its group waits for it, then let it go on."""
    victim = random.choice([*stage.cluster.processes(*_GROUPS)])
    assert victim.process
    with _stalled(victim.process.pid):
        time.sleep(SESSION_SECONDS + random.uniform(2, 6))
        if victim not in stage.cluster.services[INGEST]:  # of ingest, requests hang at the stalled
            load.await_completed(since=time.monotonic())


def killed_at_random(stage: Stage, random: Random, _: Load) -> None:
    """Kill one process after the other, at any instant, and start each again at once."""
    for victim in random.sample([*stage.cluster.processes()], 3):
        time.sleep(random.uniform(0, 2))
        victim.kill()
        victim.start()


def stopped_in_order(stage: Stage, random: Random, _: Load) -> None:
    """Stop everything in order, and start it."""
    time.sleep(random.uniform(0, 1))
    restart([*stage.cluster.processes()])


def scaled_up_and_down(stage: Stage, random: Random, load: Load) -> None:
    """Go from two processors to eight and back, in the middle of work."""
    with stage.more(PROCESSOR, 6):
        load.await_completed(5, since=time.monotonic())
        time.sleep(random.uniform(0, 2))


def topics_replayed(stage: Stage, random: Random, _: Load) -> None:
    """Have every group read everything again, every other time into an empty read model.

    Where many faults came before, processors begin later: they take a while for each image.
    """
    processes = [*stage.cluster.processes(*_GROUPS)]
    stop(processes)
    if random.choice([True, False]):
        asyncio.run(_forget_records(stage.direct))
    asyncio.run(_go_back(stage.direct))
    start(processes)


def events_repeated(stage: Stage, random: Random, _: Load) -> None:
    """Append copies of events that were handled, in any order."""
    asyncio.run(_repeat(stage.direct, random))


def killed_at(steps: Mapping[str, str]) -> Fault:
    """Return the fault of one process of each service dying at its step, started again at once."""

    def killed(stage: Stage, random: Random, _: Load) -> None:
        dying = {}
        for service, step in steps.items():
            victim = random.choice(stage.cluster.services[service])
            victim.environ[VARIABLE] = f"{step}:{random.randint(1, 3)}"
            dying[step] = victim
        restart([*dying.values()])
        for victim in dying.values():
            del victim.environ[VARIABLE]
        deadline = time.monotonic() + _REACHED_WITHIN_SECONDS
        while dying:
            assert time.monotonic() < deadline, f"{list(dying)} were not reached"
            time.sleep(0.05)
            for step, victim in [*dying.items()]:
                if victim.has_ended():
                    assert victim.ended() == -signal.SIGKILL, victim.log()[-5000:]
                    victim.start()
                    del dying[step]

    return killed


FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (
        topics_replayed,
        events_repeated,
        killed_at_random,
        one_stalls,
        scaled_up_and_down,
        store_refuses,
        store_silent,
        store_loses_answers,
        database_refuses,
        database_silent,
        database_loses_answers,
        broker_restarted,
        broker_killed,
        broker_stalled,
    )
}


def restart(processes: Sequence[Process]) -> None:
    """Stop them all in order, and start them again with what their environment says now."""
    stop(processes)
    start(processes)


def stop(processes: Sequence[Process]) -> None:
    """Stop them all in order, at the same time."""
    for one in processes:
        one.signal(signal.SIGTERM)
    for one in processes:
        assert one.ended() == 0, one.log()[-5000:]


def start(processes: Sequence[Process]) -> None:
    """Start them all, at the same time."""
    for one in processes:
        one.spawn()
    for one in processes:
        one.await_address()


async def _forget_records(environ: Mapping[str, str]) -> None:
    async with Mongo.open(load_settings(MongoSettings, environ), random=Random()) as mongo:
        for name in (IMAGES, JOBS, JOB_SECTIONS, JOB_PAGES):
            await mongo.collection(name).delete_many({})


async def _go_back(environ: Mapping[str, str]) -> None:
    async with Topics.open(environ) as topics:
        for service in _GROUPS:
            await topics.commit(service, back=_AGAIN if service == PROCESSOR else MANY)


async def _repeat(environ: Mapping[str, str], random: Random) -> None:
    async with Topics.open(environ) as topics:
        records = await topics.records()
        await topics.send(random.sample(records, min(_COPIES, len(records))))


@contextmanager
def _stalled(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _refused(network: Proxy, random: Random) -> None:
    network.refuse()
    time.sleep(random.uniform(*_SHORT_SECONDS))
    network.heal()


def _silenced(network: Proxy) -> None:
    network.fall_silent()
    time.sleep(_SILENCE_SECONDS)
    network.heal()


def _lost(network: Proxy, random: Random, load: Load, word: bytes) -> None:
    before, count = network.lost, 3
    network.lose_answers(
        lambda data: word in data[:200], count=count, ending=random.choice(["closed", "silent"])
    )
    load.await_completed(8, since=time.monotonic())
    assert network.lost > before, "nothing was lost"
    network.heal()
