"""Webhooks over HTTP: parse, call the verb, answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.ids import MalformedIdError, parse_id
from calotype_core.domain.problems import Problem, quote
from calotype_core.errors import MalformedRequestError
from calotype_core.http.json_body import json_body
from calotype_notifier import openapi, webhook_views
from calotype_notifier.webhook_desk import WebhookDesk
from calotype_notifier.wishes import read_change, read_creation, read_rotation, read_since

AnyRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
_UNCACHED = {"Cache-Control": "no-store"}
_MOST_BYTES = 16 * 1024
_TAGS = ["webhooks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookRoutes:
    """The routes' parts; callbacks says which URLs may be called."""

    desk: WebhookDesk
    callbacks: CallbackSettings

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""
        return [*self._looks(), *self._changes(), *self._secrets(), *self._sends()]

    def _looks(self) -> Sequence[ControllerRouterHandler]:
        @get("/webhooks", tags=_TAGS)
        async def webhooks(
            limit: Limit = 100, before: FromQuery[str | None] = None
        ) -> Response[webhook_views.WebhooksBody]:
            """List webhooks and how they fare, newest first; before is the id to go on from."""
            found = await self.desk.newest(limit, _before(before))
            return Response(webhook_views.webhooks(found, limit), headers=_UNCACHED)

        @get("/webhooks/{webhook_id:str}", tags=_TAGS)
        async def webhook(webhook_id: FromPath[str]) -> Response[webhook_views.WebhookBody]:
            """Tell what a webhook is told of, and how it fares."""
            standing = await self.desk.show(webhook_id)
            return Response(webhook_views.webhook(standing), headers=_UNCACHED)

        return [webhooks, webhook]

    def _changes(self) -> Sequence[ControllerRouterHandler]:
        @post(
            "/webhooks",
            tags=_TAGS,
            operation_class=openapi.CreateOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def create(request: AnyRequest) -> Response[webhook_views.NewWebhookBody]:
            """Have a URL be told of events from now on.

            The answer has the secret that requests to it are signed with; it is not shown again.
            """
            made = await self.desk.create(read_creation(await json_body(request), self.callbacks))
            headers = {"Location": f"/webhooks/{made.webhook_id}", **_UNCACHED}
            return Response(webhook_views.new_webhook(made), status_code=201, headers=headers)

        @patch(
            "/webhooks/{webhook_id:str}",
            tags=_TAGS,
            operation_class=openapi.ChangeOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def change(
            request: AnyRequest, webhook_id: FromPath[str]
        ) -> Response[webhook_views.WebhookBody]:
            """Change what is sent, and nothing else: pause it, say that it is well again, move it.

            What happens while it is paused is kept, and sent once it is active.
            """
            wish = read_change(await json_body(request), self.callbacks)
            standing = await self.desk.change(webhook_id, wish)
            return Response(webhook_views.webhook(standing), headers=_UNCACHED)

        @delete("/webhooks/{webhook_id:str}", tags=_TAGS)
        async def remove(webhook_id: FromPath[str]) -> None:
            """Delete a webhook, and with it what was owed to it and the record of what was sent."""
            await self.desk.delete(webhook_id)

        return [create, change, remove]

    def _secrets(self) -> Sequence[ControllerRouterHandler]:
        @post(
            "/webhooks/{webhook_id:str}/rotate",
            tags=_TAGS,
            status_code=200,
            operation_class=openapi.RotateOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def rotate(
            request: AnyRequest, webhook_id: FromPath[str]
        ) -> Response[webhook_views.RotatedBody]:
            """Sign with another secret, and for a day with the previous one, too.

            The answer has the new secret; it is not shown again.
            """
            wish = read_rotation(await json_body(request))
            rotated = await self.desk.rotate(webhook_id, wish.secret)
            return Response(webhook_views.rotated(rotated), headers=_UNCACHED)

        return [rotate]

    def _sends(self) -> Sequence[ControllerRouterHandler]:
        @post("/webhooks/{webhook_id:str}/test", tags=_TAGS, status_code=202)
        async def test(webhook_id: FromPath[str]) -> Response[webhook_views.TestedBody]:
            """Send a test, whatever the webhook is told of; its delivery tells what came of it."""
            told = await self.desk.test(webhook_id)
            headers = {"Location": f"/deliveries/{told.delivery_id}", **_UNCACHED}
            body = webhook_views.TestedBody(delivery_id=told.delivery_id)
            return Response(body, status_code=202, headers=headers)

        @post(
            "/webhooks/{webhook_id:str}/replay",
            tags=_TAGS,
            status_code=202,
            operation_class=openapi.ReplayOperation,
            request_max_body_size=_MOST_BYTES,
        )
        async def replay(
            request: AnyRequest, webhook_id: FromPath[str]
        ) -> Response[webhook_views.ReplayedBody]:
            """Send again what the webhook was owed since a time, delivered or not: up to 10,000.

            The oldest come first; where there may be more, `next` is since when to ask for them.
            What still waits to be sent is left as it is.
            """
            replayed = await self.desk.replay(webhook_id, read_since(await json_body(request)))
            body = webhook_views.ReplayedBody(replayed=replayed.count, next=replayed.goes_on_at)
            return Response(body, status_code=202, headers=_UNCACHED)

        return [test, replay]


def _before(text: str | None) -> str | None:
    try:
        return parse_id(text) if text else None
    except MalformedIdError:
        wrong = Problem(path="before", expected="the id of a webhook", got=quote(text))
        raise MalformedRequestError(
            f"The request is not valid: {wrong}.", problems=[wrong]
        ) from None
