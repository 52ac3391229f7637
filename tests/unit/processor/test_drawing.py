"""What of an SVG reaches the renderer, and what is refused before it does."""

import base64
import io
from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from calotype_processor.decoders.drawing import (
    DEEPEST,
    MOST_BYTES,
    MOST_ELEMENTS,
    natural_size,
    sanitised,
)
from calotype_processor.decoders.svg_load import MOST_LINKS
from calotype_processor.decoders.svg_rules import clean, clean_style
from calotype_processor.errors import (
    BadImageError,
    ImageTooLargeError,
    ImageUndecodableError,
    UnsupportedFormatError,
)

NAMES = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"


def svg(inside: str = "", attributes: str = "width='40' height='20'") -> bytes:
    return f"<svg {NAMES} {attributes}>{inside}</svg>".encode()


def embedded(width: int, height: int, file_format: str = "PNG") -> str:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, file_format)
    return base64.b64encode(out.getvalue()).decode()


def tenfold(number: int) -> str:
    uses = f"<use href='#a{number}'/>" * 10
    return f"<g id='a{number + 1}'>{uses}</g>"


def tiled(number: int) -> str:
    painted = f"<rect fill='url(#a{number})'/>" * 10
    return f"<pattern id='a{number + 1}'>{painted}</pattern>"


def parsed(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 - our own


HARMLESS = [
    "<rect x='1' width='10%' height='5' fill='url(#a)' style='stroke:url(&quot;#b&quot;)'/>",
    "<g transform='scale(2)' clip-path='url( #c )'><path d='M0 0 L1 1z'/></g>",
    "<use href='#a'/>",
    "<text x='1'>a &lt; b <tspan>c</tspan></text>",
    "<filter id='a'><feGaussianBlur stdDeviation='2'/></filter>",
    f"<image href='data:image/png;base64,{embedded(9, 9)}' width='9'/>",
    f"<image href='data:image/jpeg;base64, {embedded(9, 9, 'JPEG')}'/>",
    "<style>.a > b{fill:url(#a)}</style>",
]
# What goes, and what must not be anywhere in what stays.
HOSTILE = [
    ("<script>alert(1)</script>", "alert"),
    ("<script href='http://example.com/a.js'/>", "example"),
    ("<rect onload='alert(1)' width='1'/>", "alert"),
    ("<a href='javascript:alert(1)'><rect/></a>", "alert"),
    ("<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>", "body"),
    ("<image href='file:///etc/passwd'/>", "passwd"),
    ("<image xlink:href='http://example.com/a.png'/>", "example"),
    ("<image href='//example.com/a.png'/>", "example"),
    ("<image href='a.png'/>", "a.png"),
    ("<image href='data:image/svg+xml;base64,PHN2Zy8+'/>", "data:"),
    ("<image href='data:image/png;base64,PHN2Zy8+'/>", "data:"),  # it is an SVG in truth
    ("<image href='data:image/png;base64,!'/>", "data:"),
    (f"<image href='data:image/png;base64,{embedded(2001, 2000)}'/>", "data:"),
    ("<rect href='data:image/png;base64,AAAA'/>", "data:"),
    ("<use href='http://example.com/a.svg#a'/>", "example"),
    ("<use xlink:href='/etc/a.svg#a'/>", "etc"),
    ("<rect fill='url(http://example.com/#a)'/>", "example"),
    ("<rect fill=' URL ( \"file:///etc/passwd\" )'/>", "passwd"),
    ("<rect fill='url(#a) url(file:///etc/passwd)'/>", "passwd"),
    ("<rect fill='url(file:///etc/passwd'/>", "passwd"),
    ("<rect style='fill:u\\72l(file:///etc/passwd)'/>", "passwd"),
    ("<rect style='background:image-set(\"//example.com/\")'/>", "example"),
    ("<rect xml:base='http://example.com/'/>", "example"),
    ("<set attributeName='href' to='http://example.com/'/>", "example"),
    ("<animate attributeName='x' values='1;2'/>", "animate"),
    ("<feImage href='http://example.com/'/>", "example"),
    ("<filter><feTurbulence numOctaves='1000000'/></filter>", "feTurbulence"),
    ("<filter><feMorphology radius='1000000'/></filter>", "feMorphology"),
    ("<metadata><a>secret</a></metadata>", "secret"),
    ("<x:path xmlns:x='http://example.com/x' d='M0 0'/>", "path"),
    ("<rect xmlns:x='http://example.com/x' x:width='1'/>", "example"),
    ("<style>@import 'http://example.com/';a{fill:red}</style>", "example"),
    ("<style>@im/**/port url(//example.com/);</style>", "example"),
    ("<style>@font-face{font-family:a;src:url(//example.com/)}</style>", "example"),
    ("<style>@media print{a{fill:url(//example.com/)}}</style>", "example"),
    ("<style>a{fill:url(//example.com/)}</style>", "example"),
    ("<style>a{fill:\\75rl(//example.com/)}</style>", "example"),
    ("<style>/* </style><style> */ a{fill:url(//example.com/)}</style>", "example"),
    ("<?xml-stylesheet href='http://example.com/'?>", "example"),
    ("<!-- a secret -->", "secret"),
    ("<g>loose words</g>", "loose"),
]


@pytest.mark.parametrize("inside", HARMLESS)
def test_what_is_harmless_stays(inside: str) -> None:
    """Shapes, text, paint, small pictures and references within the drawing come through whole."""
    body = parsed(sanitised(svg(inside)).at(40, 20))[0]
    assert ET.tostring(body[0]) == ET.tostring(parsed(svg(inside))[0])


@pytest.mark.parametrize(("inside", "secret"), HOSTILE)
def test_what_reaches_outside_goes(inside: str, secret: str) -> None:
    """Nothing that runs, fetches or opens anything is in what a renderer is handed."""
    text = sanitised(svg(inside + "<rect id='last'/>")).at(9, 9).decode()
    assert secret not in text.split(">", 2)[2]
    assert '<rect id="last"></rect>' in text


REFUSED: dict[str, tuple[bytes, type[BadImageError], str]] = {
    "entities": (
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + svg("<text>&a;</text>"),
        UnsupportedFormatError,
        "declares entities",
    ),
    "a billion laughs": (
        b"<!DOCTYPE svg [<!ENTITY a '" + b"ha" * 99 + b"'>"
        b"<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
        + svg("<text>&c;</text>"),
        UnsupportedFormatError,
        "declares entities",
    ),
    "an entity from a file": (
        b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + svg("<text>&a;</text>"),
        UnsupportedFormatError,
        "declares entities",
    ),
    "an entity of nobody's": (svg("<text>&a;</text>"), ImageUndecodableError, "undefined entity"),
    "half a file": (svg("<g>")[:-6], ImageUndecodableError, "no element found"),
    "no SVG": (b"<html/>", UnsupportedFormatError, "'html'"),
    "no size": (svg("", ""), ImageUndecodableError, "a width and a height, or a viewBox"),
    "a size of nothing": (svg("", "width='0' height='5'"), ImageUndecodableError, "how large"),
    "deep nesting": (svg("<g>" * DEEPEST + "</g>" * DEEPEST), ImageTooLargeError, "deep"),
    "many elements": (svg("<g/>" * MOST_ELEMENTS), ImageTooLargeError, "elements"),
    "many bytes": (svg(" " * MOST_BYTES), ImageTooLargeError, "bytes"),
    "itself": (svg("<g id='a'><use href='#a'/></g>"), ImageUndecodableError, "in a circle"),
    "one another": (
        svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"),
        ImageUndecodableError,
        "in a circle",
    ),
    "a billion uses": (
        svg("<g id='a0'/>" + "".join(map(tenfold, range(9)))),
        ImageTooLargeError,
        "counted as often as they are used",
    ),
    "a billion patterns": (
        svg("".join(map(tiled, range(9))) + "<rect fill='url(#a9)'/>"),
        ImageTooLargeError,
        "as often as they are used",
    ),
    "a mark at every point": (
        svg(
            f"<marker id='m'>{'<path/>' * 100}</marker>"
            f"<g style='marker-mid:url(#m)'><path d='M0 0{'L1 1' * 2000}'/></g>"
        ),
        ImageTooLargeError,
        "as often as they are used",
    ),
    "inherited paint": (
        svg(
            f"<pattern id='p'>{'<path/>' * 500}</pattern>"
            f"<g fill='url(#p)'>{'<path/>' * 500}</g>"
        ),
        ImageTooLargeError,
        "as often as they are used",
    ),
    "paint by a style sheet": (
        svg(
            f"<style>path{{fill:url(#p)}}</style><pattern id='p'>{'<path/>' * 500}</pattern>"
            f"{'<path/>' * 500}"
        ),
        ImageTooLargeError,
        "as often as they are used",
    ),
    "many filters": (
        svg(
            f"<filter id='f'>{'<feGaussianBlur/>' * 30}</filter>"
            + "<g filter='url(#f)'/>" * 30
        ),
        ImageTooLargeError,
        "as often as they are used",
    ),
    "many references": (
        svg(f"<style>{'a{fill:url(#a)}' * MOST_LINKS}</style><rect fill='url(#a)'/>"),
        ImageTooLargeError,
        "refer to one another",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "error", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(data: bytes, error: type[BadImageError], says: str) -> None:
    """What would cost too much, or cannot be read, is refused in words before it is drawn."""
    with pytest.raises(error, match=says):
        sanitised(data)


@pytest.mark.parametrize(
    "text",
    ["url(" * 100_000, "@" * 100_000, "/*" * 100_000, "@{a" * 100_000, "url" + " " * 400_000],
    ids=["url(", "@", "/*", "@{a", "spaces"],
)
def test_no_value_is_gone_through_twice(text: str) -> None:
    """A long value that leads nowhere takes as long as it is, not as its square."""
    assert clean("rect", "fill", text) in {None, text}
    assert clean_style(text) in {"", text}


def test_a_document_type_without_entities_is_left_out() -> None:
    """What drawing programs write before a drawing is none of the renderer's business."""
    kind = b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/svg11.dtd'>"
    assert b"w3.org/svg11" not in sanitised(b"<?xml version='1.0'?>" + kind + svg()).at(1, 1)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"width": "40", "height": "20.5px"}, (40, 20.5)),
        ({"width": "1in", "height": "2.54cm"}, (96, 96)),
        ({"width": "25.4mm", "height": "72pt"}, (96, 96)),
        ({"width": "6pc", "height": "+1e2"}, (96, 100)),
        ({"viewBox": "0 0 30 20"}, (30, 20)),
        ({"viewBox": "-5,-5,30,20", "width": "100%", "height": "100%"}, (30, 20)),
        ({"viewBox": "0 0 30 20", "width": "60"}, (60, 40)),
        ({"viewBox": "0 0 30 20", "height": "60"}, (90, 60)),
        ({"viewBox": "0 0 30 20", "width": "9", "height": "9"}, (9, 9)),
        ({"width": "1e999", "height": "9"}, (1e9, 9)),
    ],
)
def test_natural_size(attributes: dict[str, str], size: tuple[float, float]) -> None:
    """A drawing is as large as it says, in pixels of CSS, or as its viewBox is."""
    assert natural_size(attributes) == pytest.approx(size)


@pytest.mark.parametrize(
    "attributes",
    [
        {"width": "40"},
        {"viewBox": "0 0 0 0"},
        {"viewBox": "0 0 nan 1"},
        {"viewBox": "1"},
        {"width": "-4", "height": "4"},
        {"width": "4em", "height": "4em"},
        {"width": "1" * 100_000 + "x", "height": "1"},
    ],
    ids=str,
)
def test_no_size(attributes: dict[str, str]) -> None:
    """A drawing that does not say how large it is, is asked to."""
    with pytest.raises(ImageUndecodableError, match="width and a height, or a viewBox"):
        natural_size(attributes)


@given(st.binary(max_size=300))
@example(svg()[:-1])
def test_any_bytes(data: bytes) -> None:
    """Any bytes are a drawing, or refused as a bad image."""
    for sent in (data, svg().replace(b"></svg>", b">" + data + b"</svg>")):
        with suppress(BadImageError):
            parsed(sanitised(sent).at(10, 10))
