"""A JSON list of URLs, each with its own instructions if it likes; or one URL.

["https://…", {"url": "https://…", "instructions": {…}, "filename": "shoe.jpg"}]
{"urls": [… as above …], "instructions": {…}, "callbackUrl": "https://…"}
{"url": "https://…", "instructions": {…}, "filename": "shoe.jpg", "callbackUrl": "https://…",
 "focalPoint": {"x": 0.3, "y": 0.7}}
"""

import contextlib
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from calotype_core.asking import InvalidCallbackError
from calotype_core.callbacks import CallbackSettings, callback_issue
from calotype_core.domain.accept import for_client
from calotype_core.domain.focal_points import EXPECTED as FOCAL_POINT_EXPECTED
from calotype_core.domain.focal_points import read_focal_point
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions
from calotype_core.domain.manifest import Entry
from calotype_core.domain.operations import Negotiable
from calotype_core.domain.problems import Problem, ProblemsError, quote, shorten
from calotype_core.domain.urls import EXPECTED, url_issue
from calotype_core.http.json_body import MalformedJsonError
from calotype_core.settings import MIB
from calotype_ingest.errors import (
    InvalidUrlListError,
    NothingSentError,
    UploadTooLargeError,
)
from calotype_ingest.filenames import clean_filename

LONGEST_LIST_BYTES = 32 * MIB  # held in memory while it is read
MOST_PROBLEMS = 1000  # nobody mends more at a time
# Every value but the first of its list or object costs a comma: what bounds them bounds memory.
_COMMAS_AN_IMAGE = 16
_COMMAS = 10_000
_REMEMBERED = 256  # instructions; most lists repeat a few
_QUOTED_BYTES = 400  # more than a sentence has room for, whatever it is encoded in
_BOM = b"\xef\xbb\xbf"
_ITEM = ("url", "instructions", "filename")
_CALLBACK = "callbackUrl"
_FOCUS = "focalPoint"
_ONE = (*_ITEM, _CALLBACK, _FOCUS)
_MANY = ("urls", "instructions", _CALLBACK)

KindT = TypeVar("KindT")
_Members = dict[str, msgspec.Raw]


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlList:
    """An entry a URL, and what is asked of all of them.

    single: one image is meant, not a job; only that has a focal point. at is where the list stands
    in the document.
    """

    entries: Sequence[Entry]
    instructions: Instructions | None = None
    callback_url: str | None = None
    focal_point: FocalPoint | None = None
    single: bool = False
    at: str = ""


def read_url_list(
    body: bytes,
    *,
    presets: Presets,
    most: int,
    callbacks: CallbackSettings,
    accepts: tuple[Negotiable, ...] = (),
) -> UrlList:
    """Return what the JSON holds, each URL checked as far as it can be without fetching it.

    accepts is for instructions that leave the format open, as with every upload.
    Takes a second or so for 100,000: call it on a thread. Raises MalformedJsonError,
    NothingSentError, UploadTooLargeError, InvalidUrlListError with the first MOST_PROBLEMS, and
    InvalidCallbackError where the callbackUrl is all that is wrong.
    """
    text = body.removeprefix(_BOM).strip()
    if not text:
        raise NothingSentError("No URL was sent. Send a JSON list of them as the body.")
    if len(text) > LONGEST_LIST_BYTES or text.count(b",") > _COMMAS + _COMMAS_AN_IMAGE * most:
        raise UploadTooLargeError(
            f"The list of URLs is too long: at most {LONGEST_LIST_BYTES} bytes, and {most} images"
            " (CALOTYPE_JOB_MAX_IMAGES)."
        )
    reader = _Reader(presets=presets, most=most, callbacks=callbacks, accepts=accepts)
    read = reader.read(text)
    reader.check()
    return read


def _decoded(text: bytes, kind: type[KindT]) -> KindT:
    try:
        text.decode()  # msgspec looks at the strings that it is asked for, and at no others
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJsonError(f"The body cannot be read as JSON: {error}.") from None


@dataclass(slots=True, kw_only=True)
class _Reader:
    presets: Presets
    most: int
    callbacks: CallbackSettings
    accepts: tuple[Negotiable, ...]
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    has_skipped: bool = False
    known: dict[bytes, Instructions] = field(default_factory=dict)

    def wrong(self, path: str, expected: str, got: str) -> None:
        self.count += 1
        if not self.is_full:
            self.problems.append(Problem(path=path, expected=expected, got=got))

    @property
    def is_full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS

    def check(self) -> None:
        if not self.count:
            return
        count = f"{'at least ' if self.has_skipped else ''}{self.count}"
        only_callback = {one.path for one in self.problems} == {_CALLBACK}
        kind = InvalidCallbackError if only_callback else InvalidUrlListError
        raise kind(
            f"The list of URLs has {count} problem{'s' if self.count > 1 else ''}; the first:"
            f" {self.problems[0]}.",
            problems=self.problems,
        )

    def read(self, text: bytes) -> UrlList:
        if text.startswith(b"["):
            return UrlList(entries=self.listed(_decoded(text, list[msgspec.Raw]), ""))
        if text.startswith(b"{"):
            return self.document(_decoded(text, _Members))
        _decoded(text, msgspec.Raw)
        self.wrong("", 'a list of URLs, or an object with "urls" or "url"', _quoted(text))
        return UrlList(entries=())

    def document(self, document: _Members) -> UrlList:
        single, members = "urls" not in document, _present(document)
        self.unknown(members, _ONE if single else _MANY, "")
        told = members.get("instructions")
        called, pointed = members.get(_CALLBACK), members.get(_FOCUS)
        return UrlList(
            entries=[self.entry(0, members, "")] if single else self.urls(document["urls"]),
            instructions=None if single or not told else self.instructions(told, "instructions"),
            callback_url=self.callback(called) if called else None,
            focal_point=self.focal_point(pointed) if single and pointed else None,
            single=single,
            at="" if single else "urls",
        )

    def urls(self, raw: msgspec.Raw) -> Sequence[Entry]:
        try:
            return self.listed(msgspec.json.decode(raw, type=list[msgspec.Raw]), "urls")
        except msgspec.ValidationError:
            self.wrong("urls", "a list of URLs", _quoted(raw))
            return ()

    def listed(self, items: Sequence[msgspec.Raw], path: str) -> Sequence[Entry]:
        if not items:
            raise NothingSentError("The list of URLs is empty: put at least one into it.")
        if len(items) > self.most:
            raise UploadTooLargeError(
                f"The list has {len(items)} URLs, over the limit of {self.most}; send fewer at"
                " once, or have CALOTYPE_JOB_MAX_IMAGES raised."
            )
        return [self.item(at, item, f"{path}[{at}]") for at, item in enumerate(items)]

    def item(self, position: int, raw: msgspec.Raw, path: str) -> Entry:
        kind = bytes(memoryview(raw)[:1])
        if kind == b"{":
            members = _present(msgspec.json.decode(raw, type=_Members))
            self.unknown(members, _ITEM, path)
            return self.entry(position, members, f"{path}.")
        if kind == b'"':
            url = self.url(raw, path)
            return Entry(position=position, url=url, filename=name_in(url))
        self.wrong(path, 'a URL, or an object with a "url"', _quoted(raw))
        return Entry(position=position)

    def entry(self, position: int, members: _Members, path: str) -> Entry:
        url, told = members.get("url"), members.get("instructions")
        if url is None:
            self.wrong(f"{path}url", EXPECTED, "nothing")
        address = self.url(url, f"{path}url") if url else ""
        instructions = self.instructions(told, f"{path}instructions") if told else None
        return Entry(
            position=position,
            url=address,
            filename=self.filename(members, f"{path}filename") or name_in(address),
            instructions=instructions.canonical() if instructions else None,
        )

    def url(self, raw: msgspec.Raw, path: str) -> str:
        url = self.text(raw, path, EXPECTED)
        if url is not None and (issue := url_issue(url)):
            self.wrong(path, EXPECTED, f"{quote(url)} ({issue})")
            return ""
        return url or ""

    def callback(self, raw: msgspec.Raw) -> str | None:
        expected = self.callbacks.expected
        url = self.text(raw, _CALLBACK, expected)
        if url is not None and (issue := callback_issue(url, self.callbacks)):
            self.wrong(_CALLBACK, expected, f"{quote(url)} ({issue})")
        return url

    def focal_point(self, raw: msgspec.Raw) -> FocalPoint | None:
        read = None
        with contextlib.suppress(msgspec.DecodeError):
            read = read_focal_point(msgspec.json.decode(raw, type=str | dict[str, float]))
        if read is None:
            self.wrong(_FOCUS, FOCAL_POINT_EXPECTED, _quoted(raw))
        return read

    def filename(self, members: _Members, path: str) -> str | None:
        raw = members.get("filename")
        return clean_filename(self.text(raw, path, "a file name") if raw else None)

    def text(self, raw: msgspec.Raw, path: str, expected: str) -> str | None:
        try:
            return msgspec.json.decode(raw, type=str)
        except msgspec.ValidationError:
            self.wrong(path, expected, _quoted(raw))
            return None

    def instructions(self, raw: msgspec.Raw, path: str) -> Instructions | None:
        text = bytes(raw)
        if text in self.known:
            return self.known[text]
        if self.is_full:  # looking for what nobody will be told of takes the longest here
            self.has_skipped = True
            return None
        try:
            read = for_client(parse_instructions(text.decode(), self.presets), self.accepts)
        except ProblemsError as error:
            for one in error.problems:
                self.wrong(_joined(path, one.path), one.expected, one.got)
            return None
        if len(self.known) < _REMEMBERED:
            self.known[text] = read
        return read

    def unknown(self, members: Mapping[str, object], names: Collection[str], path: str) -> None:
        for key in (one for one in members if one not in names):
            if self.is_full:
                self.count += 1
                continue
            close = difflib.get_close_matches(shorten(key), names, 1)
            expected = f"{close[0]!r}?" if close else "one of " + ", ".join(names)
            self.wrong(_joined(path, shorten(key)), expected, quote(key))


def _present(members: _Members) -> _Members:
    return {name: raw for name, raw in members.items() if bytes(memoryview(raw)[:4]) != b"null"}


def _joined(path: str, rest: str) -> str:
    return path + rest if not path or not rest or rest.startswith("[") else f"{path}.{rest}"


def _quoted(raw: bytes | msgspec.Raw) -> str:
    return shorten(bytes(memoryview(raw)[:_QUOTED_BYTES]).decode(errors="replace"))


def name_in(url: str) -> str | None:
    """Return what a file of this URL would be called, if anything."""
    return clean_filename(unquote(urlsplit(url).path.rsplit("/", 1)[-1])) if url else None
