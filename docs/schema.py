"""The API's OpenAPI document, as the all-in-one and the gateway serve it."""

from importlib.metadata import version
from random import Random

import msgspec
from litestar.serialization import encode_json

from calotype_core.adapters.memory.attempts import MemoryAttempts
from calotype_core.adapters.memory.channel import MemoryChannel
from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.event_log import MemoryEventLog
from calotype_core.adapters.memory.expansions import MemoryExpansions
from calotype_core.adapters.memory.idempotency import MemoryIdempotencyKeys
from calotype_core.adapters.memory.image_records import MemoryImageRecords
from calotype_core.adapters.memory.inbox import MemoryInbox
from calotype_core.adapters.memory.job_records import MemoryJobRecords
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.object_store import MemoryObjectStore
from calotype_core.adapters.memory.secrets import MemorySecrets
from calotype_core.adapters.memory.webhooks import MemoryWebhooks
from calotype_core.adapters.system.ids import SystemIds
from calotype_core.http.app import build_app
from calotype_core.service import Service
from calotype_ingest import service as ingest
from calotype_ingest.settings import IngestSettings
from calotype_notifier import service as notifier
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.settings import DeliverySettings, NotifierSettings
from calotype_notifier.telling import Ways
from calotype_query import service as query
from calotype_query.settings import QuerySettings


def document() -> str:
    """Return the document over every service's routes, as JSON."""
    services, metrics = _services()
    app = build_app(
        services, metrics=metrics, render_metrics=lambda: b"", version=version("calotype")
    )
    return (
        msgspec.json.format(encode_json(app.openapi_schema.to_schema()), indent=1).decode() + "\n"
    )


def _services() -> tuple[list[Service], MemoryMetrics]:
    """Return the services that have routes, over adapters that keep nothing."""
    clock, metrics, random = ManualClock(), MemoryMetrics(), Random(0)  # noqa: S311 - never drawn
    log, objects = MemoryEventLog(clock), MemoryObjectStore()
    images, jobs, attempts = MemoryImageRecords(), MemoryJobRecords(), MemoryAttempts()
    return [
        ingest.build(
            objects=objects,
            watch=ingest.InboxWatch(inbox=MemoryInbox(), every_seconds=1),
            log=log,
            keys=MemoryIdempotencyKeys(),
            jobs=jobs,
            expansions=MemoryExpansions(),
            attempts=attempts,
            ids=SystemIds(),
            clock=clock,
            random=random,
            metrics=metrics,
            settings=IngestSettings(),
        ),
        query.build(
            log=log,
            images=images,
            jobs=jobs,
            objects=objects,
            attempts=attempts,
            clock=clock,
            random=random,
            metrics=metrics,
            settings=QuerySettings(),
        ),
        notifier.build(
            log=log,
            images=images,
            jobs=jobs,
            deliveries=MemoryDeliveries(),
            webhooks=MemoryWebhooks(),
            attempts=attempts,
            ways=Ways(
                webhook=MemoryChannel(),
                secrets=CallbackSecrets((), MemorySecrets(), bytes),
                webhook_seconds=1,
            ),
            base="",
            ids=SystemIds(),
            clock=clock,
            random=random,
            randomness=bytes,
            metrics=metrics,
            settings=NotifierSettings(),
            delivery=DeliverySettings(),
        ),
    ], metrics
