"""How a spreadsheet's bytes are text: every encoding that spreadsheets write, and none by force.

Bytes that are no text in their encoding come out as lone surrogates, which no text has; so they can
be told, and written back as they were.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from calotype_core.domain import image_formats
from calotype_core.domain.problems import quote
from calotype_core.domain.sheets.problems import CharsetError, EmptySheetError, NotASheetError

HEAD_BYTES = 256 * 1024  # in which the header ends
_GLANCE = 64  # bytes: of a header, so that they are Latin whatever the products are called

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# No codec that keeps a state over lines or is no charset at all (Python has such).
_READABLE = re.compile(
    r"utf-8|utf-16(-[lb]e)?|cp\d+|iso8859-\d+|koi8-[rut]|mac-[a-z]+|tis-620"
    r"|shift_jis|gbk|gb2312|gb18030|big5|euc_jp|euc_kr"
)
# Who says ISO 8859-1 means Windows-1252 (so do browsers); who says ASCII does not know.
_MEANT = {"iso8859-1": "cp1252"}
_UNKNOWN = {"ascii"}

_SAVE = "save it as CSV (File, Save as or Export, CSV UTF-8) and upload that"
_KINDS = (
    (b"PK\x03\x04", "a workbook such as .xlsx, or a ZIP"),
    (b"\xd0\xcf\x11\xe0", "an old workbook such as .xls"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"{\\rtf", "a document (RTF)"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
_BINARY_FROM = 8  # control characters: fewer are problems of their cells


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoding:
    """A charset by Python's name, and whether the file begins with a byte order mark."""

    name: str
    bom: bool = False

    def __str__(self) -> str:
        return "Windows-1252" if self.name == "cp1252" else self.name.upper()

    @property
    def errors(self) -> str:
        """How bytes that are no text are carried through."""
        return "surrogatepass" if self.name.startswith("utf-16") else "surrogateescape"

    def decoded(self, chunks: Iterator[bytes]) -> Iterator[str]:
        """Yield the text of the bytes, without the mark, in pieces of about the chunks' size."""
        decoder = codecs.getincrementaldecoder(self.name)(self.errors)
        marked = self.bom
        for chunk in chunks:
            if not (text := decoder.decode(chunk)):
                continue
            yield text[1:] if marked else text
            marked = False
        try:
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError:  # half a character of UTF-16
            yield "\udcff"

    def encoded(self, text: str) -> bytes:
        """Return the bytes of a text that was decoded, or that writable() has made fit."""
        return text.encode(self.name, self.errors)

    def writable(self, text: str) -> str:
        """Return a text of ours with ? for what the encoding does not have."""
        if text.isascii():
            return text
        return text.encode(self.name, "replace").decode(self.name, "replace")

    @property
    def mark(self) -> bytes:
        """The bytes that the file begins with: its byte order mark, or none."""
        return "\ufeff".encode(self.name) if self.bom else b""


def detect(chunks: Iterator[bytes], charset: str | None) -> tuple[Encoding, bytes]:
    """Return how a file is encoded, and its head of at most HEAD_BYTES.

    A byte order mark decides, then the charset that was declared, then NULs where UTF-16 has them;
    then all of it is UTF-8, or it is Windows-1252. Raises a SheetError for what is no text.
    """
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    _refuse_other_kinds(head)
    known = _marked(head) or _declared(charset, head) or _patterned(head)
    if known is None:
        known = Encoding(name="utf-8" if _is_utf8(head, chunks) else "cp1252")
    if not known.name.startswith("utf-16"):
        _refuse_binary(head)
    return known, head[:HEAD_BYTES]


def _marked(head: bytes) -> Encoding | None:
    names = (name for mark, name in _BOMS if head.startswith(mark))
    return next((Encoding(name=name, bom=True) for name in names), None)


def _declared(charset: str | None, head: bytes) -> Encoding | None:
    if not charset:
        return None
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
    except (LookupError, ValueError):
        name = ""
    if name in _UNKNOWN:
        return None
    if not _READABLE.fullmatch(name):
        raise CharsetError(
            f"the charset {quote(charset)} is none that is read: leave it out, or use utf-8,"
            " utf-16, windows-1252 or another one of ISO 8859 or Windows"
        )
    if name == "utf-16":
        return _patterned(head) or Encoding(name="utf-16-le")
    return Encoding(name=_MEANT.get(name, name))


def _patterned(head: bytes) -> Encoding | None:
    glance = head[: min(_GLANCE, len(head) // 2 * 2)]
    if not glance:
        return None
    first, second = glance[::2].count(0), glance[1::2].count(0)
    if second * 4 > len(glance) and not first:
        return Encoding(name="utf-16-le")
    if first * 4 > len(glance) and not second:
        return Encoding(name="utf-16-be")
    return None


def _is_utf8(head: bytes, rest: Iterator[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        for chunk in rest:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_other_kinds(head: bytes) -> None:
    if not head.strip():
        raise EmptySheetError("the file is empty: export it again, with a header and its rows")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()[:16].lower()
    kind = next((kind for mark, kind in _KINDS if text.startswith(mark.lower())), None)
    if kind is None and (image := image_formats.sniff(head[: image_formats.HEAD_BYTES])):
        kind = f"an image ({image})"
    if kind:
        raise NotASheetError(f"this is {kind}, no CSV: {_SAVE}")


def _refuse_binary(head: bytes) -> None:
    controls = len(head) - len(head.translate(None, delete=_CONTROLS))
    if controls >= _BINARY_FROM and controls * 20 > len(head):
        raise NotASheetError(f"this is no text, and so no CSV: {_SAVE}")
