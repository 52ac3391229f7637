from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.lifecycle import State, Status, follow
from tests.unit.domain.stories import Said, outcomes, steps


def after(said: Sequence[Said], start: State | None = None) -> State | None:
    return reduce(follow, said, start)


@pytest.mark.parametrize("status", Status)
def test_the_first_event_decides(status: Status) -> None:
    """Where nothing is known, the image is where the event says, even in its third generation."""
    assert follow(None, Said(generation=3, leads_to=status)) == State(generation=3, status=status)


def test_processing_alone_is_not_the_end() -> None:
    """Completed and failed are terminal, processing is not."""
    assert [status for status in Status if not status.is_terminal] == [Status.PROCESSING]


@given(outcomes, st.lists(steps, max_size=20))
def test_a_terminal_state_never_changes(outcome: Said, later: Sequence[Said]) -> None:
    """Whatever is said after an outcome, no later state of its generation is another."""
    state = follow(None, outcome)
    for step in later:
        state = follow(state, step)
        if state.generation == outcome.generation:
            assert state.status is outcome.leads_to
        else:
            assert state.generation > outcome.generation


@given(outcomes, st.data())
def test_order_and_repetition_do_not_matter(outcome: Said, data: st.DataObject) -> None:
    """An acceptance and one outcome, in any order and any number, come to that outcome."""
    accepted = Said(generation=outcome.generation, leads_to=Status.PROCESSING)
    more = data.draw(st.lists(st.sampled_from([accepted, outcome]), max_size=10))
    said = data.draw(st.permutations([accepted, outcome, *more]))
    assert after(said) == State(generation=outcome.generation, status=outcome.leads_to)


@given(st.lists(steps, max_size=20), steps)
def test_an_older_generation_changes_nothing(said: Sequence[Said], late: Said) -> None:
    """What is told of a generation before the present one leaves the state as it is."""
    newest = Said(generation=late.generation + 1, leads_to=Status.PROCESSING)
    state = after([*said, newest])
    assert state is not None
    assert follow(state, late) is state


@given(st.lists(steps, min_size=1, max_size=20))
def test_the_newest_generation_is_the_present_one(said: Sequence[Said]) -> None:
    """The state is of the newest generation that was told of."""
    state = after(said)
    assert state is not None
    assert state.generation == max(step.generation for step in said)


@given(st.lists(steps, min_size=1, max_size=20))
def test_saying_everything_again_changes_nothing(said: Sequence[Said]) -> None:
    """A log that is read twice leads where it led once."""
    assert after(said, after(said)) == after(said)
