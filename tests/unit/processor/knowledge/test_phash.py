import pytest

from calotype_processor.knowledge.phash import phash
from tests.unit.processor.knowledge.rasters import WHITE, flat, formula

PLAIN = "8000000000000000"


def test_imagehash_agrees() -> None:
    """Every bit is the one that imagehash 4.3.2 counts from the same samples."""
    assert phash(formula(32, 32)) == "860e51937ae53bcc"


@pytest.mark.parametrize("grey", [1, 127, 255])
def test_a_plain_picture_has_one_hash(grey: int) -> None:
    """Pictures of nothing are all alike."""
    assert phash(flat((grey, grey, grey, 255))) == PLAIN


def test_what_is_transparent_is_white() -> None:
    """Where nothing is, the page is seen."""
    assert phash(flat((0, 0, 0, 0))) == phash(flat(WHITE)) == PLAIN
