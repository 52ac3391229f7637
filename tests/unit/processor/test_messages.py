from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.instructions import Recipe
from calotype_core.domain.instructions_parser import MAX_RENDITIONS, MAX_STEPS
from calotype_core.domain.operations import Crop, Output
from calotype_processor.engine.messages import (
    LENGTH_BYTES,
    MAX_FRAME_BYTES,
    RenderTask,
    WireTask,
    from_wire,
    pack,
    to_wire,
    unpack,
)
from calotype_processor.facts import Fact
from tests import strategies


@given(st.dictionaries(strategies.names, strategies.recipes, max_size=4))
def test_a_task_survives_the_journey(recipes: dict[str, Recipe]) -> None:
    """A task arrives as it left, recipes in their order."""
    task = RenderTask(
        source=Path("/in"), outputs=Path("/out"), recipes=recipes, facts=frozenset({Fact.EXIF})
    )
    frame = pack(to_wire(task))
    arrived = from_wire(unpack(frame[LENGTH_BYTES:], WireTask))
    assert arrived == task
    assert list(arrived.recipes) == list(recipes)


def test_the_longest_task_fits() -> None:
    """The most that instructions may ask for stays far below a frame's limit."""
    crop = Crop(width=65_500, height=65_500, gravity="southwest")
    recipe = Recipe(steps=(crop,) * MAX_STEPS, output=Output(format="webp", quality=100))
    recipes = {f"{number:064}": recipe for number in range(MAX_RENDITIONS)}
    task = RenderTask(source=Path("/in"), outputs=Path("/out"), recipes=recipes)
    assert len(pack(to_wire(task))) < MAX_FRAME_BYTES // 4
