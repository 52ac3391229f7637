from calotype_processor.errors import ImageTruncatedError

_SCREEN_BYTES, _FRAME_BYTES = 13, 10  # the header with the screen's descriptor; a frame's own
_EXTENSION, _FRAME = 0x21, 0x2C
_HAS_TABLE, _TABLE_SIZE = 0x80, 0x07


def check_whole(data: bytes) -> None:
    """Raise ImageTruncatedError where a GIF ends in the middle of a frame.

    libvips shows the frames before that one and says nothing. A GIF whose last byte alone is
    missing is whole enough, as every browser finds.
    """
    at = _SCREEN_BYTES + _table_bytes(data, _SCREEN_BYTES - 3)
    while at < len(data):
        if data[at] == _EXTENSION:
            at = _after_blocks(data, at + 2)
        elif data[at] == _FRAME:
            flags = at + _FRAME_BYTES - 1
            at = _after_blocks(data, flags + 1 + _table_bytes(data, flags) + 1)
        else:
            return  # the end, or something that the decoder is to find out about
    if at > len(data):
        raise ImageTruncatedError("The file ends before the image does. Send all of it.")


def _table_bytes(data: bytes, flags_at: int) -> int:
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 * 2 ** ((flags & _TABLE_SIZE) + 1) if flags & _HAS_TABLE else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Return where a chain of blocks ends: each says its length, and the last has none."""
    while at < len(data) and (length := data[at]):
        at += 1 + length
    return at + 1
