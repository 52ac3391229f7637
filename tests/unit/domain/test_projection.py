from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from calotype_core.domain.events import ImageAccepted, ImageFailed, ImageOutcome, ImageProcessed
from calotype_core.domain.image import Failure, ImageMetadata, ImageRecord, Original, Rendition
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.job import JobItem
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.projection import (
    project_accepted,
    project_item,
    project_outcome,
    project_requested,
)

Told = ImageAccepted | ImageProcessed | ImageFailed

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SHA = "0" * 64
CAUSE = Failure(code="image_too_large", message="Send a smaller one.")
METADATA = ImageMetadata(
    width=4, height=3, format="jpeg", size_bytes=9, colour_mode="rgb", orientation=1, sha256=SHA
)
ACCEPTED = ImageAccepted(
    image_id="image",
    original=Original(key="originals/image", size_bytes=9, sha256=SHA),
    filename="cat.jpg",
    instructions=Instructions(renditions={MAIN: Recipe()}),
    callback_url="https://example.com/",
    job_id="job",
    position=3,
    accepted_at=BEGIN,
)


def rendition(name: str) -> Rendition:
    return Rendition(
        name=name, key=f"r/{name}", format="webp", width=4, height=3, size_bytes=5, sha256=SHA
    )


def accepted(generation: int = 1) -> ImageAccepted:
    return replace(ACCEPTED, generation=generation, accepted_at=_at(generation, 0))


def processed(generation: int = 1, *, request_id: str | None = None) -> ImageProcessed:
    return ImageProcessed(
        image_id="image",
        generation=generation,
        request_id=request_id,
        metadata=METADATA,
        renditions=(rendition(request_id or MAIN),),
        attempts=2,
        job_id="job",
        position=3,
        accepted_at=BEGIN,
        processed_at=_at(generation, 1),
    )


def failed(generation: int = 1, *, request_id: str | None = None) -> ImageFailed:
    return ImageFailed(
        image_id="image",
        generation=generation,
        request_id=request_id,
        failure=CAUSE,
        attempts=3,
        job_id="job",
        position=3,
        accepted_at=BEGIN,
        failed_at=_at(generation, 1),
    )


def _at(generation: int, seconds: int) -> datetime:
    return BEGIN + timedelta(hours=generation, seconds=seconds)


def folded(told: Iterable[Told], record: ImageRecord | None = None) -> ImageRecord:
    for event in told:
        if isinstance(event, ImageAccepted):
            record = project_accepted(record, event)
        elif isinstance(event, ImageProcessed) and event.request_id:
            record = project_requested(record, event)
        else:
            record = project_outcome(record, event)
    assert record is not None
    return record


def _shuffled(data: st.DataObject, story: Sequence[Told]) -> Sequence[Told]:
    again = data.draw(st.lists(st.sampled_from(story), max_size=8))
    return data.draw(st.permutations([*story, *again]))


outcome_of_one = st.sampled_from([processed(), failed()])


@given(outcome_of_one, st.data())
def test_order_and_repetition_do_not_matter(outcome: ImageOutcome, data: st.DataObject) -> None:
    """An acceptance and its outcome fold to the same record in any order, any number of times."""
    story = (accepted(), outcome)
    assert folded(_shuffled(data, story)) == folded(story)


@settings(max_examples=200)
@given(st.sampled_from([processed(2), failed(2)]), st.data())
def test_nor_do_they_across_generations(second: ImageOutcome, data: st.DataObject) -> None:
    """A failed image that was tried again folds to one record, however its events are mixed."""
    story = (accepted(1), failed(1), accepted(2), second)
    assert folded(_shuffled(data, story)) == folded(story)


def test_a_completed_image_has_all_that_was_told() -> None:
    """The record holds what the acceptance told, and what the outcome told."""
    record = folded([accepted(), processed()])
    assert (record.status, record.attempts, record.failure) == (Status.COMPLETED, 2, None)
    assert (record.filename, record.job_id, record.position) == ("cat.jpg", "job", 3)
    assert (record.metadata, record.renditions) == (METADATA, (rendition(MAIN),))
    assert record.original == ACCEPTED.original
    assert record.instructions == ACCEPTED.instructions.canonical()
    assert record.callback_url == ACCEPTED.callback_url


def test_a_failed_image_says_why() -> None:
    """The record of a failed image has its cause and the attempts, and no renditions."""
    record = folded([accepted(), failed()])
    assert (record.status, record.failure, record.attempts) == (Status.FAILED, CAUSE, 3)
    assert record.renditions == ()


@given(st.permutations([accepted(1), failed(1), accepted(2), processed(2)]))
def test_history_tells_the_story_in_order(told: Sequence[Told]) -> None:
    """Every state that was entered stands once, in story order, with the time of its event."""
    record = folded(told)
    assert [(one.generation, one.status, one.at) for one in record.history] == [
        (1, Status.PROCESSING, _at(1, 0)),
        (1, Status.FAILED, _at(1, 1)),
        (2, Status.PROCESSING, _at(2, 0)),
        (2, Status.COMPLETED, _at(2, 1)),
    ]


def test_the_first_outcome_of_a_generation_stands() -> None:
    """A second, other outcome of the same generation changes nothing."""
    first = folded([accepted(), processed()])
    assert folded([failed()], first) == first


def test_a_new_generation_begins_anew() -> None:
    """A retried image is processing, and how it failed is only in its history."""
    record = folded([accepted(1), failed(1), accepted(2)])
    assert (record.generation, record.status, record.failure) == (2, Status.PROCESSING, None)


def test_an_older_acceptance_is_history_only() -> None:
    """An acceptance that comes after a newer generation's adds a line and changes nothing else."""
    newer = folded([accepted(2), processed(2)])
    late = folded([replace(accepted(1), filename="old.jpg")], newer)
    assert replace(late, history=()) == replace(newer, history=())
    assert len(late.history) == len(newer.history) + 1


def requested(name: str, *, after: int = 0, width: int = 4) -> ImageProcessed:
    """Return the outcome of a request that was made so many seconds after the image."""
    made = replace(rendition(name), key=f"r/{name}-{width}", width=width)
    told = replace(processed(request_id=f"{name}-{width}"), job_id=None, position=None)
    return replace(told, renditions=(made,), accepted_at=BEGIN + timedelta(seconds=after))


def names(record: ImageRecord) -> Sequence[str]:
    return [one.name for one in record.served]


def test_a_request_adds_renditions() -> None:
    """A request's renditions come after those there are; the first stays the image's own."""
    record = folded([accepted(), processed(), requested("extra")])
    assert names(record) == [MAIN, "extra"]
    assert record.rendition(None) == rendition(MAIN)
    assert record.rendition("extra") == requested("extra").renditions[0]
    assert record.rendition("none") is None
    assert replace(record, requested=()) == folded([accepted(), processed()])


def test_requested_renditions_stand_in_the_order_of_their_requests() -> None:
    """Whichever was done first, what was asked for first comes first."""
    told = [processed(), requested("a", after=2), requested("b", after=1)]
    assert names(folded(told)) == [MAIN, "b", "a"]


def test_of_two_requests_for_a_name_the_earlier_stands() -> None:
    """What is served under a name is what was asked for first, in whichever order it was done."""
    first, second = requested("a", after=1), requested("a", after=2, width=9)
    for told in ([first, second], [second, first]):
        assert folded([processed(), *told]).rendition("a") == first.renditions[0]


def test_what_was_requested_outlives_a_retry() -> None:
    """A new generation keeps the requested renditions, and hides those that it makes itself."""
    again = replace(processed(2), renditions=(rendition(MAIN), rendition("a")))
    told: list[Told] = [processed(), requested("a", width=9), requested("b"), accepted(2)]
    assert names(folded(told)) == [MAIN, "a", "b"]
    record = folded([*told, again])
    assert names(record) == [MAIN, "a", "b"]
    assert record.rendition("a") == rendition("a")


@settings(max_examples=200)
@given(st.booleans(), st.data())
def test_requests_fold_to_one_record_in_any_order(retried: bool, data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    """Before the acceptance, after a retry, twice: the renditions of requests are the same."""
    more: list[Told] = [accepted(2), processed(2)] if retried else []
    asked = [requested("a", after=1), requested("b"), requested("a", after=2, width=9)]
    story = (accepted(), processed(), *more, *asked)
    assert folded(_shuffled(data, story)) == folded(story)


def test_a_request_that_is_all_that_is_left_of_an_image() -> None:
    """Built again when the log has forgotten the rest, the image is complete as far as is known."""
    record = folded([requested("a")])
    assert (record.status, record.metadata, names(record)) == (Status.COMPLETED, METADATA, ["a"])


@given(outcome_of_one, st.data())
def test_an_item_is_the_same_in_any_order(outcome: ImageOutcome, data: st.DataObject) -> None:
    """An image's place in its job folds to one value, however its events are mixed."""
    item: JobItem | None = None
    for event in _shuffled(data, (accepted(), outcome)):
        item = project_item(item, event)
    assert item == JobItem(
        position=3,
        image_id="image",
        generation=1,
        status=outcome.leads_to,
        filename="cat.jpg",
        failure_code=CAUSE.code if isinstance(outcome, ImageFailed) else None,
        failure_message=CAUSE.message if isinstance(outcome, ImageFailed) else None,
    )


def test_a_retried_item_has_no_failure() -> None:
    """A new generation of an item begins without what the last one failed of."""
    item = project_item(project_item(None, failed(1)), accepted(2))
    assert item.status is Status.PROCESSING
    assert (item.failure_code, item.failure_message) == (None, None)


def test_an_item_keeps_where_it_came_from() -> None:
    """The URL and the name that an acceptance told stay, whatever follows."""
    of_url = replace(accepted(), original=None, url="https://é.example/cat.jpg")
    first = project_item(project_item(None, of_url), failed())
    last = project_item(project_item(None, failed()), of_url)
    assert first == last
    assert (first.url, first.filename) == (of_url.url, "cat.jpg")


def test_an_item_keeps_the_beginning_of_a_long_message() -> None:
    """A job of many failures is not made large by what each of them has to say."""
    long = replace(failed(), failure=Failure(code="decode_failed", message="é" * 1000))
    assert project_item(None, long).failure_message == "é" * 200
