import pytest

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.metric_defs import SOCKETS_OPEN
from calotype_notifier.notice import Notice
from calotype_notifier.sockets import Client, Sockets

BASE = "https://images.example"


def client(backlog: int = 3) -> Client:
    return Client(base=BASE, backlog=backlog)


def unread(one: Client) -> list[Notice | None]:
    return [one.unread.get_nowait() for _ in range(one.unread.qsize())]


def test_so_many_clients_and_no_more() -> None:
    """A client over the bound is not let in, and one that leaves makes room."""
    sockets = Sockets(most=2, metrics=MemoryMetrics())
    first, second, third = client(), client(), client()
    assert [sockets.join(one) for one in (first, second, third)] == [True, True, False]
    sockets.leave(first)
    assert sockets.join(third)


def test_clients_are_counted() -> None:
    """The gauge stands at the number of clients that are connected."""
    metrics = MemoryMetrics()
    sockets = Sockets(most=2, metrics=metrics)
    first, second = client(), client()
    sockets.join(first)
    sockets.join(second)
    assert metrics.value(SOCKETS_OPEN) == 2
    sockets.leave(first)
    sockets.leave(first)  # twice is once
    assert metrics.value(SOCKETS_OPEN) == 1


def test_followers_are_those_who_asked() -> None:
    """Each id has its own followers; who follows two that are told of at once is told once."""
    sockets = Sockets(most=9, metrics=MemoryMetrics())
    image_only, both, none = client(), client(), client()
    for one in (image_only, both, none):
        sockets.join(one)
    sockets.follow(image_only, "image")
    sockets.follow(both, "image")
    sockets.follow(both, "job")
    sockets.follow(both, "job")
    assert sockets.followers("image", "job") == {image_only, both}
    assert sockets.followers("job", None) == {both}
    assert sockets.followers("unknown") == set()


def test_who_leaves_follows_nothing() -> None:
    """A client that has left is told of nothing, whatever it followed."""
    sockets = Sockets(most=9, metrics=MemoryMetrics())
    one, other = client(), client()
    for follower in (one, other):
        sockets.join(follower)
        sockets.follow(follower, "image")
    sockets.leave(one)
    assert sockets.followers("image") == {other}
    sockets.leave(other)
    assert sockets.followers("image") == set()


def test_a_client_is_told_in_order() -> None:
    """Notices wait for the client in the order in which they were told."""
    one = client()
    for number in range(3):
        one.tell({"number": number})
    assert unread(one) == [{"number": number} for number in range(3)]


@pytest.mark.parametrize("backlog", [1, 3])
def test_a_slow_client_gets_the_end(backlog: int) -> None:
    """Who falls further behind than the bound gets what fits, then the end, and nothing grows."""
    one = client(backlog)
    for number in range(100):
        one.tell({"number": number})
    told = unread(one)
    assert told == [*({"number": number} for number in range(backlog)), None]


def test_a_client_that_keeps_up_is_never_cut_off() -> None:
    """However much is told, a client that reads it gets it all."""
    one = client(backlog=1)
    seen: list[Notice | None] = []
    for number in range(100):
        one.tell({"number": number})
        seen += unread(one)
    assert seen == [{"number": number} for number in range(100)]
