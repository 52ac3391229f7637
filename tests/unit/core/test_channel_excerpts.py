from hypothesis import given
from hypothesis import strategies as st

from calotype_core.ports.channel import EXCERPT_CHARS, excerpt


@given(st.text())
def test_any_answer_can_be_shown(text: str) -> None:
    """Whatever was answered, its excerpt is printable, on one line, and its own excerpt."""
    kept = excerpt(text)
    assert kept.isprintable()
    assert excerpt(kept) == kept
    kept.encode()


def test_the_beginning_is_kept() -> None:
    """What is long is cut, wherever a word ends; blanks do not count."""
    assert excerpt("<p>\r\n\tOut  of\0order</p>\n") == "<p> Out of order</p>"
    assert excerpt("x" * 10_000) == "x" * EXCERPT_CHARS
    assert excerpt("x\n" * 10_000) == ("x " * EXCERPT_CHARS)[: EXCERPT_CHARS - 1]
