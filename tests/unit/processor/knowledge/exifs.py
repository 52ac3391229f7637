"""EXIF as a camera writes it, by the second opinion."""

from collections.abc import Mapping

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

CAMERA, GPS = 0x8769, 0x8825


def block(picture: Mapping[int, object] | None = None, **below: Mapping[int, object]) -> bytes:
    """Return the bytes of EXIF with entries in the picture's, the camera's and the GPS's part."""
    exif = Image.Exif()
    exif.update(picture or {})
    for name, pointer in (("camera", CAMERA), ("gps", GPS)):
        exif.get_ifd(pointer).update(below.get(name, {}))
    return exif.tobytes()


PICTURE = {
    0x010E: "A lake at dusk",
    0x010F: "Nikon",
    0x0110: "Z 8",
    0x0131: "Darkroom 7.1",
    0x013B: "Ada Lovelace",
    0x8298: "(c) Ada",
}
SHOT = {
    0x829A: IFDRational(1, 250),
    0x829D: IFDRational(28, 10),
    0x8827: 400,
    0x9003: "2024:05:01 12:30:00",
    0x9011: "+02:00",
    0x9209: 0x19,
    0x920A: IFDRational(50, 1),
    0xA434: "NIKKOR Z 50mm f/1.8 S",
}
BERLIN = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 5: b"\0", 6: 34.5}
