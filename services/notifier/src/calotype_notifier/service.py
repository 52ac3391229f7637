"""The notifier, put together from its ports."""

from calotype_core.ports.clock import Clock
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service
from calotype_notifier.connected import build_live
from calotype_notifier.settings import NotifierSettings


def build(
    *,
    log: EventLog,
    images: ImageReader,
    jobs: JobReader,
    clock: Clock,
    metrics: Metrics,
    settings: NotifierSettings,
) -> Service:
    """Return the service. It reads records, to tell a newcomer the present; it writes none."""
    return build_live(
        log=log, images=images, jobs=jobs, clock=clock, metrics=metrics, settings=settings
    )
