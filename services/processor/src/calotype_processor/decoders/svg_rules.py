"""What of an SVG is let through: elements and attributes by name, references by where they lead.

What is not on these lists is left out: scripts, events, animation, foreign objects, metadata, and
every filter whose cost cannot be told beforehand.
"""

import base64
import binascii
import re

import pyvips

from calotype_core.domain.image_formats import sniff

_PASSES = """
    feBlend feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feGaussianBlur
    feMerge feOffset
"""
_OTHERS = """
    svg g defs symbol use a switch path rect circle ellipse line polyline polygon image text tspan
    textPath linearGradient radialGradient stop clipPath mask pattern marker filter style
    feFuncA feFuncB feFuncG feFuncR feMergeNode
"""
FILTERS = frozenset(_PASSES.split())
ELEMENTS = FILTERS | frozenset(_OTHERS.split())
WITH_TEXT = frozenset({"text", "tspan", "textPath", "a", "style"})
_GEOMETRY = """
    id class style transform d points x y x1 y1 x2 y2 cx cy r rx ry fx fy fr width height viewBox
    preserveAspectRatio pathLength offset href xml:space systemLanguage
"""
_SERVERS = """
    gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits mask-type markerUnits markerWidth markerHeight refX
    refY orient
"""
_EFFECTS = """
    filterUnits primitiveUnits in in2 result stdDeviation dx dy operator k1 k2 k3 k4 mode type
    values tableValues slope intercept amplitude exponent edgeMode flood-color flood-opacity
    color-interpolation color-interpolation-filters
"""
_TEXT = """
    rotate textLength lengthAdjust startOffset method spacing side font-family font-size font-style
    font-weight font-variant font-stretch letter-spacing word-spacing text-anchor text-decoration
    dominant-baseline alignment-baseline baseline-shift writing-mode direction unicode-bidi
"""
_PAINT = """
    color fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap
    stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity display visibility
    overflow clip-path clip-rule mask filter marker marker-start marker-mid marker-end stop-color
    stop-opacity paint-order mix-blend-mode isolation shape-rendering text-rendering
    image-rendering vector-effect
"""
ATTRIBUTES = frozenset((_GEOMETRY + _SERVERS + _EFFECTS + _TEXT + _PAINT).split())
MOST_EMBEDDED_PIXELS = 4_000_000

# All of them possessive: nothing that somebody makes up is gone through twice.
_URL = re.compile(r"url\s*+\(\s*+['\"]?+([^()'\"]*+)['\"]?+\s*+\)", re.IGNORECASE)
_URL_BEGINS = re.compile(r"url\s*+\(", re.IGNORECASE)
# A backslash can spell what is looked for here in another way; the rest fetches.
_NEVER = re.compile(
    r"\\|@|\b(?:src|image|image-set|expression|element)\s*+\(|javascript:", re.IGNORECASE
)
_AT_RULE = re.compile(r"@[^@;{}]*+(?:;|\{(?:[^{}]|\{[^{}]*+\})*+\})")
_EMBEDDED = re.compile(r"\s*data:image/(?:png|jpe?g)\s*;\s*base64\s*,", re.IGNORECASE)


def clean(element: str, name: str, value: str) -> str | None:
    """Return an attribute's value as it may stay; None where it may not."""
    if name not in ATTRIBUTES:
        return None
    if name == "href":
        return _clean_href(element, value.strip())
    return value if is_harmless(value) else None


def clean_style(text: str) -> str:
    """Return a style sheet without rules of the @ kind; empty where it reaches outside."""
    kept = _AT_RULE.sub("", _without_comments(text))
    return kept if is_harmless(kept) else ""


def is_harmless(value: str) -> bool:
    """Tell whether a value, or a style sheet, leads nowhere but to the drawing's own parts."""
    if _NEVER.search(value):
        return False
    # One that is not closed is no reference that was looked at.
    return all(one.startswith("#") for one in _URL.findall(value)) and not _URL_BEGINS.search(
        _URL.sub("", value)
    )


def references(value: str) -> list[str]:
    """Return the ids that a value, or a style sheet, points at by url()."""
    return [one[1:].strip() for one in _URL.findall(value)]


def _without_comments(text: str) -> str:
    first, *others = text.split("/*")
    return first + "".join(one.partition("*/")[2] for one in others)


def _clean_href(element: str, value: str) -> str | None:
    if value.startswith("#"):
        return value
    head = _EMBEDDED.match(value) if element == "image" else None
    return value if head and _is_small_image(value[head.end() :]) else None


def _is_small_image(text: str) -> bool:
    """Tell whether an embedded image is what it says, and decodes to little."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        if sniff(data) not in {"png", "jpeg"}:
            return False
        image = pyvips.Image.new_from_buffer(data, "")
    except (binascii.Error, pyvips.Error):
        return False
    return bool(image.width * image.height <= MOST_EMBEDDED_PIXELS)
