"""Cells that a spreadsheet would run as a formula, made harmless.

A ' before such a cell makes it text, here as in every spreadsheet. What is plainly a number or
written like one (-5, +49 30 1234, -1.5e3, -12 %) cannot be run, and stays as it is.
"""

import re

# As OWASP has them; the wide ones are typed for = + - @ in East Asia.
_STARTS = frozenset("=+-@\t\r＝＋－＠")  # noqa: RUF001 - they are meant
_NUMBER = re.compile(r"[+-][\d .,()/-]*(?:\de[+-]?\d+)?[ %]*", re.IGNORECASE)

_LONGEST_NUMBER = 40  # characters


def harmless(cell: str) -> str:
    """Return the cell such that no spreadsheet runs it; what is harmless stays as it is."""
    if not cell or cell[0] not in _STARTS:
        return cell
    is_number = len(cell) <= _LONGEST_NUMBER and _NUMBER.fullmatch(cell)
    return cell if is_number or not cell.strip() else "'" + cell
