import sys
from collections.abc import Mapping

import pytest

from calotype.__main__ import main
from calotype.standalone import AllSettings
from calotype_core.settings import SettingsError, load_parts


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, environ: Mapping[str, str]) -> int | str:
    monkeypatch.setattr(sys, "argv", ["calotype", *arguments])
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code is not None
    return caught.value.code


def test_bad_settings_end_it_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable that is wrong is named, and the exit code says that it was asked wrongly."""
    environ = {"CALOTYPE_PORT": "many", "CALOTYPE_UPLOAD_MAX_BYTES": "-1"}
    assert run(monkeypatch, "serve", environ=environ) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "CALOTYPE_PORT: expected a whole number" in told.err
    assert (
        "CALOTYPE_UPLOAD_MAX_BYTES: expected a positive whole number of bytes, got '-1'" in told.err
    )


def test_an_option_wins_over_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command line says stands in the variable's place, and is called by its name."""
    environ = {"CALOTYPE_PORT": "8080"}
    assert run(monkeypatch, "serve", "--port", "65536", environ=environ) == 2
    assert "CALOTYPE_PORT: expected" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("sing",), ("upload",), ("serve", "--colour", "blue")])
def test_other_commands_are_not_understood(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """What is no command of ours, or lacks something, exits with 2 and shows the usage."""
    assert run(monkeypatch, *arguments, environ={}) == 2
    assert "usage: calotype" in capsys.readouterr().err


def test_every_components_errors_come_at_once() -> None:
    """Errors of several components are all told, and each variable once."""
    environ = {
        "CALOTYPE_PORT": "x",
        "CALOTYPE_WAIT_SECONDS": "x",
        "CALOTYPE_YOUNG_SECONDS": "x",
        "CALOTYPE_SOCKETS_MAX": "x",
        "CALOTYPE_PROCESSOR_CHILDREN": "x",
    }
    with pytest.raises(SettingsError) as caught:
        load_parts(AllSettings, environ)
    lines = str(caught.value).splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted(environ)


def test_one_variable_may_be_of_several_components() -> None:
    """The public URL is one variable, which every component that makes URLs reads."""
    settings = load_parts(AllSettings, {"CALOTYPE_PUBLIC_URL": "https://images.example"})
    urls = {settings.ingest.public_url, settings.query.public_url, settings.notifier.public_url}
    assert urls == {"https://images.example"}
