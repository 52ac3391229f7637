"""What is wrong with a document that somebody wrote: where, what was expected, what came."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST_QUOTE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing to mend. path reads like renditions[1].steps[0].resize.width."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}expected {self.expected}, got {self.got}"


class ProblemsError(ValueError):
    """A document has problems: all of them, in the order in which they stand in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(one) for one in self.problems))


def quote(value: object) -> str:
    """Return the value as its writer knows it (JSON), short enough for a sentence."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    except RecursionError:  # what could be read may be too deep to be written
        text = "something too deeply nested"
    return shorten(text)


def shorten(text: str) -> str:
    """Return the text short enough for a sentence, and such that UTF-8 can write it."""
    cut = text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
    return cut.encode(errors="backslashreplace").decode()  # JSON can name half a surrogate pair
