"""What is wrong with a spreadsheet, where a person finds it.

SheetError               nothing of the sheet can be used: code, message, problems
├── EmptySheetError      empty_sheet        no bytes, or nothing but blanks
├── NotASheetError       not_a_sheet        a PDF, a workbook, a web page, whatever its name
├── CharsetError         unknown_charset    the declared charset is none that is read
├── HeaderError          no_header          the first row names no columns, or cannot be read
├── MissingColumnError   missing_column     a required column; a problem each
├── TooManyColumnsError  too_many_columns
├── TooManyRowsError     too_many_rows
├── TooManyImagesError   too_many_images
└── NoImagesError        no_images          nothing is wrong, and there is nothing to do
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetProblem:
    """One thing to mend: the row by the number that a spreadsheet shows, and the column's name.

    A column without a name is called by its letter; what concerns a whole row has the empty one.
    """

    row: int
    column: str
    issue: str

    def __str__(self) -> str:
        return f"{self.column}: {self.issue}" if self.column else self.issue


class SheetError(ValueError):
    """The sheet as a whole is of no use; the message says what to do."""

    code = "bad_sheet"

    def __init__(self, message: str, *problems: SheetProblem) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or (SheetProblem(row=1, column="", issue=message),)


class EmptySheetError(SheetError):
    """There is nothing in the file."""

    code = "empty_sheet"


class NotASheetError(SheetError):
    """The file is of another kind, whatever its name says."""

    code = "not_a_sheet"


class CharsetError(SheetError):
    """The charset that was declared is none that can be read."""

    code = "unknown_charset"


class HeaderError(SheetError):
    """The first row is no header."""

    code = "no_header"


class MissingColumnError(SheetError):
    """A column that is required is not there."""

    code = "missing_column"


class TooManyColumnsError(SheetError):
    """The header has more columns than are read."""

    code = "too_many_columns"


class TooManyRowsError(SheetError):
    """The sheet has more rows than a job may have."""

    code = "too_many_rows"


class TooManyImagesError(SheetError):
    """The sheet has more images than a job may have."""

    code = "too_many_images"


class NoImagesError(SheetError):
    """The sheet names no image at all."""

    code = "no_images"
