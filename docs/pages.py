"""The pages that follow from declarations in the code, as Markdown."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from calotype_core.domain.instructions import camel
from calotype_core.domain.operations import OPERATIONS, Operation, Output, expectation_of
from calotype_core.domain.sheets import SheetError
from calotype_core.errors import CalotypeError, Rejected
from calotype_core.metric_defs import METRICS
from calotype_core.settings import MIB, declared
from calotype_core.topology import (
    FOREIGN,
    RETENTION,
    ROUTES,
    foreign_group_of,
    foreign_topics_consumed_by,
    group_of,
    lanes_of,
    topics_produced_by,
    topics_read_by,
)

PACKAGES = (
    "calotype_core",
    "calotype_ingest",
    "calotype_processor",
    "calotype_query",
    "calotype_notifier",
    "calotype",
)
# Every module that declares settings, in the order of the page.
SETTINGS = (
    "calotype_core.callbacks",
    "calotype_core.asking",
    "calotype_ingest.settings",
    "calotype_processor.settings",
    "calotype_processor.scratch",
    "calotype_core.adapters.rekognition.settings",
    "calotype_core.adapters.http.settings",
    "calotype_query.settings",
    "calotype_notifier.settings",
    "calotype_core.process",
    "calotype_core.main",
    "calotype.settings",
    "calotype_core.adapters.kafka.settings",
    "calotype_core.adapters.s3.settings",
    "calotype_core.adapters.mongo.settings",
    "calotype_core.adapters.sns.settings",
    "calotype_core.adapters.smtp.settings",
)
_WRITTEN_BY = "<!-- Written by `make generate`; edit the code instead. -->\n"


def settings() -> str:
    """Return the page of every environment variable."""
    kinds = [kind for module in SETTINGS for kind in _settings_of(module)]
    return (
        f"# Settings\n\n{_WRITTEN_BY}\nAll settings are environment variables; an empty one counts "
        "as not set. What cannot be understood stops the start, and every such variable is named "
        "at once.\n"
        + "".join(
            f"\n## {_title(kind)}\n{_first_line(kind)}\n\n{_settings_table(kind)}" for kind in kinds
        )
    )


def errors() -> str:
    """Return the page of every error with a public code."""
    rows = sorted(
        [
            *(
                (_code(one.code), str(one.status), _yes(one.retry), _first_line(one))
                for one in every_error()
            ),
            *(
                (_code(one.code), str(Rejected.status), _yes(Rejected.retry), _first_line(one))
                for one in SheetError.__subclasses__()
            ),
        ]
    )
    return (
        f"# Errors\n\n{_WRITTEN_BY}\nProblems (`application/problem+json`) and failures carry one "
        "of these codes. They are stable: branch on them, not on the sentence beside them. Retry "
        "says whether the same request may succeed later.\n\n"
        + _table(("code", "status", "retry", "meaning"), rows)
    )


def _yes(said: bool) -> str:  # noqa: FBT001 - it is the question
    return "yes" if said else "no"


def every_error() -> Sequence[type[CalotypeError]]:
    """Return every class with a code of its own, in all our packages, by code."""
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    ours = {one for one in _errors(CalotypeError) if one.__module__.split(".")[0] in PACKAGES}
    return sorted(ours, key=lambda one: (one.code, one.__module__, one.__name__))


def metrics() -> str:
    """Return the page of every number that /metrics shows."""
    rows = [
        (_code(one.name), one.kind, ", ".join(map(_code, one.labels)), one.meaning)
        for one in METRICS
    ]
    return f"# Metrics\n\n{_WRITTEN_BY}\n" + _table(("name", "kind", "labels", "meaning"), rows)


def operations() -> str:
    """Return the tables of every operation, and of how results are written."""
    described: dict[str, type[Operation | Output]] = {
        f"`{name}`": kind for name, kind in OPERATIONS.items()
    }
    described[", ".join(f"`{camel(one.name)}`" for one in fields(Output))] = Output
    return "".join(
        f"\n### {title}\n{_first_line(kind)}{_shorthand(kind)}\n\n{_fields_table(kind)}"
        for title, kind in described.items()
    )


def flow() -> str:
    """Return the flow as a diagram: solid to a service's group, dotted to all its processes."""
    edges: dict[tuple[str, str, str], list[str]] = {}
    for foreign in FOREIGN:
        for listener in foreign.consumers:
            edges[foreign.producer, "-->", listener] = [foreign.tells]
    for route in ROUTES:
        for arrow, listeners in (("-->", route.consumers), ("-.->", route.tails)):
            for listener in listeners:
                names = edges.setdefault((route.producer, arrow, listener), [])
                if route.event.__name__ not in names:  # it may travel in two lanes
                    names.append(route.event.__name__)
    lines = [
        f'    {producer} {arrow}|"{"<br>".join(names)}"| {listener}'
        for (producer, arrow, listener), names in edges.items()
    ]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```", ""])


def kafka_rights(service: str) -> str:
    """Return what a service may do in Kafka, each line as kafka-acls takes it."""
    groups = [group_of(group) for group in lanes_of(service)]
    if foreign_topics_consumed_by(service):
        groups.append(group_of(foreign_group_of(service)))
    return _rights(
        f"The service {service}",
        ("Write", "topic", topics_produced_by(service)),
        ("Read", "topic", topics_read_by(service)),
        ("Read", "group", groups),
    )


def kafka_rights_of_topics_ensure() -> str:
    """Return what `calotype topics ensure` has to be allowed, each line as kafka-acls takes it."""
    verbs = ("Create", "Alter", "Describe", "DescribeConfigs", "AlterConfigs")
    return _rights(
        "Whoever runs `calotype topics ensure`",
        (" --operation ".join(verbs), "topic", tuple(RETENTION)),
    )


def _rights(who: str, *rights: tuple[str, str, Sequence[str]]) -> str:
    lines = (
        f"--operation {verb}{''.join(f' --{kind} {name}' for name in names)}\n"
        for verb, kind, names in rights
        if names
    )
    return (
        f"# {who} needs this of Kafka, and nothing else; see README.md.\n"
        f"# Written by `make generate` from topology.py.\n{''.join(lines)}"
    )


def _settings_of(module: str) -> Iterator[type]:
    for one in vars(importlib.import_module(module)).values():
        ours = isinstance(one, type) and one.__module__ == module and is_dataclass(one)
        if ours and all("takes" in field.metadata for field in fields(one)):
            yield one


def _settings_table(kind: type) -> str:
    shared = {name for one in kind.__bases__ if is_dataclass(one) for name, *_ in declared(one)}
    rows = [
        (_code(name), takes.words, _shown(default), meaning)
        for name, takes, meaning, default in declared(kind)
        if name not in shared  # the class that shares it has a table of its own
    ]
    return _table(("variable", "takes", "default", "meaning"), rows)


def _shown(default: object) -> str:
    if isinstance(default, Path):
        # The page is the same on every machine.
        return _code(str(default).replace(str(Path.home()), "~", 1))
    if isinstance(default, tuple):
        return _code(",".join(map(str, default)))
    if isinstance(default, frozenset):
        return _code(",".join(sorted(map(str, default))))
    if isinstance(default, int) and default >= MIB and default % MIB == 0:
        return f"{_code(str(default))} ({default // MIB} MiB)"
    if isinstance(default, bool):
        return _code(str(default).lower())
    return "" if default is None else _code(str(default))


def _errors(kind: type[CalotypeError]) -> Iterator[type[CalotypeError]]:
    if "code" in vars(kind):
        yield kind
    for one in kind.__subclasses__():
        yield from _errors(one)


def _shorthand(kind: type[Operation | Output]) -> str:
    short = getattr(kind, "shorthand", None)
    return f" A bare value is its `{short}`." if short else ""


def _fields_table(kind: type[Operation | Output]) -> str:
    rows = [
        (
            _code(camel(one.name)),
            expectation_of(one.metadata).words,
            _code(json.dumps(one.default)) if one.default is not None else "",
            one.metadata["meaning"],
        )
        for one in fields(kind)  # type: ignore[arg-type]  # every operation is a dataclass
    ]
    return _table(("field", "takes", "default", "meaning"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _title(kind: type) -> str:
    return kind.__name__.removesuffix("Settings") or kind.__name__


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]
