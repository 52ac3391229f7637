"""What the mains of the services share: settings, patience with servers, and the last word."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol, TypeVar

import uvloop

from calotype_core import failpoints, logs, telemetry
from calotype_core.errors import CalotypeError, Unavailable
from calotype_core.housekeeping import pause
from calotype_core.http.app import build_app
from calotype_core.ports.metrics import Metrics
from calotype_core.process import (
    ProcessSettings,
    announce_address,
    leave_on_signals,
    serve_and_work,
    tune_allocator,
)
from calotype_core.service import Check, Service
from calotype_core.settings import SettingsError, load_parts, seconds, setting

_log = logs.get_logger(__name__)
_FAILED, _ASKED_WRONGLY, _INTERRUPTED = 1, 2, 130
_BETWEEN_LOOKS_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class StartSettings:
    """How a service starts where its servers may be slower than it is."""

    patience_seconds: float = setting(
        60.0, seconds(), "How long a start waits for servers that are away before it gives up."
    )


class ServiceSettings(Protocol):
    """What every main's settings have, beside its own components'."""

    @property
    def process(self) -> ProcessSettings:
        """Where to listen, how to stop, how to log."""

    @property
    def start(self) -> StartSettings:
        """How long to wait for servers."""


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A service, put together: its routes and loops, and where its numbers go."""

    services: Sequence[Service]
    metrics: Metrics
    render_metrics: Callable[[], bytes]


PutTogether = Callable[[SettingsT], AbstractAsyncContextManager[Parts]]


class ServersAwayError(Unavailable):
    """A server that is needed is away, or not as it should be, for longer than a start waits."""

    code = "servers_away"


def run_service(name: str, kind: type[SettingsT], put_together: PutTogether[SettingsT]) -> None:
    """Run the service with the environment's settings until it is told to stop, then exit."""
    with last_words(f"calotype {name}"):
        settings = load_parts(kind, os.environ)
        logs.configure(settings.process.log_format, settings.process.log_level)
        failpoints.arm(os.environ)
        stop_telemetry = telemetry.configure(name, os.environ)
        tune_allocator()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(name, settings, put_together))
        finally:
            stop_telemetry()


async def _run(name: str, settings: SettingsT, put_together: PutTogether[SettingsT]) -> None:
    leaving = leave_on_signals()
    async with put_together(settings) as parts:
        checks = {key: one for service in parts.services for key, one in service.checks.items()}
        await wait_for_servers(checks, settings.start.patience_seconds, leaving)
        app = build_app(
            parts.services,
            metrics=parts.metrics,
            render_metrics=parts.render_metrics,
            version=version(f"calotype-{name}"),
        )
        with settings.process.listen() as listener:
            announce_address(settings.process, listener)
            await serve_and_work(parts.services, app, settings.process, listener, leaving)
    _log.info("stopped", service=name)


async def wait_for_servers(
    checks: Mapping[str, Check], patience_seconds: float, leaving: asyncio.Event
) -> None:
    """Return once every check is content, or it is time to leave; raises ServersAwayError."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_seconds
    while (missing := await _missing(checks)) and not leaving.is_set():
        if loop.time() >= deadline:
            raise ServersAwayError(
                f"Gave up after {patience_seconds:g} seconds (CALOTYPE_PATIENCE_SECONDS). "
                + " ".join(missing.values())
            )
        for name, said in missing.items():
            _log.warning("waiting for a server", server=name, reason=said)
        await pause(leaving, _BETWEEN_LOOKS_SECONDS)


async def _missing(checks: Mapping[str, Check]) -> Mapping[str, str]:
    missing: dict[str, str] = {}
    for name, check in checks.items():
        try:
            await check()
        except Unavailable as error:
            missing[name] = error.message
    return missing


@contextmanager
def last_words(name: str) -> Iterator[None]:
    """Exit with one sentence for what ends a process, where it is an error that we know.

    0: it was told to stop; 1: it failed; 2: it was asked wrongly.
    """
    try:
        yield
    except SettingsError as error:
        _exit(name, [error], _ASKED_WRONGLY)
    except CalotypeError as error:
        _exit(name, [error], _FAILED)
    except BaseExceptionGroup as group:  # what loops failed with
        known, unknown = group.split(CalotypeError)
        if unknown is not None or known is None:
            raise
        _exit(name, _leaves(known), _FAILED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _leaves(group: BaseExceptionGroup[CalotypeError]) -> Iterator[CalotypeError]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


def _exit(name: str, errors: Sequence[Exception] | Iterator[Exception], code: int) -> None:
    for error in errors:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201 - a command's last words
    sys.exit(code)
