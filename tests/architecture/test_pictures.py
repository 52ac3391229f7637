"""The how-to shows what every operation does."""

from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.operations import NAMES, OPERATIONS
from docs.pictures import EXAMPLES, PAGE, PICTURES


def test_every_operation_has_a_picture() -> None:
    """Each operation has an example that uses it, and its picture is there and on the page."""
    page = PAGE.read_text()
    assert list(EXAMPLES) == list(OPERATIONS)
    for name, texts in EXAMPLES.items():
        for number, text in enumerate(texts, 1):
            used = {
                NAMES[type(step)] for step in parse_instructions(text, {}).renditions["main"].steps
            }
            assert name in used
            assert text in page
            assert f"{name}-{number}.webp" in page
            assert (PICTURES / f"{name}-{number}.webp").exists()
