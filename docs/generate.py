"""Write everything that follows from the code: python -m docs.generate [--check].

With --check nothing is written: what differs is listed, and the answer is 1 if anything does.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from calotype_core.topology import SERVICES
from docs import catalogue, pages, schema, wire

ROOT = Path(__file__).parents[1]

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": pages.settings,
    "docs/errors.md": pages.errors,
    "docs/metrics.md": pages.metrics,
    "docs/openapi.json": schema.document,
    "docs/asyncapi.json": catalogue.asyncapi,
    "deploy/policies/kafka/topics-ensure.txt": pages.kafka_rights_of_topics_ensure,
    **{
        f"deploy/policies/kafka/{service}.txt": partial(pages.kafka_rights, service)
        for service in SERVICES
    },
}
# Parts of pages that people write, between <!-- generated: name --> and <!-- /generated -->.
PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "docs/events.md": ("events", catalogue.page),
    "docs/instructions.md": ("operations", pages.operations),
    "README.md": ("flow", pages.flow),
}
END = "<!-- /generated -->"


class MarkerMissingError(Exception):
    """A page has no place for what is generated into it."""


def main() -> int:
    """Write, or compare; return the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, list what differs")
    check: bool = parser.parse_args().check
    stale = [(path, text) for path, text in generated(ROOT) if not _holds(path, text)]
    for path, text in stale:
        print(f"{'differs' if check else 'wrote'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text)
    if check and stale:
        print("Run `make generate` and look at what changed.", file=sys.stderr)
    return int(check and bool(stale))


def generated(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file that is generated, wholly or in part, and the text that it is to hold."""
    for name, text in wire.code(root / "proto").items():
        yield root / wire.FOLDER / name, text
    for name, page in PAGES.items():
        yield root / name, page()
    for name, (marker, part) in PARTS.items():
        path = root / name
        try:
            yield path, replaced(path.read_text(), marker, part())
        except MarkerMissingError as error:
            print(f"{name}: {error}; left as it is", file=sys.stderr)


def replaced(page: str, marker: str, part: str) -> str:
    """Return the page with the part between its markers; raises MarkerMissingError."""
    begin = f"<!-- generated: {marker} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise MarkerMissingError(f"has no {begin} … {END}")
    return f"{before}{begin}\n{part}{END}{after}"


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
