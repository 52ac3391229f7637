"""Reading a JPEG's quality off its tables."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from calotype_processor.jpeg_quality import jpeg_quality


def jpeg(quality: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.mark.parametrize("quality", range(20, 100, 5))
def test_the_quality_that_was_asked_for_is_found(quality: int) -> None:
    """What an encoder was told is what is read, to within rounding."""
    assert jpeg_quality(jpeg(quality)) == pytest.approx(quality, abs=1)


@given(st.binary(max_size=300), st.integers(0, 100))
def test_nonsense_is_no_error(garbage: bytes, kept: int) -> None:
    """Whatever follows a JPEG's beginning, the answer is a quality or None."""
    found = jpeg_quality(jpeg(50)[:kept] + garbage)
    assert found is None or 1 <= found <= 100
