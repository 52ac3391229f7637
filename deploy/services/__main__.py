"""Start and stop the real servers that Calotype runs on: python3 -m deploy.services up."""

import argparse
import sys
from pathlib import Path

from deploy.services import files
from deploy.services.cluster import Cluster
from deploy.services.errors import ServicesError

_CHECKOUT = Path(__file__).parents[2]
_NAMES = ("kafka", "s3", "mongo")


def main() -> int:
    """Do what the command line asks for; return the process's exit code."""
    arguments = _parser().parse_args()
    try:
        # Whoever comes second, waits: two starts at a time would be two sets of servers.
        with files.locked(Path(__file__).parent):
            _do(Cluster(_CHECKOUT / ".services"), arguments)
    except ServicesError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _do(cluster: Cluster, arguments: argparse.Namespace) -> None:
    match arguments.verb:
        case "up":
            cluster.up()
        case "down":
            cluster.down()
        case "status":
            print(*cluster.status(), sep="\n")
        case "start":
            cluster.start(arguments.name)
        case "stop":
            cluster.stop(arguments.name)
        case "restart":
            cluster.stop(arguments.name)
            cluster.start(arguments.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m deploy.services", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="start everything that does not run; write .services/environ")
    verbs.add_parser("down", help="stop everything, and remove all data")
    verbs.add_parser("status", help="say what runs")
    for verb, text in (
        ("start", "start one server, over the data that it had"),
        ("stop", "stop one server, and keep its data"),
        ("restart", "the one after the other"),
    ):
        verbs.add_parser(verb, help=text).add_argument("name", choices=_NAMES)
    return parser


if __name__ == "__main__":
    sys.exit(main())
