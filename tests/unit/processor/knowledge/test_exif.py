import struct
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.TiffImagePlugin import IFDRational

from calotype_core.domain.image import Place
from calotype_processor.knowledge.exif import LONGEST, exif
from calotype_processor.knowledge.place import place
from calotype_processor.knowledge.tags import Tags, read_tags
from tests.unit.processor.knowledge.exifs import BERLIN, PICTURE, SHOT, block

WHOLE = block(PICTURE, camera=SHOT, gps=BERLIN)
HEAD = b"II*\0\x08\0\0\0"


def of_camera(number: int, value: object) -> dict[str, str]:
    return dict(exif(read_tags(block(camera={number: value}))))


def of_picture(raw: bytes, number: int = 0x010E, kind: int = 2) -> dict[str, str]:
    """Return what is told of one entry with these bytes, which a writer would not have let by."""
    line = struct.pack("<HHII", number, kind, len(raw), 26)
    return dict(exif(read_tags(HEAD + struct.pack("<H", 1) + line + b"\0\0\0\0" + raw)))


def sound(tags: Tags) -> None:
    """Have everything told, and prove that it can be shown."""
    for text in exif(tags).values():
        assert 0 < len(text) <= LONGEST
        assert not any(unicodedata.category(one).startswith("C") for one in text)
    where = place(tags)
    assert where is None or (abs(where.latitude) <= 90 and abs(where.longitude) <= 180)


def test_what_a_camera_writes() -> None:
    """The selected entries are told by their names, numbers as people write them."""
    assert exif(read_tags(WHOLE)) == {
        "make": "Nikon",
        "model": "Z 8",
        "lens": "NIKKOR Z 50mm f/1.8 S",
        "takenAt": "2024-05-01T12:30:00+02:00",
        "exposureTime": "1/250",
        "fNumber": "2.8",
        "iso": "400",
        "focalLength": "50",
        "flash": "fired",
        "software": "Darkroom 7.1",
        "artist": "Ada Lovelace",
        "copyright": "(c) Ada",
        "description": "A lake at dusk",
    }


def test_the_place() -> None:
    """The place is in degrees, north and east positive, and in metres above the sea."""
    assert place(read_tags(WHOLE)) == Place(latitude=52.52, longitude=13.405, altitude=34.5)
    south = BERLIN | {1: "S", 3: "W", 5: b"\1"}
    expected = Place(latitude=-52.52, longitude=-13.405, altitude=-34.5)
    assert place(read_tags(block(gps=south))) == expected
    flat = {number: BERLIN[number] for number in range(1, 5)}
    assert place(read_tags(block(gps=flat))) == Place(latitude=52.52, longitude=13.405)


NOWHERE: list[dict[int, object]] = [
    {1: "Q"},
    {1: ""},
    {2: (91.0, 0.0, 0.0)},
    {4: (180.0, 0.0, 1.0)},
    {2: (IFDRational(1, 0),) * 3},
]


@pytest.mark.parametrize("wrong", NOWHERE)
def test_nowhere(wrong: dict[int, object]) -> None:
    """A place that is nowhere on Earth is none."""
    assert place(read_tags(block(gps=BERLIN | wrong))) is None


TIMES = [
    (IFDRational(1, 8000), "1/8000"),
    (IFDRational(10, 600), "1/60"),
    (IFDRational(1, 3), "1/3"),
    (IFDRational(4, 10), "0.4"),
    (IFDRational(30, 1), "30"),
    (IFDRational(5, 2), "2.5"),
    (IFDRational(0, 1), None),
    (IFDRational(1, 0), None),
]


@pytest.mark.parametrize(("seconds", "expected"), TIMES)
def test_exposure_times(seconds: IFDRational, expected: str | None) -> None:
    """An exposure is told in seconds, a short one as a fraction, and no exposure not at all."""
    assert of_camera(0x829A, seconds).get("exposureTime") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024:05:01 12:30:00", "2024-05-01T12:30:00"),
        ("2024-05-01", "2024-05-01"),
        ("2024:13:45 99:00:00", "2024:13:45 99:00:00"),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
    ],
)
def test_times(text: str, expected: str | None) -> None:
    """A time that is one is told in ISO 8601, another as it stands, and none not at all."""
    assert of_camera(0x9003, text).get("takenAt") == expected


TEXTS = [
    ("UTF-8", "Zoë ☀".encode(), "Zoë ☀"),
    ("Latin-1", b"Zo\xeb Stra\xdfe", "Zoë Straße"),
    ("rubbish after its end", b"Leica\0\xff\x01rubbish", "Leica"),
    ("control characters", b"a\x1b[31m\x07b\r\nc\td", "a[31mb c d"),
    ("right-to-left override", "a\u202eb\u2066".encode(), "ab"),
    ("too long", b"x" * 5000, "x" * LONGEST),
    ("nothing", b"  \0\0\0\0", None),
]


@pytest.mark.parametrize(("raw", "expected"), [one[1:] for one in TEXTS], ids=[t[0] for t in TEXTS])
def test_texts_can_be_shown(raw: bytes, expected: str | None) -> None:
    """A text is decoded whatever it was written in, cut, and has nothing that cannot be seen."""
    assert of_picture(raw).get("description") == expected


def test_both_copyrights() -> None:
    """The photographer's copyright and the editor's are both told."""
    assert of_picture(b"(c) Ada\0(c) Eve\0", 0x8298) == {"copyright": "(c) Ada; (c) Eve"}


def test_a_number_where_a_text_belongs() -> None:
    """An entry of the wrong type is left out, and costs no other."""
    assert of_picture(b"\1\0\2\0\3\0\4\0", kind=3) == {}
    assert of_camera(0x829D, "f/2.8") == {}


@given(st.binary(max_size=400))
def test_rubbish(rubbish: bytes) -> None:
    """Whatever stands where EXIF should be, nothing is raised and nothing unsound is told."""
    sound(read_tags(rubbish))
    sound(read_tags(HEAD + rubbish))


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12))
def test_damaged_exif(flips: list[tuple[int, int]]) -> None:
    """EXIF with damage anywhere is told as far as it is sound."""
    damaged = bytearray(WHOLE)
    for at, value in flips:
        damaged[at] = value
    sound(read_tags(bytes(damaged)))


def test_truncated_exif() -> None:
    """EXIF that ends anywhere is told as far as it goes."""
    for end in range(len(WHOLE)):
        sound(read_tags(WHOLE[:end]))


def test_a_directory_within_itself() -> None:
    """Directories that point at themselves and promise millions of entries end all the same."""
    lines = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in (0x8769, 0x8825))
    sound(read_tags(HEAD + b"\xff\xff" + lines))
    endless = struct.pack("<HHII", 0x010E, 2, 2**32 - 1, 0)
    sound(read_tags(HEAD + b"\1\0" + endless + bytes(5000)))
