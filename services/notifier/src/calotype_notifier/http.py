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
from calotype_core.errors import MalformedRequestError, Unavailable
from calotype_core.http.origin import origin_of
from calotype_notifier.live import Live, Wanted
from calotype_notifier.place import parse_place
from calotype_notifier.settings import NotifierSettings
from calotype_notifier.sockets import Client
from calotype_notifier.told import problem

AnySocket = WebSocket[Any, Any, Any]
# Close codes; those from 4000 on are an application's own.
_RESTART, _TRY_LATER, _TOO_SLOW = 1012, 1013, 4008
_EXPECTED = 'Send {"subscribe": ["<image or job id>", …]} or {"subscribe": "all"}'


class MalformedMessageError(MalformedRequestError):
    """What came over the WebSocket is no subscription."""

    code = "malformed_message"


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
        client = self.settings.client_of(origin_of(socket, self.settings.public_url))
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
        except Unavailable as error:
            await socket.close(_TRY_LATER, error.code)

    async def _hear(self, client: Client, text: str) -> None:
        try:
            wanted = wanted_of(text)
        except MalformedRequestError as error:
            client.tell(problem(error.code, error.message))
            return
        most = self.settings.subscriptions_max
        room = most - len(client.follows)
        if wanted.ids is not None and len(wanted.ids) > room:
            client.tell(problem("too_many_subscriptions", f"At most {most} ids a connection."))
            wanted = Wanted(ids=wanted.ids[:room], since=wanted.since, images=wanted.images)
        await self.live.subscribe(client, wanted)

    async def _write(self, socket: AnySocket, client: Client) -> None:
        while (told := await client.next()) is not None:
            await socket.send_text(told.text)
        if client.too_slow:
            await socket.close(_TOO_SLOW, "too slow; connect again and resume")
        else:
            await socket.close(_RESTART, "restarting; connect again and resume")


def wanted_of(text: str) -> Wanted:
    """Return what the message asks for.

    Raises MalformedMessageError or MalformedEventIdError.
    """
    try:
        message = json.loads(text)
        asked, since = message["subscribe"], message.get("resume")
        images = message.get("images", True)
        ids = None if asked == "all" else [parse_id(one) for one in _list(asked)]
    except MalformedIdError as error:
        raise MalformedMessageError(f"{_EXPECTED}; {str(error)[:80]!r} is no id.") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise MalformedMessageError(f"{_EXPECTED}.") from None
    if not isinstance(images, bool):
        raise MalformedMessageError(f'{_EXPECTED}; "images" is true or false.')
    if since is not None and not isinstance(since, str):
        raise MalformedMessageError(f'{_EXPECTED}; "resume" is the last "eventId" that you saw.')
    return Wanted(ids=ids, since=None if since is None else parse_place(since), images=images)


def _list(asked: object) -> list[Any]:
    if not isinstance(asked, list):
        raise TypeError(asked)
    return asked
