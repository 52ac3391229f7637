"""What an Accept header names, and what instructions make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.accept import accepted_formats, for_client
from calotype_core.domain.instructions import Instructions, Recipe
from calotype_core.domain.operations import NEGOTIABLE, Output
from tests import strategies

CHROME = "text/html,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        ("*/*", ()),
        ("image/*", ()),
        ("image/jpeg, image/png", ()),
        ("image/webp", ("webp",)),
        ("image/webp,image/avif", ("avif", "webp")),
        (CHROME, ("avif", "webp")),
        ("IMAGE/AVIF ; q=0.5", ("avif",)),
        ("image/avif;q=0, image/webp;q=0.001", ("webp",)),
        ("image/avif;q=0.000", ()),
        ("image/avif;v=2;q=1.0", ("avif",)),
        ("image/avif; q = 0", ("avif",)),  # no weight at all, as RFC 9110 spells one
        ("image/avifs, ximage/webp", ()),
        (",;,=;q=", ()),
    ],
)
def test_what_a_header_names(header: str, expected: tuple[str, ...]) -> None:
    """Formats count that are named with a weight, wildcards do not."""
    assert accepted_formats(header) == expected


@given(st.text())
def test_any_header(header: str) -> None:
    """Any text names formats or does not, and never a crash."""
    assert set(accepted_formats(header)) <= set(NEGOTIABLE)


def test_only_what_is_left_open_is_filled_in() -> None:
    """What a client accepts goes where the format is open and nothing is said of it."""
    outputs = {
        "open": Output(),
        "told": Output(accepts=()),
        "other": Output(accepts=("webp",)),
        "png": Output(format="png"),
    }
    asked = Instructions(renditions={name: Recipe(output=one) for name, one in outputs.items()})
    filled = for_client(asked, ("avif", "webp")).renditions
    assert filled["open"].output == Output(accepts=("avif", "webp"))
    assert [filled[name] for name in ("told", "other", "png")] == [
        asked.renditions[name] for name in ("told", "other", "png")
    ]
    assert list(filled) == list(outputs)


@given(strategies.instructions)
def test_a_client_that_names_nothing(instructions: Instructions) -> None:
    """Where nothing is named, instructions and their keys stay what they are."""
    assert for_client(instructions, ()) is instructions
