"""A letter, and how it is written: as plain text, and as HTML.

The HTML is a plain page: no colours but greys that stand on black and on white, no pictures, no
scripts, nothing from elsewhere, a table only where there are figures. Old clients show it, and dark
ones turn it around. Everything is escaped here, wherever it came from.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 72  # of a line of text, but for a URL's
_GAP = "  "
_FONT = "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_CELL = "padding:4px 16px 4px 0;border-bottom:1px solid #888888"
_SMALL = "font-size:13px;color:#808080;border-top:1px solid #888888;padding-top:12px"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What is told in two columns: a word, and its number or a few words more."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One of a list; its url leads to more of it."""

    text: str
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What is told one by one."""

    title: str
    items: Sequence[Item]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Where something is, on a line of its own."""

    title: str
    url: str


Part = str | Figures | Listing | Link


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What is written to somebody, in the order in which it is read."""

    subject: str
    parts: Sequence[Part]
    footer: str = ""


def as_text(letter: Letter) -> str:
    """Return the letter as plain text, each line as wide as a letter's, unless it is a URL."""
    parts = [_text_of(one) for one in letter.parts]
    return "\n\n".join([*parts, f"-- \n{_wrapped(letter.footer)}"]) + "\n"


def as_html(letter: Letter) -> str:
    """Return the letter as a page of HTML."""
    body = "\n".join(_html_of(one) for one in letter.parts)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(letter.subject)}</title>\n</head>\n"
        f'<body style="margin:0;padding:24px;{_FONT}">\n'
        f'<div style="max-width:600px;word-break:break-word">\n{body}\n'
        f'<p style="{_SMALL}">{escape(letter.footer)}</p>\n</div>\n</body>\n</html>\n'
    )


def _text_of(part: Part) -> str:
    if isinstance(part, Figures):
        return _columns(part.rows)
    if isinstance(part, Listing):
        return "\n".join([_wrapped(f"{part.title}:"), "", *map(_bullet, part.items)])
    if isinstance(part, Link):
        return f"{_wrapped(f'{part.title}:')}\n{part.url}"
    return _wrapped(part)


def _columns(rows: Sequence[tuple[str, str]]) -> str:
    wide = max(len(word) for word, _ in rows)
    lines = (
        _wrapped(value, first=f"{_GAP}{word:<{wide}}{_GAP}", rest=" " * (wide + 2 * len(_GAP)))
        for word, value in rows
    )
    return "\n".join(lines)


def _bullet(item: Item) -> str:
    text = _wrapped(item.text, first=f"{_GAP}- ", rest=f"{_GAP}  ")
    return f"{text}\n{_GAP}  {item.url}" if item.url else text


def _wrapped(text: str, *, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _html_of(part: Part) -> str:
    if isinstance(part, Figures):
        return _table(part.rows)
    if isinstance(part, Listing):
        items = "".join(f"<li>{_html_item(one)}</li>\n" for one in part.items)
        return f'<p>{escape(part.title)}:</p>\n<ul style="padding-left:20px">\n{items}</ul>'
    if isinstance(part, Link):
        return f"<p>{escape(part.title)}:<br>\n{_anchor(part.url, part.url)}</p>"
    return f"<p>{escape(part)}</p>"


def _html_item(item: Item) -> str:
    return _anchor(item.url, item.text) if item.url else escape(item.text)


def _anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def _table(rows: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<tr><td style="{_CELL};white-space:nowrap">{escape(word)}</td>'
        f'<td style="{_CELL}">{escape(value)}</td></tr>\n'
        for word, value in rows
    )
    return f'<table role="presentation" cellspacing="0" cellpadding="0">\n{lines}</table>'
