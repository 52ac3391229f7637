"""A CSV as an operator exports it: a product a row, and one image of each."""

import csv
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path

NAME = "products.csv"
HEADER = ("S. No.", "Product Name", "Input Image Urls")
_WHO = ("Women's", "Men's", "Children's", "Unisex")
_CLOTH = ("linen", "merino wool", "organic cotton", "recycled polyester", "corduroy", "denim")
_THINGS = ("shirt", "trousers", "jacket", "dress", "jumper", "coat", "skirt", "dressing gown")
_COLOURS = ("sky blue", "crème", "off-white", "charcoal", "dark green", "café au lait", "red")
_SIZES = ("XS", "S", "M", "L", "XL", '32"')


def write(path: Path, rows: int, url: Callable[[int], str]) -> None:
    """Write the CSV in UTF-8; url says where the image of a row is, by the row's number from 0."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, name in enumerate(islice(_names(), rows)):
            writer.writerow((number + 1, name, url(number)))


def nowhere(number: int) -> str:
    """Return a URL such as shops have, which a product refuses without asking anybody."""
    return f"https://127.0.0.1/media/catalog/product/{number}/product-image-{number:06}.jpg"


def _names() -> Iterator[str]:
    while True:
        for size, colour, thing, cloth, who in product(_SIZES, _COLOURS, _THINGS, _CLOTH, _WHO):
            yield f"{who} {cloth} {thing}, {colour}, size {size}"
