from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.settings import (
    JSON,
    PATH,
    SWITCH,
    TEXT,
    SettingsError,
    declared,
    load,
    seconds,
    setting,
    variable_of,
    whole_number,
    word,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One setting of every kind."""

    max_bytes: int = setting(100, whole_number("bytes"), "The most.")
    port: int = setting(80, whole_number("port", least=0, most=65_535), "The port.")
    wait: float = setting(1.5, seconds(), "The wait.")
    level: str = setting("info", word("info", "debug"), "The level.")
    name: str = setting("", TEXT, "The name.")
    folder: Path = setting(Path("data"), PATH, "The folder.")
    presets: str = setting("{}", JSON, "The presets.")
    keeps: bool = setting(True, SWITCH, "Whether.")


WRONG = [
    ("MAX_BYTES", "-1", "a positive whole number of bytes"),
    ("MAX_BYTES", "0", "a positive whole number of bytes"),
    ("MAX_BYTES", "1.5", "a positive whole number of bytes"),
    ("MAX_BYTES", "many", "a positive whole number of bytes"),
    ("MAX_BYTES", "9" * 5000, "a positive whole number of bytes"),
    ("PORT", "65536", "a whole number, 0 or more, of port, at most 65535"),
    ("WAIT", "-0.1", "a number of seconds, 0 or more"),
    ("WAIT", "nan", "a number of seconds, 0 or more"),
    ("WAIT", "inf", "a number of seconds, 0 or more"),
    ("WAIT", "5s", "a number of seconds, 0 or more"),
    ("LEVEL", "INFO", "one of info, debug"),
    ("FOLDER", "~nobody-of-this-name/data", "a path"),
    ("PRESETS", "{", "JSON"),
    ("KEEPS", "1", "true or false"),
]


def test_defaults() -> None:
    """An empty environment gives the defaults, and so does an empty variable."""
    assert load(Sample, {}) == Sample()
    assert load(Sample, {"CALOTYPE_WAIT": "", "CALOTYPE_FOLDER": ""}) == Sample()


def test_every_kind_is_read() -> None:
    """Each variable is CALOTYPE_ and the field's name, and is read as what the field takes."""
    environ = {
        "CALOTYPE_MAX_BYTES": "1",
        "CALOTYPE_PORT": "0",
        "CALOTYPE_WAIT": "0.25",
        "CALOTYPE_LEVEL": "debug",
        "CALOTYPE_NAME": " as it is ",
        "CALOTYPE_FOLDER": "/srv/calotype",
        "CALOTYPE_PRESETS": '{"a": {}}',
        "CALOTYPE_KEEPS": "false",
        "MAX_BYTES": "7",
        "CALOTYPE_UNKNOWN": "7",
    }
    assert load(Sample, environ) == Sample(
        max_bytes=1,
        port=0,
        wait=0.25,
        level="debug",
        name=" as it is ",
        folder=Path("/srv/calotype"),
        presets='{"a": {}}',
        keeps=False,
    )


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in a path is the home of whoever runs it."""
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load(Sample, {"CALOTYPE_FOLDER": "~/data"}).folder == Path("/home/somebody/data")


@pytest.mark.parametrize(("name", "text", "expected"), WRONG)
def test_an_error_names_variable_expectation_and_value(name: str, text: str, expected: str) -> None:
    """An error says which variable, what it takes, and what it holds."""
    with pytest.raises(SettingsError) as caught:
        load(Sample, {f"CALOTYPE_{name}": text})
    assert str(caught.value) == f"CALOTYPE_{name}: expected {expected}, got {text!r}"


def test_all_errors_at_once() -> None:
    """Every wrong variable has its line, in the order of the fields."""
    with pytest.raises(SettingsError) as caught:
        load(Sample, {"CALOTYPE_LEVEL": "x", "CALOTYPE_PORT": "x", "CALOTYPE_WAIT": "1"})
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["CALOTYPE_PORT", "CALOTYPE_LEVEL"]


@given(
    st.dictionaries(st.sampled_from(["MAX_BYTES", "PORT", "WAIT", "LEVEL"]), st.text(max_size=9))
)
def test_any_text(given_texts: dict[str, str]) -> None:
    """Any text is a value or a SettingsError, and nothing else is raised."""
    try:
        loaded = load(Sample, {f"CALOTYPE_{name}": text for name, text in given_texts.items()})
    except SettingsError:
        return
    assert loaded.max_bytes > 0
    assert 0 <= loaded.port <= 65_535
    assert 0 <= loaded.wait < float("inf")


def test_declarations_can_be_listed() -> None:
    """Each field tells its variable, what it takes, its meaning and its default, in order."""
    listed = list(declared(Sample))
    assert [name for name, *_ in listed][:2] == ["CALOTYPE_MAX_BYTES", "CALOTYPE_PORT"]
    _, takes, meaning, default = listed[0]
    assert (takes.words, meaning, default) == ("a positive whole number of bytes", "The most.", 100)
    assert variable_of("max_bytes") == "CALOTYPE_MAX_BYTES"
