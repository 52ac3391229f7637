"""Whether a spreadsheet can be a job: all of its problems, not the first."""

from collections.abc import Iterator
from dataclasses import dataclass

from calotype_core.domain.sheets.problems import (
    NoImagesError,
    SheetProblem,
    TooManyImagesError,
    TooManyRowsError,
)
from calotype_core.domain.sheets.rows import Row, rows
from calotype_core.domain.sheets.rules import SheetRules
from calotype_core.domain.sheets.sheet import Sheet

MOST_PROBLEMS = 1_000  # are told; all are counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a sheet has: rows that are not blank, the images of those that are right, the problems.

    rows_left are the rows with problems: whoever lets the others through leaves them out, and has
    no job where no image is left.
    """

    rows: int
    images: int
    rows_left: int
    problem_count: int
    problems: tuple[SheetProblem, ...]


def check(chunks: Iterator[bytes], sheet: Sheet, rules: SheetRules) -> Report:
    """Return what the whole file has; raises SheetError where it can be no job at all."""
    count = images = left = problem_count = 0
    problems: list[SheetProblem] = []
    for row in rows(chunks, sheet):
        if row.is_blank:
            continue
        count += 1
        images += len(row.urls)
        _check_limits(row, count, images, rules)
        if row.problems:
            left += 1
            problem_count += len(row.problems)
            problems += row.problems[: MOST_PROBLEMS - len(problems)]
    if not images and not problems:
        raise NoImagesError("the sheet names no image: put URLs into the column of the image URLs")
    return Report(
        rows=count,
        images=images,
        rows_left=left,
        problem_count=problem_count,
        problems=tuple(problems),
    )


def _check_limits(row: Row, count: int, images: int, rules: SheetRules) -> None:
    if count > rules.most_rows:
        issue = f"the sheet has more than {rules.most_rows:,} rows: part it into several"
        raise TooManyRowsError(issue, SheetProblem(row=row.number, column="", issue=issue))
    if images > rules.most_images:
        issue = f"the sheet has more than {rules.most_images:,} images: part it into several"
        raise TooManyImagesError(issue, SheetProblem(row=row.number, column="", issue=issue))
