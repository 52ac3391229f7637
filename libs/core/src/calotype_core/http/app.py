"""One ASGI application over the routes of one service, or of all four."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar, Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.types import ControllerRouterHandler

from calotype_core.http import openapi
from calotype_core.http.observed import Observed, make_safe
from calotype_core.http.operations import operations_routes
from calotype_core.http.problems import EXCEPTION_HANDLERS
from calotype_core.ports.metrics import Metrics
from calotype_core.service import Service


class _SchemaPage(OpenAPIRenderPlugin):
    """A page of our own: the framework's would fetch its scripts from strangers."""

    def __init__(self, page: bytes) -> None:
        super().__init__(path="/")
        self._page = page

    def render(
        self,
        request: Request[Any, Any, Any],
        openapi_schema: dict[str, Any],
    ) -> bytes:
        """Return the page, which reads the document itself."""
        return self._page


def build_app(
    services: Sequence[Service],
    *,
    metrics: Metrics,
    render_metrics: Callable[[], bytes],
    version: str,
    further_routes: Sequence[ControllerRouterHandler] = (),
    schema_page: bytes | None = None,
) -> Litestar:
    """Return the application.

    Its OpenAPI document is at /schema/openapi.json, and at /schema the page that makes it readable,
    where there is one.
    """
    routes: list[Any] = [route for service in services for route in service.routes]
    app = Litestar(
        [*routes, *operations_routes(services, render_metrics), *further_routes],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[Observed(metrics)],
        before_send=[make_safe],
        openapi_config=OpenAPIConfig(
            title="Calotype",
            version=version,
            description="Images in, renditions out, and whoever asked is told."
            ' Live at WS /ws: send {"subscribe": ["<image or job id>", …]}, or {"subscribe": "all"}'
            ', and beside it {"resume": "<eventId>"} after a lost connection; see'
            " docs/how-to/notifications.md.",
            path="/schema",
            use_handler_docstrings=True,
            render_plugins=[_SchemaPage(schema_page), JsonRenderPlugin()]
            if schema_page
            else [JsonRenderPlugin(path=["/", "/openapi.json"])],
        ),
        logging_config=None,  # logs.configure has done it, for all libraries
        request_max_body_size=None,  # bodies are streamed, and bounded where they are read
    )
    openapi.complete(app.openapi_schema)
    return app
