"""The command: calotype serve, upload, doctor, topics."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop

from calotype import doctor, standalone, topics, upload
from calotype_core import logs, telemetry
from calotype_core.errors import CalotypeError
from calotype_core.settings import PREFIX, SettingsError

_BAD_USE = 2


def main() -> None:
    """Run the command; exit with 0, 1 (it failed) or 2 (it was asked wrongly)."""
    options = _parser().parse_args()
    try:
        sys.exit(_COMMANDS[options.command](options))
    except (CalotypeError, SettingsError) as error:
        print(f"calotype: {error}", file=sys.stderr)
        sys.exit(_BAD_USE if isinstance(error, SettingsError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="calotype", description="An image platform that you run yourself."
    )
    parser.add_argument("--version", action="version", version=version("calotype"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run everything in one process")
    serve.add_argument("--host", help="address to listen on (CALOTYPE_HOST, 127.0.0.1)")
    serve.add_argument("--port", help="port to listen on (CALOTYPE_PORT, 8080)")
    serve.add_argument("--data-dir", help="folder for everything (CALOTYPE_DATA_DIR, data)")
    send = commands.add_parser("upload", help="upload images and wait for their renditions")
    send.add_argument("files", nargs="+", type=Path, metavar="FILE")
    send.add_argument("--url", help="where Calotype is (CALOTYPE_URL, http://127.0.0.1:8080)")
    send.add_argument("--instructions", help="what to make of each image, as JSON")
    check = commands.add_parser("doctor", help="check that this machine can run it")
    check.add_argument("--data-dir", help="folder to check (CALOTYPE_DATA_DIR, data)")
    _add_ensure(commands, "topics", "create and grow the topics that services need in Kafka")
    return parser


def _add_ensure(commands: Any, name: str, text: str) -> None:  # noqa: ANN401 - argparse names no type
    verbs = commands.add_parser(name, help=text).add_subparsers(required=True, metavar="VERB")
    verbs.add_parser("ensure", help=f"{text}; running it twice changes nothing")


def _environ(options: argparse.Namespace, *names: str) -> Mapping[str, str]:
    """Return the environment, with what the command line says in its place."""
    given = {PREFIX + name.upper(): getattr(options, name) for name in names}
    return {**os.environ, **{name: text for name, text in given.items() if text is not None}}


def _serve(options: argparse.Namespace) -> int:
    environ = _environ(options, "host", "port", "data_dir")
    settings = standalone.load_all(environ)
    logs.configure(settings.standalone.log_format, settings.standalone.log_level)
    stop_telemetry = telemetry.configure("standalone", environ)
    standalone.tune_allocator()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(standalone.run(settings, _announce))
    finally:
        stop_telemetry()
    return 0


def _announce(address: str) -> None:
    print(f"Calotype is at {address}", flush=True)


def _upload(options: argparse.Namespace) -> int:
    url = options.url or os.environ.get("CALOTYPE_URL") or "http://127.0.0.1:8080"
    return asyncio.run(upload.upload_files(options.files, url, options.instructions))


def _doctor(options: argparse.Namespace) -> int:
    return doctor.examine(_environ(options, "data_dir"))


def _topics(_: argparse.Namespace) -> int:
    return topics.ensure(os.environ)


_COMMANDS = {"serve": _serve, "upload": _upload, "doctor": _doctor, "topics": _topics}


if __name__ == "__main__":
    main()
