"""What clients branch on means one thing."""

from docs import pages


def test_a_code_means_one_thing() -> None:
    """Classes that share a code share its status, and whether a retry is any use."""
    meanings: dict[str, set[tuple[int, bool]]] = {}
    for one in pages.every_error():
        meanings.setdefault(one.code, set()).add((one.status, one.retry))
    assert {code: told for code, told in meanings.items() if len(told) > 1} == {}


def test_every_error_says_what_it_means() -> None:
    """Each code has a sentence of its own for docs/errors.md."""
    assert [one.__name__ for one in pages.every_error() if not vars(one).get("__doc__")] == []
