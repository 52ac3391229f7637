"""What is kept of metadata, whatever a stranger wrote there."""

import io
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from calotype_processor.rights import exif, iptc, xmp

ARTIST, COPYRIGHT = 0x013B, 0x8298
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
claims = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=60)


def block(**tags: object) -> bytes:
    made = Image.Exif()
    for tag, value in tags.items():
        made[int(tag.removeprefix("t"))] = value
    return made.tobytes()


def packet(inside: str, *, attributes: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cc="http://creativecommons.org/ns#" '
        f'xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" {attributes}>{inside}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def datasets(*fields: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        bytes([0x1C, record, number]) + len(text).to_bytes(2) + text
        for record, number, text in fields
    )


@given(claims, claims)
def test_exif_comes_back(artist: str, notice: str) -> None:
    """Artist and copyright of any length are read by others as they were written, and alone."""
    kept = exif.rights(block(t271="Camera", t315=artist, t33432=notice))
    assert kept is not None
    found = Image.Exif()
    found.load(kept)
    assert dict(found) == {ARTIST: artist, COPYRIGHT: notice}
    assert exif.rights(kept) == kept


@pytest.mark.parametrize("big_endian", [True, False])
def test_exif_of_either_byte_order(*, big_endian: bool) -> None:
    """Both byte orders are read, and a TIFF as what EXIF is: the same, without a prefix."""
    out = io.BytesIO()
    Image.new("L", (1, 1)).save(out, "TIFF", tiffinfo={COPYRIGHT: "mine"}, big_endian=big_endian)
    kept = exif.rights(out.getvalue())
    assert kept is not None
    assert kept == exif.rights(b"Exif\0\0" + out.getvalue()) == exif.rights(block(t33432="mine"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
        b"\xff\xd8\xff\xe0 a JPEG",
        block(t271="Camera"),
        block(t315="  ", t33432="\0"),
        block(t33432="x" * 9_000),
    ],
)
def test_exif_without_a_claim(data: bytes) -> None:
    """Where nobody claims anything, or nothing can be read, nothing is kept."""
    assert exif.rights(data) is None


@given(st.binary(max_size=300))
def test_exif_of_any_bytes(data: bytes) -> None:
    """Any bytes behind a header are read or not, and never a crash."""
    exif.rights(b"II*\0\x08\0\0\0" + data)
    exif.rights(b"MM\0*\0\0\0\x08" + data)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_xmp_comes_back(text: str) -> None:
    """A text of any letters is read by others as it was written."""
    element = ET.Element(f"{DC}creator")
    element.text = text
    kept = xmp.rights(packet(ET.tostring(element, encoding="unicode")))
    if not text.strip():
        assert kept is None
        return
    assert kept is not None
    [item] = ET.fromstring(kept).iter(f"{RDF}li")  # noqa: S314 - our own writing
    assert item.text == text.strip()
    assert xmp.rights(kept) == kept


def test_xmp_in_every_spelling() -> None:
    """Lists, attributes and links are understood; languages stay; all else goes."""
    data = packet(
        "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>mine</rdf:li>"
        "<rdf:li xml:lang='de'>meins</rdf:li></rdf:Alt></dc:rights>"
        "<dc:subject><rdf:Bag><rdf:li>secret</rdf:li></rdf:Bag></dc:subject>"
        "<cc:license rdf:resource='https://example.org/by'/>",
        attributes='xmpRights:Marked="True"',
    )
    kept = (xmp.rights(data) or b"").decode()
    assert "<xmpRights:Marked>True</xmpRights:Marked>" in kept
    assert '<rdf:li xml:lang="de">meins</rdf:li>' in kept
    assert "<cc:license>https://example.org/by</cc:license>" in kept
    assert "secret" not in kept


LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no XML",
        b"<a>",
        LAUGHS,
        LAUGHS.decode().encode("utf-16"),
        b"\xff\xfe\xfd",
        b"<a>" * 50_000,
        packet("<dc:rights>  </dc:rights>"),
        packet("<dc:subject>secret</dc:subject>"),
        packet(f"<dc:rights>{'x' * 256 * 1024}</dc:rights>"),
    ],
    ids=range(10),
)
def test_xmp_without_a_claim(data: bytes) -> None:
    """Where nobody claims anything, or the XML is broken or a trap, nothing is kept."""
    assert xmp.rights(data) is None


def test_xmp_is_bounded() -> None:
    """However much a stranger claims, and however deep, little is kept."""
    many = "".join(f"<rdf:li>{'x' * 3_000}</rdf:li>" for _ in range(80))
    kept = xmp.rights(packet(f"<dc:creator><rdf:Seq>{many}</rdf:Seq></dc:creator>"))
    deep = 4_000
    nested = "<rdf:Description><dc:rights>" * deep + "</dc:rights></rdf:Description>" * deep
    assert xmp.rights(packet(nested)) is None
    assert kept is not None
    assert len(kept) < 100_000


def test_iptc_wrapped_and_bare() -> None:
    """By-line, credit and notice are found in Photoshop's resources or bare, and nothing else."""
    fields = [(2, 0, b"\0\4"), (2, 80, b"Jane"), (2, 90, b"Berlin"), (2, 116, b"(c)")]
    kept = iptc.rights(datasets(*fields))
    assert kept is not None
    assert datasets(fields[0], fields[1], fields[3]) in kept
    assert b"Berlin" not in kept
    other = b"8BIM\x04\x25\x03MD5\0\0\0\x05abcde\0"  # a resource with a name and an odd length
    assert iptc.rights(kept.replace(b"8BIM", other + b"8BIM", 1)) == iptc.rights(kept) == kept


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Photoshop 3.0\0",
        b"Photoshop 3.0\x008BIM\x04\x04",
        datasets((2, 90, b"Berlin")),
        datasets((2, 0, b"\0\4")),
        b"\x1c\x02\x74\xff\xff",
        b"\x1c\x02\x74\0\x09mine",
        b"\x1c\x02",
    ],
)
def test_iptc_without_a_claim(data: bytes) -> None:
    """Where nobody claims anything, or nothing can be read, nothing is kept."""
    assert iptc.rights(data) is None


@given(st.binary(max_size=200))
def test_iptc_of_any_bytes(data: bytes) -> None:
    """Any bytes are read or not, and never a crash."""
    iptc.rights(data)
    iptc.rights(b"Photoshop 3.0\x008BIM" + data)
