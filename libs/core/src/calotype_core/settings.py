"""Settings come from the environment, into frozen dataclasses, one a component.

A field declares its default, what it takes (in words and as a parser) and its meaning; its variable
is CALOTYPE_ and the field's name. docs/settings.md is generated from these declarations. An error
names the variable, what was expected and what came, and all errors are reported at once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

PREFIX = "CALOTYPE_"
MIB = 1024 * 1024

SettingsT = TypeVar("SettingsT")


class SettingsError(ValueError):
    """One or more variables hold what they cannot; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What a variable takes: in words, and as a parser that raises ValueError."""

    words: str
    parse: Callable[[str], Any]


def whole_number(unit: str, *, least: int = 1, most: int | None = None) -> Takes:
    """Take a whole number in a range, of a unit."""

    def parse(text: str) -> int:
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(text)
        return number

    kind = "a positive whole number" if least == 1 else f"a whole number, {least} or more,"
    return Takes(f"{kind} of {unit}" + (f", at most {most}" if most is not None else ""), parse)


def number(unit: str, *, least: float = 0) -> Takes:
    """Take a number of a unit, fractions allowed."""

    def parse(text: str) -> float:
        number = float(text)
        if not least <= number < float("inf"):
            raise ValueError(text)
        return number

    return Takes(f"a number of {unit}, {least:g} or more", parse)


def seconds(*, least: float = 0) -> Takes:
    """Take a number of seconds, fractions allowed."""
    return number("seconds", least=least)


def word(*choices: str) -> Takes:
    """Take one of a few words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return Takes("one of " + ", ".join(choices), parse)


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError(text)
    return share


def _json_text(text: str) -> str:
    json.loads(text)
    return text


def _switch(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _networks(text: str) -> Sequence[IPv4Network | IPv6Network]:
    return tuple(ip_network(one.strip()) for one in text.split(","))


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~somebody who has no home here
        raise ValueError(text) from None


TEXT = Takes("text", str)
PATH = Takes("a path", _path)
JSON = Takes("JSON", _json_text)
SWITCH = Takes("true or false", _switch)
SHARE = Takes("a number, 0 to 1", _share)
NETWORKS = Takes("networks such as 10.0.0.0/8,fd00::/8, separated by commas", _networks)


def setting(default: object, takes: Takes, meaning: str, *, secret: bool = False) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Declare a field of a settings dataclass; what is set of a secret one is never shown."""
    metadata = {"takes": takes, "meaning": meaning}
    return field(default=default, repr=not secret, metadata=metadata)


def variable_of(name: str) -> str:
    """Return the environment variable of a field."""
    return PREFIX + name.upper()


def declared(kind: type) -> Iterator[tuple[str, Takes, str, object]]:
    """Yield each variable of a settings class: name, what it takes, meaning, default."""
    for one in fields(kind):
        default = None if one.default is MISSING else one.default
        yield variable_of(one.name), one.metadata["takes"], one.metadata["meaning"], default


def load(kind: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Return the settings that the environment holds, defaults elsewhere; raises SettingsError."""
    values: dict[str, object] = {}
    wrong: list[str] = []
    for one in fields(kind):  # type: ignore[arg-type]  # every settings class is a dataclass
        text = environ.get(variable_of(one.name), "")
        if not text:
            continue
        try:
            values[one.name] = _parse(one, text)
        except ValueError:
            expected = one.metadata["takes"].words
            got = repr(text) if one.repr else "something else"
            wrong.append(f"{variable_of(one.name)}: expected {expected}, got {got}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return kind(**values)


def load_parts(kind: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Return a dataclass whose every field is a component's settings, from one environment.

    Raises SettingsError with every variable that is wrong, whichever component it is of.
    """
    parts: dict[str, object] = {}
    wrong: dict[str, None] = {}  # several components may share a variable: each is told of once
    for name, part in get_type_hints(kind).items():
        try:
            parts[name] = load(part, environ)
        except SettingsError as error:
            wrong |= dict.fromkeys(str(error).splitlines())
    if wrong:
        raise SettingsError("\n".join(wrong))
    return kind(**parts)


def _parse(one: Field[Any], text: str) -> object:
    takes: Takes = one.metadata["takes"]
    return takes.parse(text)
