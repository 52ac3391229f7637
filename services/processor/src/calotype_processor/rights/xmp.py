"""XMP: creator, rights, usage terms, owner, statement and licence."""

from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

_MOST_BYTES = 256 * 1024  # of a packet; whoever writes more has put pictures into it
_MOST_TEXTS = 40
_LONGEST = 2_000  # characters of one text
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "cc": "http://creativecommons.org/ns#",
}
# What is kept, and the kind of list that it is; None: a plain text.
_KEPT: Mapping[str, str | None] = {
    "dc:creator": "Seq",
    "dc:rights": "Alt",
    "xmpRights:Marked": None,
    "xmpRights:Owner": "Bag",
    "xmpRights:UsageTerms": "Alt",
    "xmpRights:WebStatement": None,
    "photoshop:Credit": None,
    "cc:license": None,
}
_SPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
_Text = tuple[str | None, str]  # with its language, where it has one


def rights(xmp: bytes) -> bytes | None:
    """Return a packet with nothing but those properties; None where there are none."""
    if len(xmp) > _MOST_BYTES:
        return None
    try:
        text = xmp.rstrip(b"\0").decode("utf-8-sig")
        if "<!DOCTYPE" in text or "\0" in text:  # no entities, no other encoding that hides them
            return None
        root = ET.fromstring(text)  # noqa: S314 - without a DTD nothing can be expanded
    except (UnicodeDecodeError, ValueError, ET.ParseError):
        return None
    kept = "".join(_written(name, texts) for name in _KEPT if (texts := _found(root, name)))
    return _packet(kept) if kept else None


def _found(root: ET.Element, name: str) -> list[_Text]:
    prefix, _, local = name.partition(":")
    tag = f"{{{_NAMESPACES[prefix]}}}{local}"
    told = [
        (language, text.strip()[:_LONGEST])
        for description in root.iter(f"{{{_RDF}}}Description")
        for language, text in _texts(description, tag)
        if text and text.strip()
    ]
    return told[:_MOST_TEXTS]


def _texts(description: ET.Element, tag: str) -> Iterator[tuple[str | None, str | None]]:
    yield None, description.get(tag)  # a plain text may be written as an attribute
    for element in description.findall(tag):
        yield None, element.text
        yield None, element.get(f"{{{_RDF}}}resource")
        for item in element.findall(f"*/{{{_RDF}}}li"):
            yield item.get(_LANGUAGE), item.text


def _written(name: str, texts: list[_Text]) -> str:
    if (kind := _KEPT[name]) is None:
        return f"<{name}>{escape(texts[0][1])}</{name}>"
    items = "".join(
        f"<rdf:li{(language and f' xml:lang={quoteattr(language[:_LONGEST])}') or ''}>"
        f"{escape(text)}</rdf:li>"
        for language, text in _spoken(kind, texts)
    )
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


def _spoken(kind: str, texts: list[_Text]) -> Iterator[_Text]:
    for language, text in texts:
        yield (language or "x-default" if kind == "Alt" else None), text


def _packet(properties: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" {_SPACES}>{properties}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()
