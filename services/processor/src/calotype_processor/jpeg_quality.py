"""The quality that a JPEG was written with, read off its quantisation table."""

# ITU-T T.81, table K.1, in the zigzag order of a DQT segment: what libjpeg calls quality 50.
_LUMINANCE_50 = (
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
    26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
    56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
    95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
)  # fmt: skip
_DQT, _SOS = 0xDB, 0xDA
_TABLE_BYTES = 64


def jpeg_quality(data: bytes) -> int | None:
    """Return the quality, 1 to 100, on libjpeg's scale; None where no usual table is found.

    The inverse of libjpeg's jpeg_quality_scaling (jcparam.c), averaged over the table.
    """
    table = _luminance(data)
    if table is None or not all(table):
        return None
    scale = 100 * sum(table) / sum(_LUMINANCE_50)
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2  # noqa: PLR2004 - jcparam.c's own
    return max(1, min(100, round(quality)))


def _luminance(data: bytes) -> bytes | None:
    """Return the first 8-bit quantisation table with the number 0."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SOS:  # noqa: PLR2004 - a marker
        length = int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + length]
        if data[at + 1] == _DQT and len(body) > _TABLE_BYTES and body[0] == 0:
            return body[1 : 1 + _TABLE_BYTES]
        at += 2 + max(length, 2)
    return None
