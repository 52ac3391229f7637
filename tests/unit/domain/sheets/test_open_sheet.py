import pytest

from calotype_core.domain import sheets
from calotype_core.domain.sheets import Column, Layout, OutputWriter, SheetRules
from calotype_core.domain.sheets.rules import NAMES, letter, normalized, resolve
from tests.unit.domain.sheets.spelling import HEADER, csv_of, opened, rows_of

LINE = "1,a,https://a.example/1.jpg"


@pytest.mark.parametrize(
    ("column", "name"),
    [(column, name) for column, names in NAMES.items() for name in names]
    + [
        (Column.SERIAL, " s.no "),
        (Column.SERIAL, "SERIAL_NUMBER"),
        (Column.SERIAL, "Sr. No."),
        (Column.IMAGES, "input image urls"),
        (Column.IMAGES, "ImageUrls"),
        (Column.IMAGES, "image-url"),
    ],
)
def test_a_column_is_known_by_its_common_names(column: Column, name: str) -> None:
    """Case, blanks, dots, hyphens and underscores make no difference."""
    assert resolve(["Note", name], NAMES)[column] == 1


def test_the_first_of_the_names_is_the_one() -> None:
    """Where a header has several of a column's names, the plainest is taken, not the leftmost."""
    assert resolve(["SKU", "Images", "Serial Number", "Image URLs"], NAMES) == {
        Column.SERIAL: 2,
        Column.IMAGES: 3,
    }


def test_other_names_are_a_setting() -> None:
    """A shop in another language says what its columns are called."""
    names = {Column.SERIAL: ("Nummer",), Column.NAME: ("Bezeichnung",), Column.IMAGES: ("Bilder",)}
    data = "Bilder;Nummer;Bezeichnung\nhttps://a.example/1.jpg;1;Stühle\n".encode()
    found = rows_of(data, SheetRules(names=names))
    assert found[0].urls == ("https://a.example/1.jpg",)


def test_only_what_is_required_has_to_be_there() -> None:
    """Which columns are required is a setting; without images there is no job."""
    data = b"Image URLs\nhttps://a.example/1.jpg\n"
    assert opened(data, SheetRules(required=())).columns == {Column.IMAGES: 0}
    with pytest.raises(sheets.SheetError, match="no column for the image URLs"):
        opened(b"Serial Number,Product Name\n1,a\n", SheetRules(required=()))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_finds_the_columns(delimiter: str) -> None:
    """Neither other delimiters in a column's name nor in its cells mislead."""
    names = [*HEADER, '"Price, in €; net\tof tax, and, more"']
    data = delimiter.join(names) + "\n" + delimiter.join(LINE.split(",")) + "\n"
    assert opened(data.encode()).delimiter == delimiter


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=|"])
def test_the_line_that_excel_writes_is_obeyed(line: str) -> None:
    """sep= names the delimiter, is no row, and is there again in the output."""
    delimiter = line.strip('"')[-1]
    text = csv_of(LINE).decode().replace(",", delimiter)
    data = f"{line}\r\n{text}".encode()
    sheet = opened(data)
    assert (sheet.delimiter, sheet.header_row) == (delimiter, 1)
    assert [row.number for row in rows_of(data)] == [2]
    assert OutputWriter(sheet).header().startswith(f"sep={delimiter}\r\nSerial".encode())


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("name", ["Product Name", '"Product Name" ', '"Product\rName"'])
def test_the_line_end_is_kept(end: str, name: str) -> None:
    """The output's lines end as the header's does, whatever is in it and however it is quoted."""
    data = csv_of(LINE).decode().replace("\r\n", end).replace("Product Name", name)
    assert opened(data.encode()).line_end == end


def test_a_header_without_an_end_is_taken_to_have_the_usual_one() -> None:
    """A file that is nothing but a header is read, and written with \\r\\n."""  # noqa: D301
    assert opened(",".join(HEADER).encode()).line_end == "\r\n"


def test_blank_rows_before_the_header_are_rows() -> None:
    """The header may be further down; numbers stay those of the spreadsheet, and so do rows."""
    data = b"\r\n\r\n" + csv_of(LINE, "", LINE)
    sheet = opened(data)
    assert sheet.header_row == 3
    assert [(row.number, row.is_blank) for row in rows_of(data)] == [
        (4, False),
        (5, True),
        (6, False),
    ]
    assert OutputWriter(sheet).header().startswith(b"\r\n\r\nSerial Number")


def test_a_row_over_several_lines_is_one() -> None:
    """Rows are numbered as the spreadsheet does, not by the lines of the file."""
    found = rows_of(csv_of('1,"a\r\nb\r\n\r\nc",https://a.example/1.jpg', LINE))
    assert [(row.number, row.cells[1]) for row in found] == [(2, "a\r\nb\r\n\r\nc"), (3, "a")]


def test_a_position_makes_it_an_image_a_row() -> None:
    """A column of positions says that each row has one image, and that some may have none."""
    data = b"Handle,Title,Image Src,Image Position\nx,X,https://a.example/1.jpg,1\nx,,,\n"
    assert opened(data).layout is Layout.ROW
    assert [(row.urls, row.problems) for row in rows_of(data)] == [
        (("https://a.example/1.jpg",), ()),
        ((), ()),
    ]
    assert opened(csv_of(LINE)).layout is Layout.CELL


def test_how_a_sheet_is_read_outlives_the_settings() -> None:
    """What was accepted is read the same way later, whatever is asked of sheets then."""
    data = csv_of("1,a,https://a.example/1.jpg|https://a.example/2.jpg", "2,b,")
    narrow = SheetRules(most_urls_in_cell=1, longest_cell=60)
    sheet = opened(data, narrow)
    kept = sheets.load(sheets.dump(sheet))
    assert list(sheets.rows(iter([data]), kept)) == rows_of(data, narrow)


@pytest.mark.parametrize(
    ("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_a_column_has_a_letter(index: int, name: str) -> None:
    """A column without a name is called as the spreadsheet calls it."""
    assert letter(index) == name


def test_a_name_is_compared_by_its_letters() -> None:
    """Names in any script are compared by letters and digits."""
    assert normalized(" Bild-URLs (größe_1) ") == "bildurlsgrösse1"
