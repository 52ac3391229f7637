import pytest

from calotype_processor import errors
from calotype_processor.engine.verdict import verdict

SAID = [
    (Exception("unable to call\n  VipsJpeg: premature end of JPEG image\n"), "image_truncated"),
    (Exception("gifload_buffer: Unexpected end of GIF source data"), "image_truncated"),
    (Exception("vipspng: libpng read error"), "image_undecodable"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "image_undecodable"),
    (Exception("out of memory --- size == 1024MB"), "engine_out_of_memory"),
    (Exception("heif: Memory allocation error: Security limit exceeded"), "image_undecodable"),
    (
        Exception("tiff2vips: Failed to allocate memory for to read TIFF directory (0 elements of"),
        "image_undecodable",
    ),
    (Exception("glib: Error creating thread: Resource temporarily"), "engine_out_of_memory"),
    (MemoryError(), "engine_out_of_memory"),
    (OSError(28, "No space left on device"), "engine_no_room"),
    (Exception("wbuffer_write: write failed\nsystem error: No space left"), "engine_no_room"),
    (Exception("system error: File too large"), "output_too_large"),
    (FileNotFoundError(2, "No such file or directory"), "engine_failed"),
    (errors.EmptyFileError("empty"), "empty_file"),
]


@pytest.mark.parametrize(("error", "code"), SAID)
def test_whose_fault(error: Exception, code: str) -> None:
    """What a decoder raises is the image's fault; memory, disk and files are the engine's."""
    assert verdict(error).code == code


def test_no_path_gets_out() -> None:
    """A message for the world tells no path of this machine."""
    told = verdict(Exception("unable to write\n  something: bad\n  /secret/place: no such file"))
    assert "/" not in told.message


def test_only_the_engine_is_retried() -> None:
    """A retry is of use exactly where the image is not to blame."""
    for kind in errors.BY_CODE.values():
        assert kind.retry == issubclass(kind, errors.EngineFailure)
        assert kind.retry != issubclass(kind, errors.BadImageError)


def test_codes_travel() -> None:
    """Every error comes out of the child as what it went in as; an unknown code can be retried."""
    for code, kind in errors.BY_CODE.items():
        assert type(errors.from_code(code, "why")) is kind
    assert type(errors.from_code("news", "why")) is errors.EngineFailure
