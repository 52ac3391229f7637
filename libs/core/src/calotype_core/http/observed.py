"""Every request in a span, a metric and, where it failed, a log line; and safe answers."""

import time
from typing import TYPE_CHECKING

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from calotype_core import telemetry
from calotype_core.metric_defs import HTTP_REQUEST_SECONDS
from calotype_core.ports.metrics import Metrics

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        (
            b"default-src 'self'; img-src 'self' blob:; connect-src 'self' ws: wss:;"
            b" style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
    ),
)


async def make_safe(message: "Message", _: "Scope") -> None:
    """Add to an answer's headers what browsers need to be told, whoever answers."""
    if message["type"] == "http.response.start":
        present = {name.lower() for name, _ in message["headers"]}
        message["headers"] = [
            *message["headers"],
            *(one for one in _SAFE if one[0] not in present),
        ]


class Observed(ASGIMiddleware):
    """Times and traces requests by route (never by path: paths hold ids)."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def handle(
        self, scope: "Scope", receive: "Receive", send: "Send", next_app: "ASGIApp"
    ) -> None:
        """Call the application, and note what came of it."""
        route = str(scope.get("path_template", "unknown"))
        method = str(scope["method"])  # type: ignore[typeddict-item]  # an HTTP scope has one
        status = 500
        began = time.monotonic()

        async def noting(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            with telemetry.span(f"{method} {route}", headers):
                await next_app(scope, receive, noting)
        finally:
            self._metrics.observe(
                HTTP_REQUEST_SECONDS,
                time.monotonic() - began,
                method=method,
                route=route,
                status=str(status),
            )
