"""Places for endpoints that are being sent something."""

from calotype_notifier.rooms import Rooms


def test_a_host_has_its_share() -> None:
    """However many endpoints are on a host, it has so many places, and others have theirs."""
    rooms = Rooms(most=10, a_host=2)
    places = [rooms.enter("a", failing=False) for _ in range(3)]
    assert [one is not None for one in places] == [True, True, False]
    assert rooms.enter("b", failing=False)
    assert places[0]
    rooms.leave(places[0])
    assert rooms.enter("a", failing=False)


def test_those_that_fail_share_half_of_the_places() -> None:
    """Endpoints that fail wait for one another, and leave places to those that work."""
    rooms = Rooms(most=4, a_host=9)
    failing = [rooms.enter(f"host{number}", failing=True) for number in range(3)]
    assert [one is not None for one in failing] == [True, True, False]
    assert rooms.enter("well", failing=False)
    assert failing[0]
    rooms.leave(failing[0])
    assert rooms.enter("host2", failing=True)


def test_a_line_is_as_wide_as_there_is_room() -> None:
    """All lines together send no more at once than there are places, and each sends one."""
    rooms = Rooms(most=8, a_host=99)
    widths = []
    for number in range(8):
        assert rooms.enter(f"host{number}", failing=False)
        widths.append(rooms.width(4))
    assert widths == [4, 4, 2, 2, 1, 1, 1, 1]


def test_a_silent_host_is_doubted() -> None:
    """Of a host that kept silent every endpoint is doubted, until it answers."""
    rooms = Rooms(most=2, a_host=9)
    rooms.learn("a", silent=True)
    assert rooms.enter("a", failing=False)
    assert rooms.enter("a", failing=False) is None
    rooms.learn("a", silent=False)
    assert rooms.enter("a", failing=False)
