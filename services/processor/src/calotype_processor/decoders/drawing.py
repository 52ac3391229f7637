"""An SVG, read, sanitised and written anew: what a renderer is handed is of our own making."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from xml.parsers import expat

from calotype_processor.decoders.svg_load import Link, Load, Shape
from calotype_processor.decoders.svg_rules import (
    ELEMENTS,
    FILTERS,
    WITH_TEXT,
    clean,
    clean_style,
    references,
)
from calotype_processor.errors import (
    ImageTooLargeError,
    ImageUndecodableError,
    UnsupportedFormatError,
)

MOST_BYTES = 8 * 1024 * 1024
MOST_ELEMENTS = 50_000
DEEPEST = 100
_SVG = "http://www.w3.org/2000/svg"
_NAMES: Mapping[str, str] = {
    "http://www.w3.org/1999/xlink href": "href",
    "http://www.w3.org/XML/1998/namespace space": "xml:space",
}
# In pixels, of which an inch has 96.
_UNITS: Mapping[str, float] = {
    "": 1, "px": 1, "in": 96, "pt": 96 / 72, "pc": 16,
    "cm": 96 / 2.54, "mm": 96 / 25.4, "Q": 96 / 101.6,
}  # fmt: skip
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:[eE][+-]?\d+)?)\s*(px|in|cm|mm|pt|pc|Q)?\s*")
_LONGEST_NUMBER = 64  # characters
_LARGEST = 1e9  # px: what limits are told of; beyond it arithmetic has no meaning
# What a picture, or a pass over everything that was drawn, costs in elements.
_IMAGE_COST, _FILTER_COST = 50, 200
_INHERITED = ("fill", "stroke", "marker", "marker-start", "marker-end", "style")
_AT_POINTS = ("marker", "marker-mid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A sanitised SVG and its own size in pixels, rounded; body is what is inside of any frame."""

    width: int
    height: int
    body: str

    def at(self, width: int, height: int) -> bytes:
        """Return it as a file that is that many pixels large, filled to its edges."""
        return (
            f'<svg xmlns="{_SVG}" width="{width}" height="{height}" '
            f'viewBox="0 0 {self.width} {self.height}" preserveAspectRatio="none">'
            f"{self.body}</svg>"
        ).encode()


def sanitised(data: bytes) -> Drawing:
    """Return the drawing that a file holds, without anything that reaches outside of it.

    Raises ImageTooLargeError, ImageUndecodableError or UnsupportedFormatError, whose messages say
    why.
    """
    if len(data) > MOST_BYTES:
        raise ImageTooLargeError(
            f"The SVG has {len(data)} bytes; at most {MOST_BYTES} are allowed. Send a simpler one."
        )
    reader = _Reader()
    try:
        reader.read(data)
    except expat.ExpatError as error:
        raise ImageUndecodableError(
            f"The SVG is no well-formed XML ({error}). Send an intact file."
        ) from error
    Load(reader.shapes, reader.ids, reader.links).check()
    width, height = reader.size
    return Drawing(width=width, height=height, body="".join(reader.pieces))


class _Reader:
    """Follows the file once, writing down what may stay."""

    def __init__(self) -> None:
        self.size = (0, 0)
        self.pieces: list[str] = []
        self.shapes: list[Shape] = []
        self.ids: dict[str, int] = {}
        self.links: list[Link] = []
        self._open: list[int | None] = []  # None: an element that is left out
        self._elements = 0
        self._style: list[str] = []

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_entities
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(data, True)

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        self._elements += 1
        self._check_extent()
        namespace, _, name = tag.rpartition(" ")
        if not self._open:
            said = self._root(name, said)
        left_out = bool(self._open) and self._open[-1] is None
        if left_out or namespace not in ("", _SVG) or name not in ELEMENTS:
            self._open.append(None)
        else:
            self._keep(name, said)

    def _root(self, name: str, said: dict[str, str]) -> dict[str, str]:
        if name != "svg":
            raise UnsupportedFormatError(f"The file is XML, and no SVG but {name[:40]!r}.")
        width, height = natural_size(said)
        self.size = max(1, round(width)), max(1, round(height))
        sides = {"x": "0", "y": "0", "width": str(self.size[0]), "height": str(self.size[1])}
        return {"viewBox": f"0 0 {width:g} {height:g}", **said, **sides}

    def _check_extent(self) -> None:
        if self._elements > MOST_ELEMENTS:
            raise ImageTooLargeError(
                f"The SVG has more than {MOST_ELEMENTS} elements. Send a simpler one."
            )
        if len(self._open) >= DEEPEST:
            raise ImageTooLargeError(
                f"The SVG's elements are nested more than {DEEPEST} deep. Send a simpler one."
            )

    def _keep(self, name: str, said: dict[str, str]) -> None:
        index = len(self.shapes)
        kept: dict[str, str] = {}
        for key, value in said.items():
            known = _NAMES.get(key, key)
            if known not in kept and (cleaned := clean(name, known, value)) is not None:
                kept[known] = cleaned
        points = len(kept.get("d") or kept.get("points") or "") // 4 + 1
        self.shapes.append(Shape(name=name, cost=_cost(name), points=points))
        self._open.append(index)
        self._link(index, kept)
        attributes = "".join(f' {key}="{escape(value)}"' for key, value in kept.items())
        self.pieces.append(f"<{name}{attributes}>")

    def _link(self, index: int, kept: Mapping[str, str]) -> None:
        if "id" in kept:
            self.ids.setdefault(kept["id"], index)
        if kept.get("href", "").startswith("#"):
            self.links.append(Link(index, kept["href"][1:]))
        for name, value in kept.items():
            by = "element" if name in _INHERITED else ""
            by = "point" if name in _AT_POINTS or "marker" in value else by
            self.links += (Link(index, target, by) for target in references(value))

    def _end(self, _tag: str) -> None:
        index = self._open.pop()
        if index is None:
            return
        shape = self.shapes[index]
        shape.end = len(self.shapes)
        if shape.name == "style":
            style = clean_style("".join(self._style))
            self.links += (Link(0, target, "element") for target in references(style))
            self.pieces.append(escape(style, quote=False))
            self._style.clear()
        self.pieces.append(f"</{shape.name}>")

    def _text(self, text: str) -> None:
        index = self._open[-1]
        if index is None or (name := self.shapes[index].name) not in WITH_TEXT:
            return
        if name == "style":
            self._style.append(text)
        else:
            self.pieces.append(escape(text, quote=False))


def _cost(name: str) -> int:
    if name in FILTERS:
        return _FILTER_COST
    return _IMAGE_COST if name == "image" else 1


def _refuse_entities(
    _name: str, _system: str | None, _public: str | None, has_internal_subset: int
) -> None:
    # Without one a document type says nothing that anybody acts upon.
    if has_internal_subset:
        raise UnsupportedFormatError(
            "The SVG declares entities or other things in its DOCTYPE, which are not read. "
            "Save it as plain SVG."
        )


def natural_size(root: Mapping[str, str]) -> tuple[float, float]:
    """Return a drawing's own size in pixels; raises ImageUndecodableError where it has none.

    Of a width or height that is missing or relative, the viewBox says what it is: by its
    proportions, or all by itself.
    """
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    box = _box(root.get("viewBox", ""))
    if box:
        if width and not height:
            height = width * box[1] / box[0]
        elif height and not width:
            width = height * box[0] / box[1]
        width, height = width or box[0], height or box[1]
    if not (width and height):
        raise ImageUndecodableError(
            "The SVG does not say how large it is: give its root element a width and a height, or "
            "a viewBox."
        )
    return min(width, _LARGEST), min(height, _LARGEST)


def _length(text: str) -> float | None:
    match = _LENGTH.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    return float(match[1]) * _UNITS[match[2] or ""] or None if match else None


def _box(text: str) -> tuple[float, float] | None:
    numbers = text.replace(",", " ").split()
    try:
        _, _, width, height = map(float, numbers)
    except ValueError:
        return None
    return (width, height) if 0 < width < _LARGEST and 0 < height < _LARGEST else None
