"""WS /ws: a client says what it follows, and is told."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.types import ControllerRouterHandler

from calotype_core.domain.ids import MalformedIdError, parse_id
from calotype_core.http.origin import origin_of
from calotype_notifier.live import Live
from calotype_notifier.notice import Notice
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Client

AnySocket = WebSocket[Any, Any, Any]
_TRY_LATER, _TOO_SLOW = 1013, 4008  # close codes; those from 4000 on are an application's own


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveRoute:
    """The route's parts."""

    live: Live
    settings: NotifierSettings

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @websocket("/ws")
        async def live(socket: AnySocket) -> None:
            """Tell of images and jobs: send {"subscribe": ["<id>", …]}, any number of times."""
            await self.attend(socket)

        return [live]

    async def attend(self, socket: AnySocket) -> None:
        """Serve one client until either side ends it."""
        base = origin_of(socket, self.settings.public_url)
        client = Client(base=base, backlog=self.settings.socket_backlog)
        await socket.accept()
        if not self.live.sockets.join(client):
            await socket.close(_TRY_LATER, "too many clients; try again later")
            return
        reading = asyncio.create_task(self._read(socket, client))
        writing = asyncio.create_task(self._write(socket, client))
        try:
            await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.live.sockets.leave(client)
            reading.cancel()
            writing.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)

    async def _read(self, socket: AnySocket, client: Client) -> None:
        try:
            while True:
                await self._hear(client, await socket.receive_text())
        except WebSocketDisconnect:
            return

    async def _hear(self, client: Client, text: str) -> None:
        subjects = _subscribed(text)
        if isinstance(subjects, str):
            client.tell(_problem("malformed_message", subjects))
            return
        room = self.settings.subscriptions_max - len(client.follows)
        if len(subjects) > room:
            most = self.settings.subscriptions_max
            client.tell(_problem("too_many_subscriptions", f"At most {most} ids a connection."))
        for subject_id in subjects[:room]:
            # Followed first, told second: an outcome in between is told twice, never missed.
            self.live.sockets.follow(client, subject_id)
            await self.live.tell_present(client, subject_id)

    async def _write(self, socket: AnySocket, client: Client) -> None:
        while (notice := await client.unread.get()) is not None:
            await socket.send_text(json.dumps(notice))
        await socket.close(_TOO_SLOW, "too slow; connect again and subscribe")


def _subscribed(text: str) -> list[str] | str:
    """Return the ids that the message subscribes to, or what is wrong with it."""
    expected = 'Send {"subscribe": ["<image or job id>", …]}'
    try:
        wanted = json.loads(text)["subscribe"]
        return [parse_id(one) for one in wanted] if isinstance(wanted, list) else f"{expected}."
    except MalformedIdError as error:
        return f"{expected}; {str(error)[:80]!r} is no id."
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return f"{expected}."


def _problem(code: str, message: str) -> Notice:
    return {"error": {"code": code, "message": message}}
