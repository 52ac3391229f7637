from dataclasses import fields
from pathlib import Path

import pytest

from calotype_core.settings import SettingsError, load
from calotype_processor.engine.cores import usable_cores
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.facts import Fact
from calotype_processor.settings import ProcessorSettings


def test_defaults_are_the_limits() -> None:
    """Settings left alone give the limits left alone: the two never differ."""
    assert load(ProcessorSettings, {}).engine_limits() == EngineLimits()


def test_every_limit_can_be_set() -> None:
    """Each limit follows a variable."""
    environ = {
        "CALOTYPE_ATTEMPT_SECONDS": "1.5",
        "CALOTYPE_CHILD_MEMORY_BYTES": "1000000000",
        "CALOTYPE_OUTPUT_MAX_BYTES": "2",
        "CALOTYPE_MAX_PIXELS": "3",
        "CALOTYPE_MAX_SIDE": "4",
        "CALOTYPE_MAX_PAGES": "5",
        "CALOTYPE_MAX_INTERLACED_BYTES": "6",
        "CALOTYPE_SVG": "true",
        "CALOTYPE_FONTS_DIR": "/7",
    }
    limits = load(ProcessorSettings, environ).engine_limits()
    expected = [1.5, 10**9, 2, 3, 4, 5, 6, True, "/7"]
    assert [getattr(limits, one.name) for one in fields(limits)] == expected


def test_an_impossible_limit_is_named() -> None:
    """A limit that no child could start under is refused by name."""
    with pytest.raises(SettingsError, match="CALOTYPE_CHILD_MEMORY_BYTES"):
        load(ProcessorSettings, {"CALOTYPE_CHILD_MEMORY_BYTES": "1000"})


FACTS = [
    ("", set(Fact) - {Fact.PLACE, Fact.LABELS}),
    ("none", set()),
    ("phash", {Fact.PHASH}),
    ("exif, place,labels", {Fact.EXIF, Fact.PLACE, Fact.LABELS}),
    ("colours,colours", {Fact.COLOURS}),
]


@pytest.mark.parametrize(("text", "facts"), FACTS, ids=[case[0] or "unset" for case in FACTS])
def test_facts_are_chosen(text: str, facts: set[Fact]) -> None:
    """Where a picture was taken, and its labels, are found out only where that is asked for."""
    assert load(ProcessorSettings, {"CALOTYPE_FACTS": text}).facts == facts


@pytest.mark.parametrize("text", ["exif,colors", "none,exif", ",", "EXIF"])
def test_an_unknown_fact_is_told_those_that_are_known(text: str) -> None:
    """What is no fact stops the start, and the error names all that can be asked for."""
    with pytest.raises(
        SettingsError, match=r"CALOTYPE_FACTS: expected none, or any of exif, .*lab"
    ):
        load(ProcessorSettings, {"CALOTYPE_FACTS": text})


@pytest.mark.parametrize("text", ["max 100000", "", "nonsense"])
def test_cores_without_a_quota(tmp_path: Path, text: str) -> None:
    """Without a quota every core counts."""
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    assert usable_cores(quota) == usable_cores(tmp_path / "none") >= 1


@pytest.mark.parametrize("text", ["100000 100000", "50000 100000"])
def test_cores_under_a_quota(tmp_path: Path, text: str) -> None:
    """A container that may use one core, or half of one, has one child."""
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    assert usable_cores(quota) == 1
