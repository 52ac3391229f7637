from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from calotype_core.offsets import OffsetWindow
from calotype_core.ports.event_log import Partition

LANES = [Partition("images", 0), Partition("images", 1), Partition("jobs", 0)]


class Windows(RuleBasedStateMachine):
    """A window beside the simplest thing that could be right: every offset and its state."""

    def __init__(self) -> None:
        super().__init__()
        self.window = OffsetWindow()
        self.begun: dict[Partition, list[int]] = {lane: [] for lane in LANES}
        self.finished: dict[Partition, set[int]] = {lane: set() for lane in LANES}
        self.committed: dict[Partition, int] = {}

    def unfinished(self, lane: Partition) -> list[int]:
        return [offset for offset in self.begun[lane] if offset not in self.finished[lane]]

    def safe(self, lane: Partition) -> int | None:
        """Return the next offset to read: behind the last one before which all are finished."""
        done = [
            offset
            for offset in self.begun[lane]
            if all(offset < other for other in self.unfinished(lane))
        ]
        return done[-1] + 1 if done else None

    @rule(lane=st.sampled_from(LANES), gap=st.integers(1, 3))
    def begin(self, lane: Partition, gap: int) -> None:
        offset = (self.begun[lane] or [-1])[-1] + gap
        self.begun[lane].append(offset)
        self.window.begin(lane, offset)

    @precondition(lambda self: any(self.unfinished(lane) for lane in LANES))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        lane = data.draw(st.sampled_from([lane for lane in LANES if self.unfinished(lane)]))
        offset = data.draw(st.sampled_from(self.unfinished(lane)))
        self.finished[lane].add(offset)
        self.window.finish(lane, offset)

    @rule()
    def commit(self) -> None:
        positions = dict(self.window.committable())
        self.window.committed(positions)
        self.committed.update(positions)
        assert self.window.committable() == {}

    @invariant()
    def a_commit_goes_as_far_as_is_safe_and_no_further(self) -> None:
        safe = {lane: self.safe(lane) for lane in LANES}
        assert self.window.committable() == {
            lane: position
            for lane, position in safe.items()
            if position is not None and position != self.committed.get(lane)
        }

    @invariant()
    def what_is_in_flight_is_counted(self) -> None:
        assert self.window.in_flight == sum(len(self.unfinished(lane)) for lane in LANES)


TestOffsetWindow = Windows.TestCase
TestOffsetWindow.settings = settings(max_examples=30, stateful_step_count=30)


def test_nothing_begun_is_nothing_to_commit() -> None:
    """A new window has nothing in flight and moves no position."""
    window = OffsetWindow()
    assert (window.in_flight, window.committable()) == (0, {})


def test_a_commit_never_passes_an_unfinished_record() -> None:
    """However much is finished behind it, the first unfinished record holds the commit."""
    window = OffsetWindow()
    for offset in (4, 5, 9):
        window.begin(LANES[0], offset)
    window.finish(LANES[0], 5)
    window.finish(LANES[0], 9)
    assert window.committable() == {}
    window.finish(LANES[0], 4)
    assert window.committable() == {LANES[0]: 10}


def test_a_commit_while_work_goes_on_is_taken_up_later() -> None:
    """What finished after a position was read for a commit is committable afterwards."""
    window = OffsetWindow()
    window.begin(LANES[0], 1)
    window.begin(LANES[0], 2)
    window.finish(LANES[0], 1)
    positions = window.committable()
    window.finish(LANES[0], 2)
    window.committed(positions)
    assert window.committable() == {LANES[0]: 3}
