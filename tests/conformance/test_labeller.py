"""What every labeller promises, whoever does the looking."""

import asyncio

import pytest

from calotype_core.ports.labeller import LabelBounds, LabellerAwayError, Preview
from tests.conformance.labellers import SECRET, Open, preview_of

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 60  # longer than any labeller may take
BOUNDS = LabelBounds(seconds=30)  # a busy machine is no failure


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on."""
    return "asyncio", {"use_uvloop": True}


async def test_labels_within_their_bounds(open_labellers: Open) -> None:
    """What is found has names of its own, is as sure as was asked, and the surest comes first."""
    async with open_labellers(BOUNDS) as pair:
        labels = await pair.answering.label(preview_of("coffee"))
    assert 0 < len(labels) <= BOUNDS.most
    sure = [one.confidence for one in labels]
    assert sure == sorted(sure, reverse=True)
    assert all(BOUNDS.least_confidence <= one <= 1 for one in sure)
    assert len({one.name for one in labels}) == len(labels)
    assert all(one.name.strip() == one.name and one.name for one in labels)


async def test_the_surest_of_them(open_labellers: Open) -> None:
    """Where one label is wanted, it is the surest of those that there are."""
    preview = preview_of("coffee")
    async with open_labellers(BOUNDS) as pair:
        every = await pair.answering.label(preview)
    async with open_labellers(LabelBounds(most=1, seconds=30)) as pair:
        assert await pair.answering.label(preview) == every[:1]


async def test_sure_of_nothing(open_labellers: Open) -> None:
    """Where nothing is sure enough, there are no labels, and no error."""
    async with open_labellers(LabelBounds(least_confidence=1, seconds=30)) as pair:
        assert await pair.answering.label(preview_of("coffee")) == ()


async def test_many_at_once(open_labellers: Open) -> None:
    """Whoever else asks at the same time, the same picture has the same labels."""
    preview = preview_of("coffee")
    async with open_labellers(BOUNDS) as pair:
        alone = await pair.answering.label(preview)
        together = await asyncio.gather(*(pair.answering.label(preview) for _ in range(12)))
    assert together == [alone] * 12


async def test_every_shape_is_looked_at(open_labellers: Open) -> None:
    """A square is looked at, and so is the widest and the tallest that a preview may be."""
    async with open_labellers(BOUNDS) as pair:
        for width, height in ((256, 256), (640, 256), (256, 640)):
            grey = Preview(width=width, height=height, rgb=bytes([127]) * (width * height * 3))
            assert len(await pair.answering.label(grey)) <= BOUNDS.most


async def test_one_that_is_away(open_labellers: Open) -> None:
    """Where nobody answers, that is known in bounded time, may pass, and tells no secret."""
    async with open_labellers(BOUNDS) as pair:
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(LabellerAwayError) as caught:
                await pair.away.label(preview_of("coffee"))
        assert caught.value.retry
        assert 0 < len(caught.value.message) <= 350
        assert SECRET not in caught.value.message
