"""Clients, what they follow, and how far they may fall behind."""

import asyncio

import pytest

from calotype_core.adapters.memory.metrics import MemoryMetrics
from calotype_core.metric_defs import SOCKETS_OPEN
from calotype_notifier.sockets import Client, Sockets, Told, tell_all

pytestmark = pytest.mark.anyio

BASE = "https://images.example"


def client(backlog: int = 3, characters: int = 1000, base: str = BASE) -> Client:
    return Client(base=base, backlog=backlog, backlog_characters=characters)


def numbered(number: int) -> Told:
    return Told("image", str(number))


async def unread(one: Client) -> list[str | None]:
    """Return what the client has not read, None where it ends; it is told no more."""
    cut_off = one.too_slow
    one.end()
    texts: list[str | None] = []
    while (told := await one.next()) is not None:
        texts.append(told.text)
    return [*texts, None] if cut_off else texts


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
    image_only, both, of_all, none = client(), client(), client(), client()
    for one in (image_only, both, of_all, none):
        sockets.join(one)
    sockets.follow(image_only, "image")
    sockets.follow(both, "image")
    sockets.follow(both, "job")
    sockets.follow(both, "job")
    sockets.follow_all(of_all)
    assert sockets.told_of_image("image", "job") == {image_only, both, of_all}
    assert sockets.told_of_image("unknown", None) == {of_all}
    assert sockets.told_of_job("job") == {both, of_all}
    assert set(sockets.told_of_progress("job")) == {both}
    assert set(sockets.told_of_progress("unknown")) == set()


def test_a_job_may_be_followed_without_its_images() -> None:
    """Who wants no images is told of the job alone, until it asks for them after all."""
    sockets = Sockets(most=9, metrics=MemoryMetrics())
    one = client()
    sockets.join(one)
    sockets.follow(one, "job", images=False)
    assert sockets.told_of_image("image", "job") == set()
    assert sockets.told_of_job("job") == {one}
    sockets.follow(one, "job")
    assert sockets.told_of_image("image", "job") == {one}


def test_who_leaves_follows_nothing() -> None:
    """A client that has left is told of nothing, whatever it followed."""
    sockets = Sockets(most=9, metrics=MemoryMetrics())
    one, other = client(), client()
    for follower in (one, other):
        sockets.join(follower)
        sockets.follow(follower, "image")
    sockets.follow_all(one)
    sockets.leave(one)
    assert sockets.told_of_image("image", None) == {other}
    sockets.unfollow(other, "image")
    assert sockets.told_of_image("image", None) == set()


async def test_the_end_of_the_process_is_everybodys() -> None:
    """When the process is to end, clients read what they were told, then the end; none joins."""
    sockets = Sockets(most=9, metrics=MemoryMetrics())
    one = client()
    sockets.join(one)
    one.tell(numbered(1))
    waiting = asyncio.create_task(one.next())
    sockets.end()
    one.tell(numbered(2))
    assert await waiting == numbered(1)
    assert await one.next() is None
    assert not one.too_slow
    assert not sockets.join(client())


async def test_a_client_is_told_in_order() -> None:
    """What is told waits for the client in its order, but for what is told first."""
    one = client()
    for number in (1, 2):
        one.tell(numbered(number))
    one.tell_first(numbered(0))
    assert await unread(one) == ["0", "1", "2"]


@pytest.mark.parametrize("backlog", [1, 3])
async def test_a_slow_client_gets_the_end(backlog: int) -> None:
    """Who falls further behind than the bound gets what fits, then the end, and nothing grows."""
    one = client(backlog)
    for number in range(100):
        one.tell(numbered(number))
    assert await unread(one) == [*map(str, range(backlog)), None]


async def test_long_messages_are_bounded_too() -> None:
    """A client falls behind by characters as well; one message alone may be of any length."""
    one = client(backlog=100, characters=10)
    one.tell(Told("image", "x" * 50))
    one.tell(Told("image", "y"))
    assert await unread(one) == ["x" * 50, None]


async def test_a_client_that_keeps_up_is_never_cut_off() -> None:
    """However much is told, a client that reads it gets it all."""
    one = client(backlog=1)
    seen: list[Told | None] = []
    for number in range(100):
        one.tell(numbered(number))
        seen.append(await one.next())
    assert seen == [numbered(number) for number in range(100)]


async def test_an_answer_waits_for_room() -> None:
    """Whoever waits for room before each message tells a client any number, and cuts none off."""
    one = client(backlog=4, characters=100)

    async def answer() -> None:
        for number in range(50):
            await one.room()
            one.tell(numbered(number))
        one.end()

    answering = asyncio.create_task(answer())
    seen: list[str] = []
    while (told := await one.next()) is not None:
        seen.append(told.text)
    await answering
    assert seen == [str(number) for number in range(50)]


def test_the_words_are_made_once_for_a_base() -> None:
    """Clients of one origin are told the same text, the same object; others have their own."""
    clients = [client(base=base) for base in ("a", "a", "b")]
    made: list[str] = []

    def words(base: str) -> Told:
        made.append(base)
        return Told("image", base)

    tell_all(clients, words)
    assert sorted(made) == ["a", "b"]
