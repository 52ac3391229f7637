import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.settings import SettingsError, load
from calotype_ingest.filenames import LONGEST_FILENAME
from calotype_ingest.settings import IngestSettings
from calotype_ingest.zip_names import clean_path, extra_fields, is_litter, read_name
from tests.strategies import texts


def unicode_path(name: bytes, of: bytes, *, version: int = 1) -> bytes:
    content = struct.pack("<BL", version, zlib.crc32(of)) + name
    return struct.pack("<2H", 0x7075, len(content)) + content


@given(texts)
def test_a_name_in_utf_8(name: str) -> None:
    """UTF-8 is understood, whether its flag is set or not."""
    assert read_name(name.encode(), extra=b"") == name


@pytest.mark.parametrize("name", ["Größe.jpg", "français.png", "mañana/ñ.gif", "½.tif", "Ångström"])
def test_a_name_of_old(name: str) -> None:
    """What DOS wrote, and Windows' own ZIPs still do, is understood."""
    assert read_name(name.encode("cp437"), extra=b"") == name


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("靴/赤.jpg", "cp932"), ("鞋子.png", "gbk"), ("Фото 1.jpg", "cp866"), ("신발.gif", "cp949")],
)
def test_a_name_of_another_country(name: str, encoding: str) -> None:
    """What Windows writes elsewhere is understood where the encoding is told."""
    assert read_name(name.encode(encoding), extra=b"", encoding=encoding) == name


@pytest.mark.parametrize(
    ("told", "taken"),
    [("cp932", True), ("UTF-8", True), ("nonsense", False), ("rot13", False), ("undefined", False)],
)
def test_an_encoding_is_one_that_reads_anything(told: str, taken: bool) -> None:  # noqa: FBT001
    """The setting takes what can read any bytes as text, and nothing else."""
    environ = {"CALOTYPE_ZIP_ENCODING": told}
    if taken:
        assert load(IngestSettings, environ).zip_encoding == told
    else:
        with pytest.raises(SettingsError, match="CALOTYPE_ZIP_ENCODING: expected an encoding"):
            load(IngestSettings, environ)


@given(texts, texts)
def test_the_unicode_name_beside_the_plain_one(name: str, plain: str) -> None:
    """Info-ZIP's field has the real name of an entry, among whatever other fields."""
    field = unicode_path(name.encode(), plain.encode())
    other = struct.pack("<2H", 0x5455, 5) + b"\1time"
    assert read_name(plain.encode(), extra=other + field) == name


@pytest.mark.parametrize(
    "extra",
    [
        unicode_path(b"other", of=b"another"),
        unicode_path(b"other", of=b"plain", version=2),
        unicode_path(b"\xff", of=b"plain"),
        unicode_path(b"other", of=b"plain")[:-1],
        struct.pack("<2H", 0x7075, 0),
        b"\x75\x70\xff",
    ],
)
def test_a_stale_or_damaged_field_is_passed_over(extra: bytes) -> None:
    """A field that is of another name, or none, leaves the plain name as it is."""
    assert read_name(b"plain", extra=extra) == "plain"


@given(st.binary(), st.binary(), st.sampled_from(["cp437", "cp932", "gb18030", "utf-16"]))
def test_any_bytes_are_a_name(raw: bytes, extra: bytes, encoding: str) -> None:
    """Whatever stands there, something can be shown for it."""
    name = read_name(raw, extra=extra, encoding=encoding)
    assert isinstance(clean_path(name), str | None)


@given(st.binary())
def test_any_bytes_are_fields(extra: bytes) -> None:
    """Fields are read as far as they hold together, and never beyond."""
    assert sum(4 + len(content) for _, content in extra_fields(extra)) <= len(extra)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("cat.jpg", "cat.jpg"),
        ("shoes/red/1.jpg", "shoes/red/1.jpg"),
        ("shoes\\red\\1.jpg", "shoes/red/1.jpg"),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/./passwd", "etc/passwd"),
        ("a//b/../c", "a/b/c"),
        ("C:\\Users\\me\\cat.jpg", "Users/me/cat.jpg"),
        ("C:cat.jpg", "cat.jpg"),
        ("C:..", None),
        ("\\\\host\\share\\cat.jpg", "host/share/cat.jpg"),
        ("a/ .. /b", "a/b"),
        ("", None),
        ("..", None),
        ("a\r\n/b\0", "a/b"),
        ("\0C:\0/b", "b"),
        ("x" * 300, "x" * LONGEST_FILENAME),
        ("/".join(["folder"] * 100) + "/cat.jpg", "folder/" * 35 + "cat.jpg"),
    ],
)
def test_a_name_is_for_people(name: str, kept: str | None) -> None:
    """A name keeps its folders, and nothing that leads out of them or cannot be printed."""
    assert clean_path(name) == kept


@given(st.text(st.characters() | st.sampled_from("/\\.: ")))
def test_any_name(name: str) -> None:
    """Any name is none, or short, printable, without a way up or out, and clean already."""
    kept = clean_path(name)
    if kept is not None:
        assert 0 < len(kept) <= LONGEST_FILENAME
        assert kept.isprintable()
        assert all(one.strip() not in {"", ".", ".."} for one in kept.split("/"))
        assert "\\" not in kept
        assert clean_path(kept) == kept


@pytest.mark.parametrize(
    ("name", "litter"),
    [
        ("a/", True),
        ("a\\", True),
        ("", True),
        ("__MACOSX/a/._cat.jpg", True),
        ("a/.DS_Store", True),
        ("thumbs.db", True),
        ("a/Desktop.ini", True),
        ("cat.jpg", False),
        ("__MACOSX", False),
        ("my thumbs.db.jpg", False),
        (".hidden.jpg", False),
    ],
)
def test_what_is_passed_over(name: str, litter: bool) -> None:  # noqa: FBT001
    """Folders and what file managers write for themselves are told from people's files."""
    assert is_litter(name) is litter
