"""Whose picture it is survives when the rest of its metadata is left out."""

import zlib

import pytest
from PIL import Image

from calotype_core.domain.operations import Format, Output, Resize
from tests.photographs import picture
from tests.pixels.studio import encoded, rendered

PICTURE = picture(160, 120)
_AFTER_HEADER = 33  # bytes of a PNG's signature and first chunk
HALF = Resize(width=80)
MAKE, ARTIST, COPYRIGHT, GPS = 0x010F, 0x013B, 0x8298, 0x8825
CLAIM = "(c) 2026 Jane Doe (all rights)"
PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,31.2N">'
    b'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">Jane &amp; Sons</rdf:li></rdf:Alt>'
    b"</dc:rights></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)
IPTC = (
    b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1a"
    b"\x1c\x02\x74\0\x09(c) Jane "  # copyright notice
    b"\x1c\x02\x5a\0\x07Berlin "  # city
)


def exif(**texts: str) -> Image.Exif:
    made = Image.Exif()
    made[MAKE] = "Calotype Test Camera"
    for tag, text in {"artist": ARTIST, "copyright": COPYRIGHT}.items():
        if tag in texts:
            made[text] = texts[tag]
    made.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return made


SIGNED = exif(artist="Jane Doe", copyright=CLAIM)


def xmp_of(image: Image.Image) -> bytes:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return packet.encode() if isinstance(packet, str) else bytes(packet)


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif"])
def test_artist_and_copyright_stay(source: str, target: Format) -> None:
    """EXIF's artist and copyright come through to the letter, and nothing else of it."""
    image = rendered(encoded(PICTURE, source, exif=SIGNED), HALF, output=Output(format=target))
    found = image.getexif()
    assert (found[ARTIST], found[COPYRIGHT]) == ("Jane Doe", CLAIM)
    assert MAKE not in found
    assert not found.get_ifd(GPS)


@pytest.mark.parametrize("source", ["JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif", "tiff"])
def test_rights_in_xmp_stay(source: str, target: Format) -> None:
    """XMP's rights come through, and the place that stood beside them does not."""
    image = rendered(encoded(PICTURE, source, xmp=PACKET), HALF, output=Output(format=target))
    assert b"Jane &amp; Sons" in xmp_of(image)
    assert b"GPS" not in xmp_of(image)


def test_rights_in_iptc_stay() -> None:
    """IPTC's copyright notice comes through from JPEG to JPEG, and the city does not."""
    photoshop = b"\xff\xed" + (len(IPTC) + 2).to_bytes(2) + IPTC
    data = encoded(PICTURE, "JPEG")
    image = rendered(data[:2] + photoshop + data[2:], HALF, output=Output(format="jpeg"))
    assert image.info["photoshop"][0x0404] == b"\x1c\x02\x74\0\x09(c) Jane "


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif", "tiff", "gif"])
def test_nothing_stays_when_so_asked(target: Format) -> None:
    """Without keepCopyright, or where nobody claims anything, no EXIF, XMP or IPTC is written."""
    bare = Output(format=target, keep_copyright=False)
    signed = rendered(encoded(PICTURE, "JPEG", exif=SIGNED, xmp=PACKET), HALF, output=bare)
    blank = encoded(PICTURE, "JPEG", exif=exif(artist="   ", copyright="    "))
    for image in (signed, rendered(blank, HALF, output=Output(format=target))):
        found = image.getexif()
        assert {MAKE, ARTIST, COPYRIGHT, GPS}.isdisjoint(found)
        assert "exif" not in image.info
        assert not xmp_of(image)


def test_all_stays_when_so_asked() -> None:
    """With stripMetadata off everything comes through, copyright and place."""
    data = encoded(PICTURE, "JPEG", exif=SIGNED, xmp=PACKET)
    image = rendered(data, HALF, output=Output(strip_metadata=False))
    assert image.getexif()[MAKE] == "Calotype Test Camera"
    assert image.getexif().get_ifd(GPS)
    assert b"GPSLatitude" in xmp_of(image)


def test_a_signed_image_that_lies_comes_out_upright_once() -> None:
    """EXIF that is written anew does not turn an image that was turned already."""
    lying = exif(copyright="mine")
    lying[0x0112] = 6
    image = rendered(encoded(PICTURE, "JPEG", exif=lying), HALF, output=Output(format="jpeg"))
    assert image.size == (80, 107)
    assert image.getexif().get(0x0112, 1) == 1


def test_a_comment_whose_name_cannot_be_read() -> None:
    """A PNG's comment under a name in another encoding costs the rights, and lets nothing by."""
    data, text = encoded(PICTURE, exif=SIGNED), b"caf\xe9\0secret"
    comment = len(text).to_bytes(4) + b"tEXt" + text + zlib.crc32(b"tEXt" + text).to_bytes(4)
    image = rendered(data[:_AFTER_HEADER] + comment + data[_AFTER_HEADER:], HALF)
    assert not image.getexif().get_ifd(GPS)
    assert "secret" not in str(image.info)
