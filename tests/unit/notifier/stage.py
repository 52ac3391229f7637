"""A sender over memory, under a clock that moves by hand, and what became of what it sent."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from calotype_core.adapters.memory.clock import ManualClock
from calotype_core.adapters.memory.deliveries import MemoryDeliveries
from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.memory.secrets import MemorySecrets
from calotype_core.adapters.memory.webhooks import MemoryWebhooks
from calotype_core.ports.channel import Answer, Channel, GoneError, Message, NotTakenError
from calotype_core.ports.deliveries import Delivery
from calotype_core.ports.webhooks import Webhook
from calotype_notifier.announcements import Announcement
from calotype_notifier.endpoints import Endpoints
from calotype_notifier.own_secret import CallbackSecrets
from calotype_notifier.rooms import Rooms
from calotype_notifier.sending import Sender, SendingSettings
from calotype_notifier.settings import DeliverySettings

SETTINGS = SendingSettings(
    schedule=DeliverySettings().webhook_retries,
    at_once=4,
    longest=20,
    off_after=timedelta(days=5),
    letters_every=60,
)
SIGNED = ("whsec_own",)
CALLBACK = "callback:https://example.org/hook"
HOOK = Webhook(
    webhook_id="hook",
    url="https://example.com/",
    event_types=("job.finished",),
    secret="whsec_its",  # noqa: S106 - none is needed
    created_at=ManualClock().now(),
)
Behaviour = Callable[[Message], Answer]


def well(_: Message) -> Answer:
    return Answer(status=200)


def broken(_: Message) -> Answer:
    raise NotTakenError("It answered 500.", answer=Answer(status=500))


def silent(_: Message) -> Answer:
    raise NotTakenError("It kept silent.", silent=True)


def gone(_: Message) -> Answer:
    raise GoneError("It is gone.", answer=Answer(status=410))


@dataclass
class Scripted(Channel):
    """A channel that does as it is told, and remembers how many were sent at once."""

    behaviour: Behaviour = well
    sent: list[Message] = field(default_factory=list)
    inside: int = 0
    widest: int = 0

    async def send(self, message: Message) -> Answer:
        self.inside += 1
        self.widest = max(self.widest, self.inside)
        await asyncio.sleep(0)
        self.inside -= 1
        self.sent.append(message)
        return self.behaviour(message)


class Stage:
    """A sender, everything that it needs, and what became of it.

    through: a channel to be used instead of the scripted one; secrets sign callbacks.
    """

    def __init__(
        self,
        through: Channel | None = None,
        secrets: Sequence[str] = SIGNED,
        clock: ManualClock | None = None,
    ) -> None:
        self.clock, self.channel = clock or ManualClock(), Scripted()
        channel = through or self.channel
        self.deliveries, self.webhooks = MemoryDeliveries(), MemoryWebhooks()
        self.announced: list[Announcement] = []
        metrics = MemoryMetrics()
        self.sender = Sender(
            deliveries=self.deliveries,
            endpoints=Endpoints(
                webhooks=self.webhooks,
                channels={"webhook": channel, "email": channel},
                callback_secrets=CallbackSecrets(secrets, MemorySecrets(), bytes),
                clock=self.clock,
                metrics=metrics,
            ),
            rooms=Rooms(most=8, a_host=8),
            compose=compose,
            announce=self.announce,
            clock=self.clock,
            random=Random(1),
            metrics=metrics,
            settings=SETTINGS,
        )
        self.stop = asyncio.Event()

    async def announce(self, announcement: Announcement) -> None:
        self.announced.append(announcement)

    async def owe(self, endpoint: str = CALLBACK, count: int = 1) -> list[Delivery]:
        known = len(self.deliveries_of(endpoint))
        owed = [delivery(endpoint, known + number, self.clock.now()) for number in range(count)]
        await self.deliveries.schedule(owed)
        return owed

    def deliveries_of(self, endpoint: str) -> Sequence[Delivery]:
        return [one for one in self.deliveries._known.values() if one.endpoint == endpoint]  # noqa: SLF001 - to count them

    async def turn(self) -> int:
        """Serve every line that is due, and return how many were."""
        now = self.clock.now()
        lines = await self.deliveries.take(now, holder="me", until=now + SETTINGS.lease, limit=9)
        for line in lines:
            await self.sender.serve(line, self.stop)
        return len(lines)

    async def turns_for(self, seconds: float, step: float = 1) -> None:
        """Serve what is due each second, for that long."""
        for _ in range(int(seconds / step)):
            await self.turn()
            self.clock.advance(step)

    async def state(self, one: Delivery) -> Delivery:
        known = await self.deliveries.get(one.delivery_id)
        assert known is not None
        return known


def compose(deliveries: Sequence[Delivery], secrets: tuple[str, ...]) -> Message:
    first = deliveries[0]
    if first.body == "poison":
        raise ValueError(first.body)
    return Message(
        message_id=first.delivery_id,
        event_type=first.event_type,
        status="completed",
        to=first.to,
        body=first.body,
        subject=f"{len(deliveries)}",
        text="",
        html="",
        secrets=secrets,
    )


def delivery(endpoint: str, number: int, now: datetime) -> Delivery:
    return Delivery(
        delivery_id=f"msg_{endpoint}_{number}",
        event_id=f"event-{number}",
        event_type="job.finished",
        subject_id="job",
        channel=endpoint.partition(":")[0].replace("callback", "webhook"),
        endpoint=endpoint,
        to=endpoint.partition(":")[2],
        body="{}",
        next_attempt_at=now,
        created_at=now,
    )
