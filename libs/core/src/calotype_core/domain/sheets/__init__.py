"""Spreadsheets as CSV: how one is read, checked, gone through by rows, and written again.

All of it is pure, synchronous and streamed: bytes in and out a piece at a time, in flat memory. It
takes its time with 100,000 rows: call it from a worker thread.

    sheet = open_sheet(read, rules, charset=None)      # SheetError: nothing of it can be used
    report = check(read(), sheet, rules)               # SheetError; else all problems, counted
    kept = dump(sheet)                                 # bytes of JSON, beside the file

    for row in rows(read(), load(kept)):               # row.number, .cells, .urls, .problems
        …

    writer = OutputWriter(sheet, keep_failed=True)     # or FailedWriter(sheet)
    writer.header()                                    # bytes
    writer.row(row, [Outcome(url=…), Outcome(failure=…), RUNNING])

An image's position in the job counts over row.urls, rows in their order: a row that was left out
for its problems has none. ListWriter writes the results of what came in as no spreadsheet.
"""

from calotype_core.domain.sheets.checking import MOST_PROBLEMS, Report, check
from calotype_core.domain.sheets.output import (
    RUNNING,
    FailedWriter,
    ListWriter,
    Outcome,
    OutputWriter,
)
from calotype_core.domain.sheets.problems import SheetError, SheetProblem
from calotype_core.domain.sheets.rows import Row, rows
from calotype_core.domain.sheets.rules import NAMES, Column, SheetRules
from calotype_core.domain.sheets.sheet import Layout, Sheet, dump, load, open_sheet

__all__ = [
    "MOST_PROBLEMS",
    "NAMES",
    "RUNNING",
    "Column",
    "FailedWriter",
    "Layout",
    "ListWriter",
    "Outcome",
    "OutputWriter",
    "Report",
    "Row",
    "Sheet",
    "SheetError",
    "SheetProblem",
    "SheetRules",
    "check",
    "dump",
    "load",
    "open_sheet",
    "rows",
]
