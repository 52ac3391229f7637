"""The command: calotype serve, upload, process, jobs, doctor; topics, bucket and records ensure."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping

import uvloop

from calotype import doctor, jobs, prepare, process, standalone, upload
from calotype.arguments import PREPARED, read_arguments
from calotype_core import failpoints, logs, telemetry
from calotype_core.main import last_words
from calotype_core.process import tune_allocator
from calotype_core.settings import PREFIX, load_parts


def main() -> None:
    """Run the command; exit with 0, 1 (it failed) or 2 (it was asked wrongly)."""
    options = read_arguments(sys.argv[1:])
    with last_words("calotype"):
        sys.exit(_COMMANDS[options.command](options))


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
    return asyncio.run(upload.upload_files(options))


def _process(options: argparse.Namespace) -> int:
    return asyncio.run(process.process_image(options))


def _jobs(options: argparse.Namespace) -> int:
    return asyncio.run(jobs.look_after_jobs(options))


def _doctor(options: argparse.Namespace) -> int:
    return doctor.examine(_environ(options, "data_dir"))


def _ensure(options: argparse.Namespace) -> int:
    asyncio.run(prepare.ensure(options.command, os.environ))
    return 0


_COMMANDS = {
    "serve": _serve,
    "upload": _upload,
    "process": _process,
    "jobs": _jobs,
    "doctor": _doctor,
    **dict.fromkeys(PREPARED, _ensure),
}


if __name__ == "__main__":
    main()
