"""HTTP/1.1 as uvicorn speaks it, with bounds where it has none, and refusals that can be read.

idle ── first byte of a head ── head whole ── body ── answered ── idle
└──── at most HEAD_SECONDS ────┘
└── at most HEAD_BYTES, lines ─┘ (trailers and chunk extensions count as well)
"""

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

import httptools
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from calotype_core.errors import CalotypeError, MalformedRequestError, Unavailable
from calotype_core.http.problems import document_of

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
TAKE_SECONDS = 40.0  # in which a client takes something of its answer, or is gone
SPARE_CONNECTIONS = 64  # above the limit: they are heard, to be refused politely
_OF_THE_HOP = {b"connection", b"upgrade", b"http2-settings"}


class MalformedHttpError(MalformedRequestError):
    """What came is no HTTP/1.1."""

    code = "malformed_http"


class HeadTooLargeError(MalformedRequestError):
    """The request's address and headers are too long together."""

    code = "head_too_large"
    status = 431


class RequestTimedOutError(MalformedRequestError):
    """The client did not go on with its request."""

    code = "request_timed_out"
    status = 408


class TooManyConnectionsError(Unavailable):
    """As many connections are open as may be."""

    code = "too_many_connections"


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    _head_due: asyncio.TimerHandle | None = None
    _taken_due: asyncio.TimerHandle | None = None
    _untaken = 0  # bytes of answers that the client had not taken when last looked at
    _unheard = 0  # bytes since a head was whole, or since a piece of a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, but not for ever."""
        super().connection_made(transport)
        most = self.limit_concurrency
        if most is not None and len(self.connections) > most + SPARE_CONNECTIONS:
            self._refuse(_too_many_connections())
        else:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self._expect_no_head()
        self._expect_nothing_taken()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Write no more for now; a client that takes nothing of it any more is gone."""
        super().pause_writing()
        self._expect_taking()

    def resume_writing(self) -> None:
        """Go on: most was taken."""
        super().resume_writing()
        self._expect_nothing_taken()

    def data_received(self, data: bytes) -> None:
        """Hear what came."""
        self._unset_keepalive_if_required()
        self._unheard += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return  # the connection is somebody else's now, and may be silent
            self._go_on_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("What came is no HTTP/1.1 that can be understood.")
        if self._unheard > HEAD_BYTES:
            self._refuse(
                HeadTooLargeError(
                    f"The request's address and headers are over {HEAD_BYTES} bytes: shorten them."
                )
            )
        elif not self._is_answering():
            self._expect_another()

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def _is_other_upgrade(self) -> bool:
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _go_on_without_upgrade(self, rest: bytes) -> None:
        """Read the request once more, without the offer to speak something else.

        The parser leaves the body of a request with such an offer unread, and Java's client makes
        one (h2c) with every first request.
        """
        offered = self.headers
        self.headers = []
        if not any(name == b"upgrade" for name, _ in offered):
            self.send_400_response("The method CONNECT is for proxies, which this is not.")
            return
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url)]
        lines += [b"%s: %s" % one for one in offered if one[0] not in _OF_THE_HOP]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join([*lines, b"", b""]) + rest)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Hand the request over, unless it is to be read once more."""
        self._unheard = 0
        self._expect_no_head()
        if not self._is_other_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body over."""
        self._unheard = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Hand the body's end over, unless the request is to be read once more."""
        if not self._is_other_upgrade():
            super().on_message_complete()

    def _start_asgi_task(self, cycle: "RequestResponseCycle", app: "ASGI3Application") -> None:
        super()._start_asgi_task(cycle, _too_many if app is service_unavailable else app)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(MalformedHttpError(msg))

    def _refuse(self, error: CalotypeError) -> None:
        self._expect_no_head()
        if not self.transport.is_closing():
            headers, body = _answer(error)
            lines = [b"HTTP/1.1 %d %s" % (error.status, HTTPStatus(error.status).phrase.encode())]
            lines += [b"%s: %s" % one for one in headers]
            self.transport.write(b"\r\n".join([*lines, b"", body]))
            self.transport.close()

    def _is_answering(self) -> bool:
        cycle = vars(self)["cycle"]  # None until the first request, whatever uvicorn declares
        return cycle is not None and not cycle.response_complete

    def _expect_head(self) -> None:
        self._expect_no_head()
        self._head_due = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def _expect_no_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _head_overdue(self) -> None:
        if self._is_answering():
            self._expect_head()  # an earlier request's answer is still to come
            return
        self._refuse(
            RequestTimedOutError(
                f"No whole request came within {HEAD_SECONDS:g} seconds: send it again."
            )
        )

    def _expect_taking(self) -> None:
        self._untaken = self.transport.get_write_buffer_size()
        self._taken_due = self.loop.call_later(TAKE_SECONDS, self._taking_overdue)

    def _expect_nothing_taken(self) -> None:
        if self._taken_due is not None:
            self._taken_due.cancel()
            self._taken_due = None

    def _taking_overdue(self) -> None:
        if self.transport.get_write_buffer_size() < self._untaken:
            self._expect_taking()  # slow, and alive
        else:
            self.transport.abort()

    def _expect_another(self) -> None:
        # uvicorn forgets the connection where the rest of a body came after the answer.
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )


async def _too_many(
    scope: "Scope",  # noqa: ARG001 - an ASGI application
    receive: "ASGIReceiveCallable",  # noqa: ARG001 - as above
    send: "ASGISendCallable",
) -> None:
    error = _too_many_connections()
    headers, body = _answer(error)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _too_many_connections() -> TooManyConnectionsError:
    return TooManyConnectionsError(
        "As many connections are open as may be (CALOTYPE_MAX_CONNECTIONS); try again in a moment."
    )


def _answer(error: CalotypeError) -> tuple[list[tuple[bytes, bytes]], bytes]:
    body = json.dumps(document_of(error)).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    return headers + [(b"retry-after", b"5")] * error.retry, body
