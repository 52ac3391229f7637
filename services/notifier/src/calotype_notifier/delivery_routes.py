"""Deliveries over HTTP: parse, call the verb, answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from calotype_core.domain.ids import MalformedIdError, parse_id
from calotype_core.domain.problems import Problem, quote
from calotype_core.errors import MalformedRequestError
from calotype_core.ports.deliveries import DeliveryState, Sought
from calotype_notifier import webhook_views
from calotype_notifier.catalogue import KINDS
from calotype_notifier.delivery_desk import DeliveryDesk
from calotype_notifier.owed import (
    EMAIL,
    SNS,
    callback_of_line,
    line_of_callback,
    line_of_webhook,
    webhook_of_line,
)

# Each is read together with what is sent, which may have a thousand URLs.
Limit = Annotated[int, QueryParameter(ge=1, le=100)]
# The framework keeps the name "state" for itself.
Standing = Annotated[str | None, QueryParameter(name="state")]
_UNCACHED = {"Cache-Control": "no-store"}
_TAGS = ["deliveries"]
_ENDPOINT = "the id of a webhook, a callback URL, sns or email"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryRoutes:
    """The routes' parts."""

    desk: DeliveryDesk

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @get("/deliveries", tags=_TAGS)
        async def deliveries(
            *,
            limit: Limit = 100,
            before: FromQuery[str | None] = None,
            endpoint: FromQuery[str | None] = None,
            standing: Standing = None,
            event: FromQuery[str | None] = None,
            subject: FromQuery[str | None] = None,
        ) -> Response[webhook_views.DeliveriesBody]:
            """List what is and was owed to whoever asked to be told, newest first.

            endpoint is the id of a webhook, a callback URL, sns or email; subject the id of an
            image, a job or a webhook; before the delivery to go on from.
            """
            asked = {"endpoint": endpoint, "state": standing, "event": event, "subject": subject}
            sought = read_sought(**asked)
            found = await self.desk.newest(sought, limit, before or None)
            body = webhook_views.deliveries(found, limit=limit, asked=asked)
            return Response(body, headers=_UNCACHED)

        @get("/deliveries/{delivery_id:str}", tags=_TAGS)
        async def delivery(
            delivery_id: FromPath[str],
        ) -> Response[webhook_views.DeliveryDetailsBody]:
            """Tell everything of a delivery: each attempt with its answer, and what is sent."""
            known = await self.desk.show(delivery_id)
            return Response(webhook_views.delivery_details(known), headers=_UNCACHED)

        @post("/deliveries/{delivery_id:str}/replay", tags=_TAGS, status_code=202)
        async def replay(delivery_id: FromPath[str]) -> Response[webhook_views.DeliveryBody]:
            """Send it again, with the same webhook-id, as if nothing of it had been tried yet."""
            owed = await self.desk.replay(delivery_id)
            headers = {"Location": f"/deliveries/{owed.delivery_id}", **_UNCACHED}
            return Response(webhook_views.delivery(owed), status_code=202, headers=headers)

        return [deliveries, delivery, replay]


def read_sought(
    *, endpoint: str | None, state: str | None, event: str | None, subject: str | None
) -> Sought:
    """Return what is looked for; an empty parameter is none. Raises MalformedRequestError."""
    line = _line(endpoint) if endpoint else None
    wrong = [
        *_unless(not endpoint or line is not None, "endpoint", _ENDPOINT, endpoint),
        *_one_of("state", list(DeliveryState), state),
        *_one_of("event", KINDS, event),
    ]
    if wrong:
        told = "; ".join(str(one) for one in wrong)
        raise MalformedRequestError(f"The request is not valid: {told}.", problems=wrong)
    return Sought(
        endpoint=line,
        state=DeliveryState(state) if state else None,
        event_type=event or None,
        subject_id=subject or None,
    )


def _line(endpoint: str) -> str | None:
    """Return the line that is meant, None where it can be none."""
    is_line = callback_of_line(endpoint) or webhook_of_line(endpoint)
    if is_line or endpoint in {SNS, EMAIL}:
        return endpoint
    if endpoint.lower().startswith(("http://", "https://")):
        return line_of_callback(endpoint)
    try:
        return line_of_webhook(parse_id(endpoint))
    except MalformedIdError:
        return None


def _one_of(name: str, known: Collection[str], text: str | None) -> Sequence[Problem]:
    return _unless(not text or text in known, name, "one of " + ", ".join(known), text)


def _unless(right: bool, path: str, expected: str, got: str | None) -> Sequence[Problem]:  # noqa: FBT001 - it is the condition
    return () if right else (Problem(path=path, expected=expected, got=quote(got)),)
