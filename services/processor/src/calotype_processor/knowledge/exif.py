import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction

from calotype_processor.knowledge.tags import Directory, Tags

LONGEST = 256  # characters of an entry
_DAY_AND_TIME = "%Y:%m:%d %H:%M:%S"
_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_SHORT = Fraction(1, 4)  # second: what is shorter is told as 1/n
_FIRED = 1  # the lowest bit


def exif(tags: Tags) -> Mapping[str, str]:
    """Return selected entries by their names, those that are there and make sense.

    Times are in ISO 8601, with an offset where the camera knew it; exposureTime is in seconds,
    focalLength in millimetres. Texts are cut to 256 characters and have no control characters.
    """
    found = {name: find(tags) for name, find in _FINDERS.items()}
    return {name: text for name, text in found.items() if text}


def _text(entries: Directory, number: int) -> str:
    raw = entries[number].text if number in entries else b""
    return _clean(raw.partition(b"\0")[0])


def _clean(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # which has a character for every byte
    spaced = " ".join(text.split())
    shown = "".join(one for one in spaced if not unicodedata.category(one).startswith("C"))
    return shown[:LONGEST].strip()


def _copyright(tags: Tags) -> str:
    # The photographer's and the editor's, with an end mark after each.
    number = 0x8298
    raw = tags.picture[number].text if number in tags.picture else b""
    told = [_clean(one) for one in raw.split(b"\0")[:2]]
    return "; ".join(one for one in told if one)[:LONGEST]


def _taken_at(tags: Tags) -> str:
    # When it was taken; or when a film was scanned. When the file was changed is neither.
    for at, offset in ((0x9003, 0x9011), (0x9004, 0x9012)):
        text = _text(tags.camera, at)
        if any(one in "123456789" for one in text):  # others say that they do not know with noughts
            return _iso_8601(text, _text(tags.camera, offset))
    return ""


def _iso_8601(text: str, offset: str) -> str:
    try:
        local = datetime.strptime(text, _DAY_AND_TIME).isoformat()  # noqa: DTZ007 - the camera's
    except ValueError:
        return text
    return local + offset if _OFFSET.fullmatch(offset) else local


def _number(entries: Directory, number: int) -> Fraction:
    """Return a positive number, or 0 for whatever else there is."""
    found = entries[number].numbers if number in entries else []
    return max(found[0], Fraction(0)) if found else Fraction(0)


def _decimal(number: Fraction) -> str:
    text = f"{float(number):.4f}".rstrip("0").rstrip(".")
    return text if text != "0" else ""


def _exposure_time(tags: Tags) -> str:
    seconds = _number(tags.camera, 0x829A)
    if 0 < seconds < 1 and (seconds < _SHORT or seconds.numerator == 1):
        return f"1/{round(1 / seconds)}"
    return _decimal(seconds)


def _flash(tags: Tags) -> str:
    number = 0x9209
    found = tags.camera[number].numbers if number in tags.camera else []
    return ("fired" if int(found[0]) & _FIRED else "not fired") if found else ""


_FINDERS: Mapping[str, Callable[[Tags], str]] = {
    "make": lambda tags: _text(tags.picture, 0x010F),
    "model": lambda tags: _text(tags.picture, 0x0110),
    "lens": lambda tags: _text(tags.camera, 0xA434),
    "takenAt": _taken_at,
    "exposureTime": _exposure_time,
    "fNumber": lambda tags: _decimal(_number(tags.camera, 0x829D)),
    "iso": lambda tags: _decimal(_number(tags.camera, 0x8827)),
    "focalLength": lambda tags: _decimal(_number(tags.camera, 0x920A)),
    "flash": _flash,
    "software": lambda tags: _text(tags.picture, 0x0131),
    "artist": lambda tags: _text(tags.picture, 0x013B),
    "copyright": _copyright,
    "description": lambda tags: _text(tags.picture, 0x010E),
}
