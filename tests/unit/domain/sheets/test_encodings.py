import codecs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calotype_core.domain.image import Failure
from calotype_core.domain.sheets import Outcome, OutputWriter
from calotype_core.domain.sheets.encodings import HEAD_BYTES
from calotype_core.domain.sheets.problems import CharsetError
from tests.unit.domain.sheets.spelling import checked, csv_of, opened, rows_of

LINE = "1,Größe “ñ” €,https://a.example/1.jpg"
FAR = csv_of(*["1,a,https://a.example/1.jpg"] * (HEAD_BYTES // 20))


@pytest.mark.parametrize(
    ("bom", "encoding", "told"),
    [
        (b"", "utf-8", "UTF-8"),
        (codecs.BOM_UTF8, "utf-8", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16-LE"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16-BE"),
        (b"", "utf-16-le", "UTF-16-LE"),
        (b"", "utf-16-be", "UTF-16-BE"),
        (b"", "cp1252", "Windows-1252"),
    ],
)
def test_what_spreadsheets_write_is_recognized(bom: bytes, encoding: str, told: str) -> None:
    """Every encoding that spreadsheets write is found out, with a mark and without."""
    data = bom + csv_of(LINE).decode().encode(encoding)
    sheet = opened(data)
    assert str(sheet.encoding) == told
    assert sheet.encoding.mark == bom
    assert rows_of(data)[0].cells == tuple(LINE.split(","))


@pytest.mark.parametrize("tail", [b"2,caf\xe9,https://a.example/2.jpg\r\n", b"2,caf\xe9"])
def test_the_whole_file_decides(tail: bytes) -> None:
    """One letter of Windows-1252 far down, or at the very end, makes all of it that."""
    assert opened(FAR + tail).encoding.name == "cp1252"
    assert opened(FAR + "2,café".encode()).encoding.name == "utf-8"


@given(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1))
def test_windows_1252_is_found_where_it_is_no_utf_8(text: str) -> None:
    """What cannot be UTF-8 is read as Windows-1252, letter by letter."""
    data = csv_of("1,{},https://a.example/1.jpg").replace(b"{}", text.encode("cp1252"))
    assume(not any(one in text for one in ',"'))
    assume(_is_no_utf8(data))
    assert rows_of(data)[0].cells[1] == text


def _is_no_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-15", "iso8859-15"),
        ("ISO-8859-1", "cp1252"),  # as browsers understand it
        ('"windows-1250"', "cp1250"),
        ("us-ascii", "utf-8"),  # who says so does not know
        ("utf-16", "utf-16-le"),
        ("", "utf-8"),
    ],
)
def test_a_declared_charset_wins(charset: str, encoding: str) -> None:
    """What the request declares is taken at its word, where that can be."""
    data = csv_of("1,a,https://a.example/1.jpg")
    if encoding.startswith("utf-16"):
        data = data.decode().encode(encoding)
    assert opened(data, charset=charset).encoding.name == encoding


def test_a_byte_order_mark_is_proof() -> None:
    """A client that declares UTF-8 of every text file does not spoil one with another mark."""
    data = codecs.BOM_UTF16_LE + csv_of(LINE).decode().encode("utf-16-le")
    assert opened(data, charset="utf-8").encoding.name == "utf-16-le"


@pytest.mark.parametrize(
    "charset", ["rot13", "utf-7", "idna", "base64", "klingon", "a\0b", "x" * 9]
)
def test_a_charset_that_is_none_is_refused(charset: str) -> None:
    """A charset that is unknown, or no charset at all, is named."""
    with pytest.raises(CharsetError, match="none that is read: leave it out"):
        opened(csv_of(LINE), charset=charset)


def spoilt(spoil: bytes, encoding: str = "utf-8", bom: bytes = b"") -> bytes:
    """Return a CSV that is right but for these bytes in a product's name."""
    before, after = csv_of("1,a{}b,https://a.example/1.jpg").decode().split("{}")
    return bom + before.encode(encoding) + spoil + after.encode(encoding)


SPOILT = [
    (spoilt(b"\xff"), "utf-8", "UTF-8"),
    (spoilt(b"\xff", bom=codecs.BOM_UTF8), None, "UTF-8"),
    (spoilt(b"\x81"), None, "Windows-1252"),
    (spoilt(b"\x00\xd8", "utf-16-le"), None, "UTF-16-LE"),
]


@pytest.mark.parametrize(("data", "charset", "name"), SPOILT)
def test_bytes_that_are_no_text_are_told_where_they_are(
    data: bytes, charset: str | None, name: str
) -> None:
    """Bytes that the encoding does not have are a problem of their cell, and no other's."""
    told = checked(data, charset=charset).problems
    assert [(one.row, one.column) for one in told] == [(2, "Product Name")]
    assert told[0].issue == f"the cell has bytes that are no {name}: save the sheet as CSV UTF-8"


@pytest.mark.parametrize(("data", "charset"), [one[:2] for one in SPOILT])
def test_bytes_that_are_no_text_are_carried_through(data: bytes, charset: str | None) -> None:
    """What cannot be understood is not destroyed: the output has the very bytes."""
    sheet = opened(data, charset=charset)
    writer = OutputWriter(sheet)
    line = b"".join(writer.row(row, []) for row in rows_of(data, charset=charset))
    ending = sheet.encoding.encoded(",,Product Name: the cell has bytes")
    assert line[: line.index(ending)] in data


def test_half_a_character_is_told() -> None:
    """UTF-16 that breaks off within a character is a problem of the last cell."""
    data = csv_of("1,a,https://a.example/1.jpg").decode().encode("utf-16-le") + b"1\0,\0b"
    assert [(one.row, one.column) for one in checked(data).problems] == [
        (3, "Product Name"),
        (3, "Image URLs"),
    ]


def test_what_our_words_need_is_not_in_every_encoding() -> None:
    """An error's letters that Windows-1252 does not have come out as ?, and nothing breaks."""
    data = csv_of(LINE).decode().encode("cp1252")
    failure = Failure(code="fetch_failed", message="世 é")
    line = OutputWriter(opened(data)).row(rows_of(data)[0], [Outcome(failure=failure)])
    assert line.decode("cp1252").endswith(",https://a.example/1.jpg,1: fetch_failed ? é\r\n")
