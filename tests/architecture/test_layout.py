"""The house rules about shape: what belongs together has one name, and nothing grows too long."""

import ast
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from calotype_core import topology
from calotype_core.domain.events import Event

ROOT = Path(__file__).parents[2]
CORE = ROOT / "libs" / "core" / "src" / "calotype_core"
PORTS = sorted(path.stem for path in (CORE / "ports").glob("[a-z]*.py"))
# They remember nothing, so that there is little for several adapters to agree on.
STATELESS = {"clock", "ids", "metrics"}

LONGEST_FUNCTION = 60  # lines
NINE_IN_TEN = 28  # lines
LONGEST_FILE = 400  # lines


class Function(NamedTuple):
    """A function's place and length in lines, its signature and docstring included."""

    where: str
    lines: int


def python_files(*folders: str) -> Iterator[Path]:
    every = chain.from_iterable(ROOT.glob(f"{folder}/**/*.py") for folder in folders)
    return (path for path in sorted(every) if not path.stem.endswith("_pb2"))


def source() -> Iterator[Path]:
    return python_files("src", "libs/*/src", "services/*/src", "docs", "bench", "deploy")


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def functions() -> list[Function]:
    return [
        Function(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", _length(node))
        for path in source()
        for node in definitions(path)
    ]


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def longest_first(found: Sequence[Function]) -> list[Function]:
    return sorted(found, key=lambda one: -one.lines)


@pytest.mark.parametrize("port", PORTS)
def test_a_port_has_adapters_of_its_name(port: str) -> None:
    """Whoever looks for a port's name finds the contract and every implementation."""
    assert list((CORE / "adapters").glob(f"*/{port}.py"))


@pytest.mark.parametrize("port", [port for port in PORTS if port not in STATELESS])
def test_a_port_that_remembers_has_a_conformance_suite(port: str) -> None:
    """What several adapters promise alike is proved of all of them in one file."""
    assert (ROOT / "tests" / "conformance" / f"test_{port}.py").exists()


def test_no_function_is_too_long() -> None:
    """No function is longer than a screen."""
    assert [one for one in functions() if one.lines > LONGEST_FUNCTION] == []


def test_most_functions_are_short() -> None:
    """Nine functions in ten are read at a glance."""
    every = functions()
    long = [one for one in every if one.lines > NINE_IN_TEN]
    assert len(long) * 10 <= len(every), longest_first(long)


def test_no_file_is_too_long() -> None:
    """No file is too long to be kept in mind, tests neither."""
    files = [*source(), *python_files("tests")]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_every_event_is_on_the_map() -> None:
    """Each event has a row in the topology, and each topic says how long it is kept."""
    kinds = {kind for kind in get_args(Event) if isinstance(kind, type)}
    assert {route.event for route in topology.ROUTES} == kinds
    topics = {route.topic for route in (*topology.ROUTES, *topology.FOREIGN)}
    assert topics | {topology.DEAD_LETTERS} == set(topology.RETENTION)


def test_what_others_say_has_topics_of_its_own() -> None:
    """No topic has both our events and the words of others, which are decoded otherwise."""
    ours = {route.topic for route in topology.ROUTES} | {topology.DEAD_LETTERS}
    assert not ours & {route.topic for route in topology.FOREIGN}
    assert {route.producer for route in topology.FOREIGN}.isdisjoint(topology.SERVICES)
    consumers = {one for route in topology.FOREIGN for one in route.consumers}
    assert consumers <= set(topology.SERVICES)


def test_every_service_on_the_map_exists() -> None:
    """The map names services that have a folder, and no other."""
    named = {
        service
        for route in topology.ROUTES
        for service in (route.producer, *route.consumers, *route.tails)
    }
    assert named <= set(topology.SERVICES)
    assert set(topology.SERVICES) == {path.parent.name for path in ROOT.glob("services/*/src")}


def test_every_test_says_what_it_proves() -> None:
    """The docstring of a test is the sentence that it proves."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in python_files("tests")
        for node in definitions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []
