"""The command: calotype serve, upload, doctor; topics, bucket and records ensure."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import uvloop

from calotype import doctor, prepare, standalone, upload
from calotype_core import failpoints, logs, telemetry
from calotype_core.main import last_words
from calotype_core.process import tune_allocator
from calotype_core.settings import PREFIX, load_parts


def main() -> None:
    """Run the command; exit with 0, 1 (it failed) or 2 (it was asked wrongly)."""
    options = _parser().parse_args()
    with last_words("calotype"):
        sys.exit(_COMMANDS[options.command](options))


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
    for what, meaning in _PREPARED.items():
        verbs = commands.add_parser(what, help=meaning).add_subparsers(
            dest="verb", required=True, metavar="VERB"
        )
        verbs.add_parser("ensure", help="make what is missing; running it again changes nothing")
    return parser


def _environ(options: argparse.Namespace, *names: str) -> Mapping[str, str]:
    """Return the environment, with what the command line says in its place."""
    given = {PREFIX + name.upper(): getattr(options, name) for name in names}
    return {**os.environ, **{name: text for name, text in given.items() if text is not None}}


def _serve(options: argparse.Namespace) -> int:
    environ = _environ(options, "host", "port", "data_dir")
    settings = load_parts(standalone.AllSettings, environ)
    logs.configure(settings.process.log_format, settings.process.log_level)
    failpoints.arm(environ)
    stop_telemetry = telemetry.configure("standalone", environ)
    tune_allocator()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(standalone.run(settings))
    finally:
        stop_telemetry()
    return 0


def _upload(options: argparse.Namespace) -> int:
    url = options.url or os.environ.get("CALOTYPE_URL") or "http://127.0.0.1:8080"
    return asyncio.run(upload.upload_files(options.files, url, options.instructions))


def _doctor(options: argparse.Namespace) -> int:
    return doctor.examine(_environ(options, "data_dir"))


def _ensure(options: argparse.Namespace) -> int:
    asyncio.run(prepare.ensure(options.command, os.environ))
    return 0


_PREPARED = {
    "topics": "prepare Kafka's topics (CALOTYPE_KAFKA_…)",
    "bucket": "prepare the bucket (CALOTYPE_S3_…)",
    "records": "prepare MongoDB's indexes (CALOTYPE_MONGO_…)",
}
_COMMANDS = {
    "serve": _serve,
    "upload": _upload,
    "doctor": _doctor,
    **dict.fromkeys(_PREPARED, _ensure),
}


if __name__ == "__main__":
    main()
