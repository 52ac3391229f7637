import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.problems import Problem, ProblemsError, quote


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        (None, "null"),
        (True, "true"),
        ("é", '"é"'),
        ({"a": [1]}, '{"a": [1]}'),
        ({1}, "{1}"),  # no JSON, so as Python has it
        ("\ud800", '"\\ud800"'),
    ],
)
def test_a_value_is_quoted_as_its_writer_knows_it(value: object, quoted: str) -> None:
    """A value is quoted as JSON, and such that it can be sent."""
    assert quote(value) == quoted


def test_a_long_value_is_cut() -> None:
    """A quotation is short enough for a sentence, and says that it was cut."""
    assert quote("a" * 58) == f'"{"a" * 58}"'
    assert quote("a" * 59) == '"' + "a" * 58 + "…"


def test_a_deep_value_is_described() -> None:
    """A value that is too deep to be written is no crash."""
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    assert quote(deep) == "something too deeply nested"


@given(st.text(st.characters()) | st.lists(st.integers() | st.floats() | st.text(st.characters())))
def test_any_value_can_be_quoted(value: object) -> None:
    """A quotation is bounded, and UTF-8 can write it."""
    assert len(quote(value).encode()) <= 6 * 60


def test_problems_read_as_one_sentence() -> None:
    """Each problem says where, what and what came; one about the whole has no where."""
    somewhere = Problem(path="a.b", expected="one", got="two")
    everywhere = Problem(path="", expected="JSON", got="XML")
    error = ProblemsError([somewhere, everywhere])
    assert str(error) == "a.b: expected one, got two; expected JSON, got XML"
    assert error.problems == (somewhere, everywhere)
