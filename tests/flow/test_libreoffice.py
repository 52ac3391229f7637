"""Our output opened by a real spreadsheet: every cell is there, and none is run."""

import csv
import os
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from calotype_core.domain import sheets
from calotype_core.domain.image import Failure
from calotype_core.domain.sheets import Outcome, OutputWriter, SheetRules

DEADLINE = 120  # seconds: a bound for a broken spreadsheet, not a claim about speed
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
TABLE, TEXT = (f"{{{OFFICE.format(one)}}}" for one in ("table", "text"))

A, B = "https://a.example/w_1,h_2/1.jpg", "https://a.example/2.jpg"
OURS = "https://o.example/image/1"
FORMULAS = ["=1+1", '=HYPERLINK("http://x.example","y")', "@SUM(A1)", "+A1", "-A1", "-2+A1"]
HEADER = ["Serial Number", "Product Name", "Image URLs", "Note"]
CELLS = [
    ["1", 'Größe "XL", rot; blau', f"{A}|{B}", "two\nlines"],
    ["2", "-5", A, "+49 30 1234"],
    *[[str(number), formula, A, formula] for number, formula in enumerate(FORMULAS, start=3)],
]
# How LibreOffice's dialog reads a file: delimiter, quote, charset, first line.
DIALECTS = [
    ("utf-8-sig", ",", "44,34,76,1"),
    ("cp1252", ";", "59,34,1,1"),
    ("utf-16", "\t", "9,34,65535,1"),
]
Opener = Callable[[bytes, str], ET.Element]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Return a function that opens a CSV in LibreOffice, and gives what is in it then."""
    soffice = shutil.which("soffice")
    if soffice is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("no LibreOffice on this machine: install libreoffice-calc-nogui")
    folder = tmp_path_factory.mktemp("libreoffice")

    def convert(data: bytes, dialect: str) -> ET.Element:
        (folder / "output.csv").write_bytes(data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        options = ["--headless", "--convert-to", "fods", f"--infilter=CSV:{dialect}"]
        subprocess.run(
            [soffice, profile, *options, "--outdir", folder, folder / "output.csv"],
            check=True,
            timeout=DEADLINE,
            capture_output=True,
        )
        return ET.fromstring(Path(folder / "output.fods").read_text())  # noqa: S314 - of our own program

    return convert


def table(document: ET.Element) -> list[list[str]]:
    """Return the cells as a person sees them."""
    return [
        ["\n".join("".join(line.itertext()) for line in cell) for cell in spread(row)]
        for row in document.iter(f"{TABLE}table-row")
    ]


def spread(row: ET.Element) -> list[ET.Element]:
    cells = row.findall(f"{TABLE}table-cell")
    repeats = [int(cell.get(f"{TABLE}number-columns-repeated", "1")) for cell in cells]
    return [cell for cell, count in zip(cells, repeats, strict=True) for _ in range(count)]


def formulas(document: ET.Element) -> list[str]:
    return [
        formula
        for cell in document.iter(f"{TABLE}table-cell")
        if (formula := cell.get(f"{TABLE}formula"))
    ]


def written(encoding: str, delimiter: str) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([HEADER, *CELLS])
    return text.getvalue().encode(encoding)


def output(data: bytes) -> bytes:
    sheet = sheets.open_sheet(lambda: iter([data]), SheetRules())
    writer = OutputWriter(sheet)
    failed = Outcome(failure=Failure(code="fetch_timeout", message="Try it again."))
    rows = sheets.rows(iter([data]), sheet)
    return writer.header() + b"".join(
        writer.row(row, [Outcome(url=OURS), failed][: len(row.urls)]) for row in rows
    )


def test_libreoffice_runs_what_is_not_made_harmless(opened: Opener) -> None:
    """Without us, LibreOffice runs such cells: the tests below prove something."""
    assert "of:=1+1" in formulas(opened(written("utf-8-sig", ","), DIALECTS[0][2]))


@pytest.mark.parametrize(("encoding", "delimiter", "dialect"), DIALECTS)
def test_an_output_opens_as_it_is(
    opened: Opener, encoding: str, delimiter: str, dialect: str
) -> None:
    """Every cell of the output is in its place, with its text, and no formula is among them."""
    document = opened(output(written(encoding, delimiter)), dialect)
    assert formulas(document) == []
    header, first, *others = table(document)
    assert header == [*HEADER, "Output Image URLs", "Errors"]
    assert first == [*CELLS[0], f"{OURS}|{B}", "2: fetch_timeout Try it again."]
    assert others[0][:5] == [*CELLS[1], OURS]
    assert [row[:5] for row in others[1:]] == [
        [str(number), f"'{formula}", A, f"'{formula}", OURS]
        for number, formula in enumerate(FORMULAS, start=3)
    ]
