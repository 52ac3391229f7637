import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.sheets.formulas import harmless


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"),
        *("+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "+A1", "-A1", "--A1", "=", "-1;=2"),
        *("＝1+1", "－A1", "-1\n=2", "+" + "1" * 50),  # noqa: RUF001 - the wide ones are meant
    ],
)
def test_a_formula_is_text(cell: str) -> None:
    """What a spreadsheet would run has a ' before it."""
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell",
    [
        *("", "-5", "+5", "-5.75", "-1,234.50", "+49 30 1234", "+49 (0)30/12-34", "-1.5e-3"),
        *("-12 %", "-", "--", "-1/2", "'=1+1", " =1+1", "a=b", "5-3", "\t", "https://a.example"),
    ],
)
def test_what_nobody_runs_stays(cell: str) -> None:
    """Numbers, telephone numbers and plain words are carried through as they are."""
    assert harmless(cell) == cell


@given(st.text(st.characters() | st.sampled_from("=+-@\t\r")))
def test_a_cell_is_made_harmless_once(cell: str) -> None:
    """An output that is uploaded again does not grow."""
    assert harmless(harmless(cell)) == harmless(cell)
