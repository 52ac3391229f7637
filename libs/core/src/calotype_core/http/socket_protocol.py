"""WebSockets as uvicorn speaks them, but that nobody who has vanished keeps a connection open.

A client is pinged every PING_SECONDS and answers within as many, or is gone: 40 seconds at most.
"""

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

PING_SECONDS = 20.0
_CLOSE_SECONDS = 2.0  # that an end waits for what a client has not taken, or sent, yet


class BoundedSocket(WebSocketsSansIOProtocol):
    """One connection. Closing it waits for what was sent to be taken, which may be never."""

    def keepalive_timeout(self) -> None:
        """Let go of a client that does not answer, whatever it has not taken."""
        super().keepalive_timeout()
        self.transport.abort()

    async def send(self, message: "ASGISendEvent") -> None:
        """Send; after a close the client has a while to answer, and to take what was sent."""
        await super().send(message)
        if message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def handle_parser_exception(self) -> None:
        """Say what was wrong, and go on to take, for a while, what is still being sent.

        Closed with bytes unread, the connection would be reset, and the client not be told why.
        """
        said = self.conn.close_sent
        if said is None or self.close_sent:  # the rest of a message that has been refused
            return
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": said.code, "reason": said.reason}
        )
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(_CLOSE_SECONDS, self.transport.close)

    def shutdown(self) -> None:
        """Say that the process ends, and do not wait for whoever does not hear it."""
        super().shutdown()
        self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)
