"""calotype doctor: find out whether this machine can run Calotype."""

import asyncio
import platform
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import version

from calotype import prepare, standalone
from calotype.data_dir import ENOUGH_FREE_BYTES, free_bytes, held
from calotype_core.errors import CalotypeError
from calotype_core.presets import load_presets
from calotype_core.settings import SettingsError, load_parts

_OLDEST_SQLITE = (3, 35)
_SERVICES = "CALOTYPE_MONGO_URL"  # set where the services run, and not one process
_OK, _BAD = "ok  ", "FAIL"

Finding = tuple[bool, str]


def examine(environ: Mapping[str, str]) -> int:
    """Print a line a finding; return 0 where all is well, else 1."""
    findings = list(_findings(environ))
    for well, said in findings:
        print(f"{_OK if well else _BAD} {said}")
    return 0 if all(well for well, _ in findings) else 1


def _findings(environ: Mapping[str, str]) -> Iterator[Finding]:
    yield True, f"Python {platform.python_version()} on {platform.platform()}"
    yield (
        sqlite3.sqlite_version_info >= _OLDEST_SQLITE,
        f"SQLite {sqlite3.sqlite_version} (3.35 or newer is needed)",
    )
    try:
        settings = load_parts(standalone.AllSettings, environ)
    except SettingsError as error:
        yield False, f"settings: {error}"
        return
    yield True, "settings: every variable can be read"
    try:
        presets = load_presets(settings.query)
    except SettingsError as error:
        yield False, f"presets: {error}"
    else:
        yield True, f"presets: {', '.join(sorted(presets)) or 'none'}"
    yield from _tried(lambda: _engine(settings))
    yield from _tried(lambda: _labels(settings))
    yield from _tried(lambda: _data_dir(settings))
    yield from _tried(lambda: _callback_secrets(settings))
    if _SERVICES in environ:
        yield from _tried(lambda: _services_callback_secrets(environ))
    yield _port(settings)


def _tried(check: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield True, check()
    except (CalotypeError, SettingsError) as error:
        yield False, str(error)


def _engine(settings: standalone.AllSettings) -> str:
    asyncio.run(standalone.prove_engine(settings))
    return f"pixels: a decoding child starts and renders (libvips {version('pyvips-binary')})"


def _labels(settings: standalone.AllSettings) -> str:
    if asyncio.run(standalone.prove_labeller(settings)):
        return f"labels: CALOTYPE_LABELS_BY={settings.labels.labels_by} can be opened"
    return "labels: off (CALOTYPE_FACTS has none)"


def _data_dir(settings: standalone.AllSettings) -> str:
    with held(settings.standalone.data_dir) as folder:
        free = free_bytes(folder)
        low = " (nearly full)" if free < ENOUGH_FREE_BYTES else ""
        return f"data folder {folder}: writable, {free / 1e9:.1f} GB free{low}"


def _callback_secrets(settings: standalone.AllSettings) -> str:
    shown = " ".join(asyncio.run(standalone.callback_secrets(settings)))
    return f"what signs callbacks (CALOTYPE_WEBHOOK_SECRET): {shown}"


def _services_callback_secrets(environ: Mapping[str, str]) -> str:
    shown = " ".join(asyncio.run(prepare.callback_secrets(environ)))
    return f"what signs the services' callbacks (CALOTYPE_WEBHOOK_SECRET, or MongoDB): {shown}"


def _port(settings: standalone.AllSettings) -> Finding:
    address = (settings.process.host, settings.process.port)
    try:
        with closing(socket.create_server(address)):
            return True, f"address {address[0]}:{address[1]}: free"
    except OSError as error:
        return False, f"address {address[0]}:{address[1]}: {error}"
