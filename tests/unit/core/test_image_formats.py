import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.image_formats import (
    CONTENT_TYPES,
    EXTENSIONS,
    HEAD_BYTES,
    readable,
    sendable,
    sniff,
    unreadable,
)
from calotype_core.domain.operations import FORMATS

HEADS = [
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "webp"),
    (b"GIF87a\1\0\1\0", "gif"),
    (b"GIF89a\1\0\1\0", "gif"),
    (b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf", "avif"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0miafavifmif1", "avif"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
    (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
    (b"II*\0\x08\0\0\0", "tiff"),
    (b"MM\0*\0\0\0\x08", "tiff"),
    (b"MM\0+\0\x08\0\0", "tiff"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
    (b"<svg>", "svg"),
    (b"\xef\xbb\xbf <?xml version='1.0'?>\n<svg\n", "svg"),
    (b"<?xml version='1.0'?><!-- Generator: \n- -- > <html> -->\n<!-- --><svg:svg ", "svg"),
    (b"<?xml version='1.0'?>\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' '", "svg"),
    (b"<!DOCTYPE svg [<!ENTITY a 'b", "svg"),
]
OTHERS = [
    b"",
    b"\xff\xd8",
    b"<!doctype html><svg>",
    b"<html><svg/></html>",
    b"<svgz>",
    b"text <svg>",
    b"<!-- <svg> ",
    b"<!-- -->" * 100,
    b"\x1f\x8b\x08 an SVG in gzip",
    b"%PDF-1.7",
    b"RIFF\x24\0\0\0WAVEfmt ",
    b"\0\0\0\x18ftypisom\0\0\0\0mp42isom",
    b"\0\0\0\x0cftypisomavif",  # the brand stands behind the box
    b"PK\x03\x04",
]


@pytest.mark.parametrize(("head", "expected"), HEADS)
def test_known_formats(head: bytes, expected: str) -> None:
    """A format is known by its first bytes, whichever of its spellings it uses."""
    assert sniff(head) == expected


@pytest.mark.parametrize("head", OTHERS)
def test_other_files(head: bytes) -> None:
    """What is none of our formats is none, however much it looks like one."""
    assert sniff(head) is None


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Any bytes get an answer, and it depends on the head alone."""
    assert sniff(data) == sniff(data[:HEAD_BYTES])


def test_every_format_has_its_names() -> None:
    """Every format that is read or written has a content type and an extension."""
    assert set(CONTENT_TYPES) == set(EXTENSIONS)
    assert {*readable(svg=True), *FORMATS} - {"auto"} <= set(EXTENSIONS)


def test_drawings_are_read_where_the_setting_says_so() -> None:
    """What can be sent is listed as it is here; who sends an SVG learns which setting it takes."""
    assert set(readable(svg=True)) - set(readable(svg=False)) == {"svg"}
    assert sendable(svg=False) == "JPEG, PNG, WEBP, GIF, AVIF, HEIC, TIFF"
    assert sendable(svg=True).endswith("TIFF, SVG")
    assert "CALOTYPE_SVG" in unreadable("svg")
    assert unreadable(None) == "no image"
