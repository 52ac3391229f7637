import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype_core import codec
from calotype_core.domain.events import ImageFailed, ImageOutcome
from calotype_core.domain.image import Failure
from calotype_core.outcomes import Outcomes, within
from calotype_core.ports.event_log import Partition, Record
from calotype_core.topology import IMAGES_FINISHED

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OUTCOME = ImageFailed(
    image_id="image",
    failure=Failure(code="corrupt", message="It is."),
    accepted_at=NOW,
    failed_at=NOW,
)


def record(outcome: ImageOutcome) -> Record:
    message = codec.encode(outcome, now=NOW)
    return Record(
        partition=Partition(IMAGES_FINISHED, 0),
        offset=1,
        key=message.key,
        value=message.value,
        headers=message.headers,
        appended_at=NOW,
    )


async def test_an_outcome_reaches_who_waits_for_it() -> None:
    """Whoever expects an image hears its outcome, and only its own."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image") as heard, outcomes.expecting("other") as other:
        assert heard is not None
        assert other is not None
        await outcomes.hear(record(OUTCOME))
        assert heard.result() == OUTCOME
        assert not other.done()


async def test_an_outcome_between_the_promise_and_the_wait_is_heard() -> None:
    """The subscription begins before the announcement, so nothing slips between."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image") as heard:
        await outcomes.hear(record(OUTCOME))  # while the request was still being announced
        assert heard is not None
        async with asyncio.timeout(5):
            assert await heard == OUTCOME


async def test_the_first_outcome_is_the_one() -> None:
    """An outcome that is told twice, or told otherwise, changes nothing for who has heard it."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image") as heard:
        await outcomes.hear(record(OUTCOME))
        await outcomes.hear(record(replace(OUTCOME, attempts=2)))
        assert heard is not None
        assert heard.result() == OUTCOME


async def test_who_waits_no_more_hears_nothing() -> None:
    """After a wait has ended its image's outcome is nobody's, and no error."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image") as heard:
        pass
    await outcomes.hear(record(OUTCOME))
    assert heard is not None
    assert not heard.done()


async def test_a_request_is_told_of_its_own_outcome_alone() -> None:
    """An image's outcome is not its requests', nor are theirs the image's, or one another's."""
    outcomes = Outcomes(most=10)
    mine = replace(OUTCOME, request_id="mine")
    with (
        outcomes.expecting("image") as own,
        outcomes.expecting("image", "mine") as requested,
        outcomes.expecting("image", "other") as other,
    ):
        assert own is not None
        assert requested is not None
        assert other is not None
        await outcomes.hear(record(mine))
        assert (own.done(), other.done()) == (False, False)
        assert requested.result() == mine
        await outcomes.hear(record(OUTCOME))
        assert own.result() == OUTCOME
        assert not other.done()


async def test_who_leaves_takes_nothing_from_others() -> None:
    """Two wait for one outcome; the one whose wait ends leaves the other's as it is."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image", "r") as staying:
        with outcomes.expecting("image", "r"):
            pass
        await outcomes.hear(record(replace(OUTCOME, request_id="r")))
        assert staying is not None
        assert staying.done()


async def test_a_wait_is_no_longer_than_it_may_be() -> None:
    """Nothing heard in time is nothing, and so is no wait at all; what is heard is handed on."""
    outcomes = Outcomes(most=10)
    with outcomes.expecting("image") as heard:
        assert await within(heard, 0) is None
        assert await within(heard, 0.001) is None
        await outcomes.hear(record(OUTCOME))
        assert await within(heard, 5) == OUTCOME
    assert await within(None, 5) is None


async def test_other_peoples_news_is_not_even_decoded() -> None:
    """A record that nobody waits for is passed over, whatever it holds."""
    await Outcomes(most=10).hear(replace(record(OUTCOME), value=b"\xff", headers={}))


async def test_too_many_do_not_wait() -> None:
    """One more than may wait gets no wait, and so an answer at once; a place left is free."""
    outcomes = Outcomes(most=1)
    with outcomes.expecting("image") as first:
        assert first is not None
        with outcomes.expecting("other") as second:
            assert second is None
    with outcomes.expecting("other") as third:
        assert third is not None


async def test_a_wait_that_is_cancelled_frees_its_place() -> None:
    """A client that goes away leaves nothing behind."""
    outcomes = Outcomes(most=1)
    with pytest.raises(asyncio.CancelledError), outcomes.expecting("image"):
        raise asyncio.CancelledError
    with outcomes.expecting("image") as heard:
        assert heard is not None
