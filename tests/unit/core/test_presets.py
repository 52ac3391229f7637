"""Presets from the setting and from a file, and everything that can be wrong with them."""

import json
from pathlib import Path

import pytest

from calotype_core.asking import AskingSettings
from calotype_core.domain.instructions_parser import Presets
from calotype_core.presets import load_presets
from calotype_core.settings import SettingsError


def loaded(setting: object = None, *, path: Path | None = None) -> Presets:
    return load_presets(AskingSettings(presets=json.dumps(setting or {}), presets_file=path))


def refused(setting: object = None, *, path: Path | None = None) -> list[str]:
    """Return what is said of presets that are not taken, a line each."""
    with pytest.raises(SettingsError) as caught:
        loaded(setting, path=path)
    return str(caught.value).splitlines()


def test_there_are_none_by_default() -> None:
    """Without a setting and without a file nothing is known by name."""
    assert loaded() == {}


def test_the_file_and_the_setting(tmp_path: Path) -> None:
    """Both are read; of one name it is the setting that counts."""
    path = tmp_path / "presets.json"
    path.write_text(json.dumps({"a": {"quality": 10}, "b": {"quality": 20}}))
    qualities = {
        name: recipe.output.quality
        for name, recipe in loaded({"b": {"quality": 30}, "c": {"quality": 40}}, path=path).items()
    }
    assert qualities == {"a": 10, "b": 30, "c": 40}


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    """What is wrong in either is told at once: where it stands, its path, what was expected."""
    path = tmp_path / "presets.json"
    path.write_text(json.dumps({"a": {"resize": {"width": -5}}, "b": [{"rotate": 361}]}))
    lines = refused({"c": {"enhance": 1}}, path=path)
    assert [line.split(": ")[:2] for line in lines] == [
        [f"CALOTYPE_PRESETS_FILE ({path})", "a.resize.width"],
        [f"CALOTYPE_PRESETS_FILE ({path})", "b[0].rotate.degrees"],
        ["CALOTYPE_PRESETS", "c.enhance"],
    ]
    assert lines[0].endswith("got -5")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"{", "expected JSON"),
        (b"[]", "an object of name and instructions"),
        (b"\xff", "decode"),
        (b" " * 2_000_000, "more than 1048576 bytes"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes | None, said: str) -> None:
    """What cannot be read, or is no object of presets, is named with its file."""
    path = tmp_path / "presets.json"
    if content is not None:
        path.write_bytes(content)
    [line] = refused(path=path)
    assert line.startswith("CALOTYPE_PRESETS_FILE")
    assert str(path) in line
    assert said in line
