"""Text is written in the decoding child, under its limits: in silence, and leaving nothing."""

import logging
from pathlib import Path

import pytest

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.adapters.system.clock import SystemClock
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import Output, Watermark
from calotype_processor.engine.limits import MIB, EngineLimits
from calotype_processor.engine.messages import RenderTask
from calotype_processor.engine.pool import Engine
from calotype_processor.fonts import SHIPPED
from tests.photographs import picture
from tests.pixels.studio import decoded, difference, encoded

pytestmark = pytest.mark.anyio

STEPS = (
    Watermark(text="© Ada & <b>\n日本", size=0.1),
    Watermark(text="Ada", font="brand", tiled=True, rotate=30.0, opacity=0.3),
)


async def test_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In the least memory that can be set text is written, without a warning or a stray file."""
    fonts, home, outputs = (tmp_path / name for name in ("fonts", "home", "outputs"))
    for folder in (fonts, home, outputs):
        folder.mkdir()
    (fonts / "brand.ttf").write_bytes((SHIPPED / "sans-bold.ttf").read_bytes())
    monkeypatch.setenv("HOME", str(home))
    shipped = sorted(SHIPPED.iterdir())
    image = picture(640, 480)
    source = tmp_path / "in"
    source.write_bytes(encoded(image, "JPEG"))
    recipe = Recipe(steps=STEPS, output=Output(format="png"))
    task = RenderTask(source=source, outputs=outputs, recipes={"it": recipe})
    limits = EngineLimits(memory_bytes=512 * MIB, fonts_dir=str(fonts))
    caplog.set_level(logging.DEBUG, "calotype_processor")
    async with Engine.start(
        limits, children=1, metrics=MemoryMetrics(), clock=SystemClock()
    ) as engine:
        await engine.render(task)
        rendered = await engine.render(task)
    assert caplog.messages == []
    assert difference(decoded(rendered.prints[0].path.read_bytes()), image) > 1
    assert [one.name for one in outputs.iterdir()] == ["it.png"]
    assert [*home.iterdir()] == []
    assert [one.name for one in fonts.iterdir()] == ["brand.ttf"]
    assert sorted(SHIPPED.iterdir()) == shipped
