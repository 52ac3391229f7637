"""The routes that a platform asks of every service: /healthz, /readyz and /metrics."""

from collections.abc import Callable, Sequence

from litestar import MediaType, Response, get
from litestar.types import ControllerRouterHandler

from calotype_core.errors import CalotypeError
from calotype_core.service import Service

_UNAVAILABLE = 503


def operations_routes(
    services: Sequence[Service], render_metrics: Callable[[], bytes]
) -> Sequence[ControllerRouterHandler]:
    """Return the routes, over the checks of the services that this process runs."""

    @get("/healthz", tags=["operations"])
    async def healthz() -> dict[str, str]:
        """Say that the process gets on with its work; where it does not, start it again."""
        for service in services:
            for check in service.alive:
                await check()
        return {"status": "ok"}

    @get("/readyz", tags=["operations"])
    async def readyz() -> Response[dict[str, str]]:
        """Say whether everything that this process needs is there, and what is not."""
        answers: dict[str, str] = {}
        for service in services:
            for name, check in service.checks.items():
                try:
                    await check()
                except CalotypeError as error:
                    answers[name] = error.message
                else:
                    answers.setdefault(name, "ok")
        ready = all(answer == "ok" for answer in answers.values())
        return Response(answers, status_code=200 if ready else _UNAVAILABLE)

    @get("/metrics", tags=["operations"], media_type=MediaType.TEXT)
    async def metrics() -> Response[bytes]:
        """Tell the numbers of docs/metrics.md in Prometheus's text format."""
        return Response(render_metrics(), media_type="text/plain; version=0.0.4")

    return [healthz, readyz, metrics]
