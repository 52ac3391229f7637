"""Telling whoever asked, put together from its ports: a half of the notifier."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from calotype_core import codec, topology
from calotype_core.consumer import Consumer, ConsumerSettings
from calotype_core.domain.events import Event
from calotype_core.ports.attempts import Attempts
from calotype_core.ports.channel import Channel
from calotype_core.ports.clock import Clock
from calotype_core.ports.deliveries import Deliveries
from calotype_core.ports.event_log import EventLog
from calotype_core.ports.ids import Ids
from calotype_core.ports.image_records import ImageReader
from calotype_core.ports.job_records import JobReader
from calotype_core.ports.metrics import Metrics
from calotype_core.ports.webhooks import Webhooks
from calotype_core.service import Service
from calotype_core.settling import Delivery, announce_nothing
from calotype_notifier.api import webhook_routes
from calotype_notifier.deliver_notification import Notifications
from calotype_notifier.dispatcher import Dispatcher
from calotype_notifier.endpoints import Endpoints
from calotype_notifier.owed import EMAIL, SNS, WEBHOOK, Standing
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.rooms import Rooms
from calotype_notifier.sending import Sender, SendingSettings
from calotype_notifier.settings import DeliverySettings
from calotype_notifier.words import compose

_IN_FLIGHT = 64  # events of each lane


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A channel that the operator's settings lead to somebody by, and of what they are told.

    seconds: the most that one try takes.
    """

    channel: Channel
    to: str
    event_types: Sequence[str]
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Every way to tell others; secrets sign the requests to callback URLs, the newest first.

    webhook_seconds: the most that one call of a webhook takes.
    """

    webhook: Channel
    webhook_seconds: float
    secrets: CallbackSecrets
    sns: Way | None = None
    email: Way | None = None

    @property
    def longest(self) -> float:
        """The most seconds that one try takes, whichever way."""
        others = [way.seconds for way in (self.sns, self.email) if way]
        return max([self.webhook_seconds, *others])


def build_telling(
    *,
    log: EventLog,
    images: ImageReader,
    jobs: JobReader,
    deliveries: Deliveries,
    webhooks: Webhooks,
    attempts: Attempts,
    ways: Ways,
    base: str,
    ids: Ids,
    clock: Clock,
    random: Random,
    randomness: Callable[[int], bytes],
    metrics: Metrics,
    settings: DeliverySettings,
) -> Service:
    """Return the half: what is owed to whom, sending it, and the API of both."""
    due = asyncio.Event()
    notifications = Notifications(
        images=images,
        jobs=jobs,
        webhooks=webhooks,
        deliveries=deliveries,
        clock=clock,
        base=base,
        standing=_standing(ways, settings),
        poke=due.set,
    )
    dispatcher = Dispatcher(
        deliveries=deliveries,
        sender=_sender(notifications, ways, random, metrics, settings),
        clock=clock,
        metrics=metrics,
        holder=ids.new(),
        most=settings.endpoints_at_once,
        due=due,
    )
    consumers = _consumers(notifications, log, attempts, random, metrics)
    return Service(
        name=topology.NOTIFIER,
        routes=webhook_routes(
            webhooks=webhooks,
            deliveries=deliveries,
            clock=clock,
            ids=ids,
            randomness=randomness,
            callbacks=settings,
            most=settings.webhooks_max,
            poke=due.set,
        ),
        loops=[*(one.run for one in consumers), dispatcher.run],
        alive=[one.check_alive for one in consumers],
    )


def _consumers(
    notifications: Notifications,
    log: EventLog,
    attempts: Attempts,
    random: Random,
    metrics: Metrics,
) -> Sequence[Consumer[Event]]:
    async def handle(event: Event, _: Delivery) -> Sequence[Event]:
        await notifications.deliver_notification(event)
        return ()

    return [
        Consumer(
            service=topology.NOTIFIER,
            group=group,
            topics=topics,
            decode=codec.decode,
            handle=handle,
            give_up=announce_nothing,
            log=log,
            attempts=attempts,
            clock=notifications.clock,
            random=random,
            metrics=metrics,
            settings=ConsumerSettings(window=_IN_FLIGHT),
            in_order=False,  # what is owed for one event is owed whatever came before it
        )
        for group, topics in topology.lanes_of(topology.NOTIFIER).items()
    ]


def _sender(
    notifications: Notifications,
    ways: Ways,
    random: Random,
    metrics: Metrics,
    settings: DeliverySettings,
) -> Sender:
    clock, base = notifications.clock, notifications.base
    return Sender(
        deliveries=notifications.deliveries,
        endpoints=Endpoints(
            webhooks=notifications.webhooks,
            channels=_channels(ways),
            callback_secrets=ways.secrets,
            clock=clock,
            metrics=metrics,
        ),
        rooms=Rooms(most=settings.endpoints_at_once, a_host=settings.endpoints_per_host),
        compose=lambda batch, secrets: compose(batch, base=base, secrets=secrets),
        announce=notifications.announce,
        clock=clock,
        random=random,
        metrics=metrics,
        settings=_sending(ways, settings),
    )


def _standing(ways: Ways, settings: DeliverySettings) -> Sequence[Standing]:
    waits = {SNS: timedelta(), EMAIL: timedelta(seconds=settings.email_gather_seconds)}
    return [
        Standing(channel=name, to=told.to, event_types=told.event_types, gather=waits[name])
        for name, told in ((SNS, ways.sns), (EMAIL, ways.email))
        if told is not None
    ]


def _channels(ways: Ways) -> dict[str, Channel]:
    told = {SNS: ways.sns, EMAIL: ways.email}
    return {WEBHOOK: ways.webhook, **{name: one.channel for name, one in told.items() if one}}


def _sending(ways: Ways, settings: DeliverySettings) -> SendingSettings:
    return SendingSettings(
        schedule=settings.webhook_retries,
        at_once=settings.webhook_at_once,
        longest=ways.longest,
        off_after=timedelta(days=settings.webhook_off_after_days),
        letters_every=settings.email_every_seconds,
    )
