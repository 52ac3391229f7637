from dataclasses import fields
from pathlib import Path

import pytest

from calotype_core.settings import SettingsError, load
from calotype_processor.engine.cores import usable_cores
from calotype_processor.engine.limits import EngineLimits
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
        "CALOTYPE_FONTS_DIR": "/7",
    }
    limits = load(ProcessorSettings, environ).engine_limits()
    values = [getattr(limits, one.name) for one in fields(limits)]
    assert values == [1.5, 10**9, 2, 3, 4, 5, 6, "/7"]


def test_an_impossible_limit_is_named() -> None:
    """A limit that no child could start under is refused by name."""
    with pytest.raises(SettingsError, match="CALOTYPE_CHILD_MEMORY_BYTES"):
        load(ProcessorSettings, {"CALOTYPE_CHILD_MEMORY_BYTES": "1000"})


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
