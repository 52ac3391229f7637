"""A cluster with a bad network to its store and its database, and what became of it so far."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from calotype_core import codec
from calotype_core.adapters.mongo.connection import Mongo
from calotype_core.adapters.mongo.deliveries import MongoDeliveries
from calotype_core.adapters.mongo.expansions import MongoExpansions
from calotype_core.adapters.mongo.settings import MongoSettings
from calotype_core.ports.deliveries import DeliveryState, Sought
from calotype_core.settings import load
from calotype_core.topology import INGEST, NOTIFIER, PROCESSOR, QUERY
from deploy.services.cluster import Cluster as Servers
from tests import servers
from tests.clustered import ROOT, Cluster
from tests.faults.chronicle import Recovery
from tests.faults.cluster_checker import changed, violations
from tests.faults.evidence import Evidence, gather
from tests.faults.load import Load
from tests.faults.promised import Promised
from tests.faults.proxy import Proxy
from tests.faults.topics import Topics
from tests.running import ReceiverProcess

SESSION_SECONDS = 6  # the least that a broker takes: a dead member is noticed after that
_SETTLED_WITHIN_SECONDS = 300
REPLICAS = {INGEST: 2, PROCESSOR: 2, QUERY: 2, NOTIFIER: 2}

# What is done to the stage; returns once it is undone, or once whatever died is back.
Fault = Callable[["Stage", Random, Load], None]


class Stage:
    """One running cluster that many faults are played on, each with a load of its own."""

    def __init__(
        self, folder: Path, store: Proxy, database: Proxy, receiver: ReceiverProcess
    ) -> None:
        self.store = store
        self.database = database
        self.receiver = receiver
        self.servers = Servers(ROOT / ".services")
        self.cluster = Cluster(
            folder,
            environ={
                "CALOTYPE_S3_ENDPOINT": f"http://{store.address}",
                "CALOTYPE_MONGO_URL": f"mongodb://{database.address}/?directConnection=true",
                "CALOTYPE_KAFKA_SESSION_SECONDS": str(SESSION_SECONDS),
                "CALOTYPE_PROCESSOR_CHILDREN": "1",
                **receiver.allowed,
                # A line that a killed notifier held is free after this and 6 seconds.
                "CALOTYPE_WEBHOOK_SECONDS": "2",
                "CALOTYPE_SNS_TIMEOUT_SECONDS": "2",
                "CALOTYPE_SMTP_TIMEOUT_SECONDS": "2",
            },
            replicas=REPLICAS,
        )
        # The checker goes past the bad network.
        self.direct: Mapping[str, str] = {
            **self.cluster.environ,
            "CALOTYPE_MONGO_URL": servers.environ()["CALOTYPE_MONGO_URL"],
        }
        self.promised = Promised()
        self.found: Evidence | None = None
        self._told: Sequence[str] = ()

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator["Stage"]:
        """Start everything, and stop it; it must stop well."""
        environ = servers.environ()
        with (
            _proxy(environ["CALOTYPE_S3_ENDPOINT"]) as store,
            _proxy(environ["CALOTYPE_MONGO_URL"]) as database,
        ):
            receiver = ReceiverProcess(folder)
            receiver.start()
            stage = cls(folder, store, database, receiver)
            stage.cluster.start()
            try:
                yield stage
            finally:
                code = stage.cluster.stop()
                receiver.kill()
            assert code == 0, stage.cluster.log()[-10_000:]

    def withstands(self, fault: Fault, random: Random) -> Recovery:
        """Play the fault under load, and check everything once it is over."""
        with Load(self.cluster.url, self.promised, random, self.receiver.url) as load:
            load.await_completed(3)
            fault(self, random, load)
            healed = time.monotonic()
            back = load.await_completed(since=healed) - healed
            load.await_completed(5, since=healed)
        asyncio.run(settled(self.direct))
        done = time.monotonic() - healed
        asyncio.run(self.check())
        return Recovery(back=back, done=done)

    @contextmanager
    def more(self, service: str, count: int) -> Iterator[None]:
        """Have so many more processes of a service, and let them go in order."""
        extra = [self.cluster.another(service) for _ in range(count)]
        for one in extra:
            one.spawn()
        for one in extra:
            one.await_address()
        yield
        for one in extra:
            one.signal(signal.SIGTERM)
        for one in extra:
            assert one.ended() == 0, one.log()[-5000:]

    async def check(self) -> None:
        """Find whatever is not as it must be, now or compared with the last time."""
        found = await gather(self.direct, self.receiver.received())
        told = [*await violations(self.promised, found), *self._ended()]
        if self.found is not None:
            told += changed(self.found, found)
        fresh = [one for one in told if one not in self._told]
        self.found, self._told = found, told  # one fault's harm is not told of the next
        assert not fresh, "\n".join(fresh[:20])

    def event_ids(self, topics: Collection[str]) -> Counter[str]:
        """Return how often each event stood in these topics when they were last looked at."""
        records = self.found.records if self.found else ()
        return Counter(one.headers[codec.ID] for one in records if one.partition.topic in topics)

    def _ended(self) -> Iterator[str]:
        for one in self.cluster.processes():
            if one.process is None or one.has_ended():
                yield f"{one.log_path.name} has ended: {one.log()[-2000:]}"


async def settled(environ: Mapping[str, str]) -> None:
    """Wait until every job is handed out, every group has read everything, and all are told."""
    far_off = datetime.max.replace(tzinfo=UTC)  # when nobody holds anything any more
    async with (
        Topics.open(environ) as topics,
        Mongo.open(load(MongoSettings, environ), random=Random()) as mongo,
        asyncio.timeout(_SETTLED_WITHIN_SECONDS),
    ):
        calm, expansions, deliveries = 0, MongoExpansions(mongo), MongoDeliveries(mongo)
        while calm < 2:
            open_jobs = await expansions.pending(far_off, limit=1)
            owed = await deliveries.newest(Sought(state=DeliveryState.PENDING), limit=1)
            calm = 0 if open_jobs or owed or any((await topics.lag()).values()) else calm + 1
            await asyncio.sleep(0.3)


def _proxy(url: str) -> Proxy:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return Proxy(parts.hostname, parts.port)
