"""What can be typed after calotype."""

import argparse
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import httpx

_HERE = "http://127.0.0.1:8080"
PREPARED = {
    "topics": "prepare Kafka's topics (CALOTYPE_KAFKA_…)",
    "bucket": "prepare the bucket (CALOTYPE_S3_…)",
    "records": "prepare MongoDB's indexes (CALOTYPE_MONGO_…)",
}
_JOB_VERBS = {
    "show": "list the latest jobs, or tell everything about one (this word may be left out)",
    "retry": "process a finished job's failed images once more",
    "cancel": "leave out what of a job has not begun",
    "download": "write the job's images as the CSV that came in, with their new URLs",
}


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what is asked for; exits with 2 where that cannot be understood."""
    parser = argparse.ArgumentParser(
        prog="calotype", description="An image platform that you run yourself."
    )
    parser.add_argument("--version", action="version", version=version("calotype"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run everything in one process")
    serve.add_argument("--host", help="address to listen on (CALOTYPE_HOST, 127.0.0.1)")
    serve.add_argument("--port", help="port to listen on (CALOTYPE_PORT, 8080)")
    serve.add_argument("--data-dir", help="folder for everything (CALOTYPE_DATA_DIR, data)")
    send = commands.add_parser("upload", help="upload images; or many as one CSV, ZIP or JSON list")
    _describe_upload(send)
    _describe_process(commands.add_parser("process", help="make more of an image that is there"))
    _describe_jobs(commands.add_parser("jobs", help="look after jobs: what a CSV or ZIP becomes"))
    check = commands.add_parser("doctor", help="check that this machine can run it")
    check.add_argument("--data-dir", help="folder to check (CALOTYPE_DATA_DIR, data)")
    for what, meaning in PREPARED.items():
        verbs = commands.add_parser(what, help=meaning).add_subparsers(
            dest="verb", required=True, metavar="VERB"
        )
        verbs.add_parser("ensure", help="make what is missing; running it again changes nothing")
    options = parser.parse_args(_spelled_out(arguments))
    if options.command == "upload":
        _check_upload(send, options)
    return options


def _describe_upload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    _add_url(parser)
    parser.add_argument("--instructions", help="what to make of each image, as JSON")
    parser.add_argument(
        "--lenient", action="store_true", help="leave out a CSV's rows that have problems"
    )
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--dry-run", action="store_true", help="say what is wrong, and upload nothing"
    )
    ways.add_argument("--watch", action="store_true", help="wait until the jobs are finished")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="CSV", help="with --watch: where its CSV goes"
    )


def _check_upload(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.output and not options.watch:
        parser.error("--output is what a finished job gives: it needs --watch")
    if options.output and len(options.files) > 1:
        parser.error("--output takes the CSV of one job: give one FILE")


def _describe_process(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE_ID", help="what its upload answered")
    parser.add_argument("instructions", metavar="INSTRUCTIONS", help="as JSON, or a preset's name")
    _add_url(parser)


def _describe_jobs(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, meaning in _JOB_VERBS.items():
        described = verbs.add_parser(verb, help=meaning, description=meaning)
        described.add_argument("job", nargs="?" if verb == "show" else None, metavar="ID")
        _add_url(described)
        if verb == "retry":
            described.add_argument("--cause", help="only those that failed of this code")
        if verb == "download":
            described.add_argument("--failed", action="store_true", help="only rows that failed")
            described.add_argument("-o", "--output", type=Path, metavar="CSV")


def _spelled_out(arguments: Sequence[str]) -> Sequence[str]:
    """Return `jobs` and `jobs ID` as what they are short for."""
    command, rest = arguments[:1], arguments[1:]
    if command != ["jobs"] or rest[:1] in [["-h"], ["--help"], *([verb] for verb in _JOB_VERBS)]:
        return arguments
    return [*command, "show", *rest]


def _add_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=_http_url,
        default=os.environ.get("CALOTYPE_URL") or _HERE,
        help=f"where Calotype is (CALOTYPE_URL, {_HERE})",
    )


def _http_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no URL: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise argparse.ArgumentTypeError(f"{text!r} is no URL like {_HERE}")
    return text
