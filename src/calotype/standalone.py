"""The all-in-one: SQLite, a folder, and the four services on one loop."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from secrets import token_bytes
from typing import TypedDict

from litestar import Litestar

from calotype.data_dir import ENOUGH_FREE_BYTES, emptied, free_bytes, held, inbox_within
from calotype.housekeeping import housekeeping
from calotype.page import SCHEMA_PAGE, page_routes, web_folder
from calotype.settings import StandaloneSettings
from calotype_core import logs
from calotype_core.adapters.filesystem.inbox import FilesystemInbox
from calotype_core.adapters.filesystem.object_store import FilesystemObjectStore
from calotype_core.adapters.filesystem.secrets import FilesystemSecrets
from calotype_core.adapters.http.channel import HttpChannel
from calotype_core.adapters.http.fetcher import HttpFetcher
from calotype_core.adapters.http.settings import FetchSettings, WebhookCallSettings
from calotype_core.adapters.labellers import labeller_by
from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.prometheus.metrics import PrometheusMetrics
from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.adapters.smtp.channel import SmtpChannel
from calotype_core.adapters.smtp.settings import SmtpSettings
from calotype_core.adapters.sns.channel import SnsChannel
from calotype_core.adapters.sns.settings import SnsSettings
from calotype_core.adapters.sqlite.attempts import SqliteAttempts
from calotype_core.adapters.sqlite.database import Database
from calotype_core.adapters.sqlite.deliveries import SqliteDeliveries
from calotype_core.adapters.sqlite.event_log import SqliteEventLog
from calotype_core.adapters.sqlite.expansions import SqliteExpansions
from calotype_core.adapters.sqlite.idempotency import SqliteIdempotencyKeys
from calotype_core.adapters.sqlite.image_records import SqliteImageRecords
from calotype_core.adapters.sqlite.job_records import SqliteJobRecords
from calotype_core.adapters.sqlite.webhooks import SqliteWebhooks
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.domain.instructions import Recipe
from calotype_core.housekeeping import DELIVERIES_KEPT, EXPANSIONS_KEPT, KEYS_KEPT
from calotype_core.http.app import build_app
from calotype_core.ports.labeller import Labeller
from calotype_core.process import (
    ProcessSettings,
    address_of,
    announce_address,
    leave_on_signals,
    serve_and_work,
)
from calotype_core.service import Service
from calotype_ingest import service as ingest
from calotype_ingest.settings import IngestSettings
from calotype_notifier import service as notifier
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.settings import DeliverySettings, NotifierSettings
from calotype_notifier.telling import Way, Ways
from calotype_processor import service as processor
from calotype_processor.engine.messages import RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.facts import Fact
from calotype_processor.labelling import MODEL
from calotype_processor.settings import LabelSettings, ProcessorSettings
from calotype_query import service as query
from calotype_query.settings import QuerySettings

_log = logs.get_logger(__name__)
_LOOK_SECONDS = 2.0  # between two looks into the watched folder
_TINY_GIF = bytes.fromhex(  # one grey pixel
    "47494638376101000100800000808080ffffff2c00000000010001000002024401003b"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class AllSettings:
    """Every component's settings, read from one environment."""

    process: ProcessSettings
    standalone: StandaloneSettings
    ingest: IngestSettings
    processor: ProcessorSettings
    labels: LabelSettings
    rekognition: RekognitionSettings
    fetch: FetchSettings
    query: QuerySettings
    notifier: NotifierSettings
    delivery: DeliverySettings
    calls: WebhookCallSettings
    sns: SnsSettings
    smtp: SmtpSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The all-in-one, put together: the services, and the one application over their routes."""

    services: Sequence[Service]
    app: Litestar


class _Common(TypedDict):
    """What every service takes."""

    log: SqliteEventLog
    clock: SystemClock
    metrics: PrometheusMetrics


@asynccontextmanager
async def standalone(settings: AllSettings, folder: Path, *, address: str) -> AsyncIterator[Parts]:
    """Yield the four services over SQLite and files in the folder, ready to run.

    address is where they are served: others are told URLs there, unless settings say otherwise.
    """
    clock, metrics, web = SystemClock(), PrometheusMetrics(), web_folder()
    random = Random()  # noqa: S311 - jitter
    async with (
        Database.open(folder / "calotype.sqlite3") as database,
        FilesystemObjectStore.open(folder / "objects") as objects,
        FilesystemInbox.open(inbox_within(folder, settings.standalone.inbox_dir), clock) as inbox,
        HttpFetcher.open(settings.fetch, clock=clock, random=random, metrics=metrics) as fetcher,
        Engine.start(
            settings.processor.engine_limits(),
            children=settings.processor.processor_children,
            metrics=metrics,
            clock=clock,
            recycle_after=settings.processor.child_recycle_after,
        ) as engine,
        _labeller(settings) as labeller,
        _ways(settings, folder, clock) as ways,
    ):
        log, keys = SqliteEventLog(database, clock), SqliteIdempotencyKeys(database)
        expansions, deliveries = SqliteExpansions(database), SqliteDeliveries(database)
        expiries = (
            log.expire,
            lambda now: keys.expire(now - KEYS_KEPT),
            lambda now: expansions.expire(now - EXPANSIONS_KEPT),
            lambda now: deliveries.expire(now - DELIVERIES_KEPT),
        )
        services = [
            *_services(
                settings,
                database=database,
                log=log,
                keys=keys,
                expansions=expansions,
                deliveries=deliveries,
                objects=objects,
                inbox=inbox,
                fetcher=fetcher,
                engine=engine,
                labeller=labeller,
                ways=ways,
                base=(settings.notifier.public_url or address).rstrip("/"),
                scratch=emptied(folder / "scratch"),
                clock=clock,
                metrics=metrics,
            ),
            housekeeping(expiries, folder=folder, clock=clock, metrics=metrics),
        ]
        app = build_app(
            services,
            metrics=metrics,
            render_metrics=metrics.render,
            version=version("calotype"),
            further_routes=page_routes(web),
            schema_page=(web / SCHEMA_PAGE).read_bytes(),
        )
        yield Parts(services=services, app=app)


def _services(
    settings: AllSettings,
    *,
    database: Database,
    log: SqliteEventLog,
    keys: SqliteIdempotencyKeys,
    expansions: SqliteExpansions,
    deliveries: SqliteDeliveries,
    objects: FilesystemObjectStore,
    inbox: FilesystemInbox,
    fetcher: HttpFetcher,
    engine: Engine,
    labeller: Labeller | None,
    ways: Ways,
    base: str,
    scratch: Path,
    clock: SystemClock,
    metrics: PrometheusMetrics,
) -> Sequence[Service]:
    """Put the services together: each gets exactly the ports that it uses."""
    images, jobs = SqliteImageRecords(database), SqliteJobRecords(database)
    common = _Common(log=log, clock=clock, metrics=metrics)
    random = Random()  # noqa: S311 - jitter
    return [
        ingest.build(
            objects=objects,
            watch=ingest.InboxWatch(inbox=inbox, every_seconds=_LOOK_SECONDS),
            keys=keys,
            jobs=jobs,
            expansions=expansions,
            attempts=MemoryAttempts(),
            ids=SystemIds(),
            random=random,
            **common,
            settings=settings.ingest,
        ),
        processor.build(
            objects=objects,
            attempts=SqliteAttempts(database),  # a death of this process is an attempt, too
            fetcher=fetcher,
            renderer=engine,
            children=engine.children,
            bulk_in_flight=settings.processor.bulk_in_flight,
            facts=settings.processor.facts,
            scratch=scratch,
            random=random,
            **common,
            labeller=labeller,
        ),
        query.build(
            images=images,
            jobs=jobs,
            objects=objects,
            attempts=MemoryAttempts(),
            random=random,
            **common,
            settings=settings.query,
        ),
        _notifier(settings, database, common, deliveries=deliveries, ways=ways, base=base),
    ]


def _labeller(settings: AllSettings) -> AbstractAsyncContextManager[Labeller | None]:
    if Fact.LABELS not in settings.processor.facts:
        return nullcontext()
    return labeller_by(
        settings.labels.labels_by,
        settings.labels.bounds(),
        model=MODEL,
        rekognition=settings.rekognition,
    )


def _notifier(
    settings: AllSettings,
    database: Database,
    common: _Common,
    *,
    deliveries: SqliteDeliveries,
    ways: Ways,
    base: str,
) -> Service:
    return notifier.build(
        images=SqliteImageRecords(database),
        jobs=SqliteJobRecords(database),
        deliveries=deliveries,
        webhooks=SqliteWebhooks(database),
        attempts=MemoryAttempts(),
        ways=ways,
        base=base,
        ids=SystemIds(),
        random=Random(),  # noqa: S311 - jitter
        randomness=token_bytes,
        **common,
        settings=settings.notifier,
        delivery=settings.delivery,
    )


@asynccontextmanager
async def _ways(settings: AllSettings, folder: Path, clock: SystemClock) -> AsyncIterator[Ways]:
    """Yield the ways to tell others that the settings open."""
    secrets = _callback_secrets(settings, folder)
    sns, email = None, None
    async with HttpChannel.open(settings.calls, clock=clock) as webhook, AsyncExitStack() as opened:
        if arn := settings.sns.sns_topic_arn:
            topic = await opened.enter_async_context(SnsChannel.open(settings.sns))
            sns = Way(
                channel=topic,
                to=arn,
                event_types=settings.delivery.sns_events,
                seconds=settings.sns.sns_timeout_seconds,
            )
        if somebody := settings.smtp.email_to:
            letters = await opened.enter_async_context(SmtpChannel.open(settings.smtp, clock=clock))
            email = Way(
                channel=letters,
                to=somebody,
                event_types=settings.delivery.email_events,
                seconds=settings.smtp.smtp_timeout_seconds,
            )
        yield Ways(
            webhook=webhook,
            webhook_seconds=settings.calls.webhook_seconds,
            secrets=secrets,
            sns=sns,
            email=email,
        )


def _callback_secrets(settings: AllSettings, folder: Path) -> CallbackSecrets:
    return CallbackSecrets(settings.delivery.webhook_secret, FilesystemSecrets(folder), token_bytes)


async def callback_secrets(settings: AllSettings) -> tuple[str, ...]:
    """Return what signs the requests to callback URLs; raises CalotypeError."""
    return await _callback_secrets(settings, settings.standalone.data_dir.absolute()).get()


async def prove_engine(settings: AllSettings) -> None:
    """Have a child render a tiny picture, which proves libvips, its policy and the limits.

    Raises CalotypeError.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "tiny.gif")
        await asyncio.to_thread(source.write_bytes, _TINY_GIF)
        task = RenderTask(source=source, outputs=Path(folder), recipes={"tiny": Recipe()})
        limits = settings.processor.engine_limits()
        async with Engine.start(
            limits, children=1, metrics=PrometheusMetrics(), clock=SystemClock()
        ) as engine:
            await engine.render(task)


async def prove_labeller(settings: AllSettings) -> bool:
    """Open what finds labels, and return whether there is anything to; raises CalotypeError."""
    async with _labeller(settings) as labeller:
        return labeller is not None


async def run(settings: AllSettings) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was begun.

    Raises DataDirError, AddressUnavailableError, or what a loop failed with.
    """
    leaving = leave_on_signals()
    with held(settings.standalone.data_dir) as folder, settings.process.listen() as listener:
        address = address_of(settings.process, listener)
        async with standalone(settings, folder, address=address) as parts:
            _tell_what_is_open(settings.process, folder)
            announce_address(settings.process, listener)
            await serve_and_work(parts.services, parts.app, settings.process, listener, leaving)
    _log.info("stopped; everything accepted is kept", data_dir=str(folder))


def _tell_what_is_open(own: ProcessSettings, folder: Path) -> None:
    _log.info(
        "started; no keys, no rate limits, no private images: everyone who reaches the address may"
        " use it",
        host=own.host,
        data_dir=str(folder),
    )
    if (free := free_bytes(folder)) < ENOUGH_FREE_BYTES:
        _log.warning("the disk is nearly full", data_dir=str(folder), free_bytes=free)
