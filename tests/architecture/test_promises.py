"""docs/promises.md names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/promises.md").read_text())
ROWS = re.findall(r"^\| (\d+) \|", (ROOT / "docs/promises.md").read_text(), re.MULTILINE)


def test_every_promise_keeps_its_row() -> None:
    """There are thirty promises, in order, proved or not."""
    assert [int(row) for row in ROWS] == list(range(1, 31))


@pytest.mark.parametrize(("file", "function"), NAMED)
def test_the_proof_exists(file: str, function: str) -> None:
    """A promise that names a test is proved by one that is there."""
    tree = ast.parse((ROOT / file).read_text())
    defined = {
        one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not function or function in defined
