"""What is asked of a spreadsheet: its columns by the names that people use, and its limits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_UNSAID = re.compile(r"[\W_]+")


class Column(StrEnum):
    """The columns that mean something to us; all others are carried through."""

    SERIAL = "serial"
    NAME = "name"
    IMAGES = "images"
    POSITION = "position"  # where there is one, a row has one image, as Shopify writes it

    @property
    def meaning(self) -> str:
        """What the column is for, in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Column.SERIAL: "the serial numbers",
    Column.NAME: "the product names",
    Column.IMAGES: "the image URLs",
    Column.POSITION: "the images' positions",
}

# The first of them that a header has is the one.
NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.SERIAL: (
        *("Serial Number", "Serial No", "S. No.", "Sr No"),
        *("SKU", "Product ID", "ID", "Handle"),
    ),
    Column.NAME: ("Product Name", "Product", "Title", "Name"),
    Column.IMAGES: (
        *("Image URLs", "Input Image URLs", "Image URL", "Input Image URL"),
        *("Image Src", "Image URLs (x,y,z...)", "Image Links", "Image Link", "Images", "Image"),
    ),
    Column.POSITION: ("Image Position",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRules:
    """What callers make of their settings; the names are understood as normalized() has them.

    Lengths are in characters. A column that is not required may be missing; where the image URLs
    are required, so is one in each row, unless a row has one image and a position.
    """

    names: Mapping[Column, tuple[str, ...]] = field(default_factory=lambda: NAMES)
    required: tuple[Column, ...] = (Column.SERIAL, Column.NAME, Column.IMAGES)
    most_rows: int = 100_000
    most_images: int = 1_000_000
    most_urls_in_cell: int = 100
    longest_cell: int = 32_767  # more than that no spreadsheet holds
    most_columns: int = 1_000


def normalized(name: str) -> str:
    """Return what is compared of a column's name: letters and digits, whatever their case."""
    return _UNSAID.sub("", name.casefold())


def letter(index: int) -> str:
    """Return what a spreadsheet calls the column at the index, which counts from 0: A, B, … AA."""
    name = ""
    rest = index + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def resolve(header: Iterable[str], names: Mapping[Column, tuple[str, ...]]) -> dict[Column, int]:
    """Return the index of each column that the header has under one of its names."""
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        places.setdefault(normalized(name), index)
    found: dict[Column, int] = {}
    for column, understood in names.items():
        known = (normalized(name) for name in understood)
        place = next((places[name] for name in known if name in places), None)
        if place is not None:
            found[column] = place
    return found
