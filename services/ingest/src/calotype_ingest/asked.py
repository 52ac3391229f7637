"""What a client asks for besides the image: instructions, a focal point, a callback, how long."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from calotype_core.callbacks import CallbackSettings, callback_issue
from calotype_core.domain.accept import accepted_formats, for_client
from calotype_core.domain.focal_points import EXPECTED, read_focal_point
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions
from calotype_core.domain.operations import Negotiable
from calotype_core.domain.problems import Problem, ProblemsError, quote
from calotype_core.errors import MalformedRequestError
from calotype_core.ports.object_store import ObjectStore
from calotype_core.watermarks import resolve_watermarks
from calotype_ingest.errors import (
    InvalidCallbackError,
    InvalidFocalPointError,
    InvalidInstructionsError,
    MalformedPreferError,
)

LONGEST_KEY = 255
_FLAGS = {"": False, "true": True, "1": True, "false": False, "0": False}
# A comma within quotes parts nothing; a quote that is never closed runs to the end.
_PREFERENCE = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))+')
_WAIT = re.compile(r'wait(?:\s*=\s*"?([^"]*)"?)?', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The wishes that came with an upload; a focal point is one image's.

    dry_run: say what is wrong with it, and make nothing. strict: a CSV with problems is refused;
    without it the rows that are right are let through. accepts: what the client shows, for
    instructions that leave the format open.
    """

    instructions: Instructions | None = None
    callback_url: str | None = None
    focal_point: FocalPoint | None = None
    dry_run: bool = False
    strict: bool = True
    accepts: tuple[Negotiable, ...] = ()


def read_asked(
    fields: Mapping[str, str], presets: Presets, callbacks: CallbackSettings, *, accept: str = ""
) -> Asked:
    """Return what the fields ask for, in a request with that Accept header.

    Raises InvalidInstructionsError, InvalidCallbackError, InvalidFocalPointError,
    MalformedRequestError.
    """
    text, url = fields.get("instructions", "").strip(), fields.get("callbackUrl", "")
    accepts = accepted_formats(accept)
    focus = fields.get("focalPoint", "").strip()
    return Asked(
        instructions=for_client(_instructions(text, presets), accepts) if text else None,
        callback_url=_callback(url, callbacks) if url else None,
        focal_point=_focal_point(focus) if focus else None,
        dry_run=_flag(fields, "dryRun", default=False),
        strict=_flag(fields, "strict", default=True),
        accepts=accepts,
    )


def _flag(fields: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = fields.get(name, "")
    if text.lower() not in _FLAGS:
        raise MalformedRequestError(f"{name} is true or false, not {quote(text)}.")
    return _FLAGS[text.lower()] if text else default


def _instructions(text: str, presets: Presets) -> Instructions:
    try:
        return parse_instructions(text, presets)
    except ProblemsError as error:
        raise _refused(error) from None


async def with_watermarks(instructions: Instructions, objects: ObjectStore) -> Instructions:
    """Return the instructions with the very bytes of each watermark named.

    Raises InvalidInstructionsError where one is not stored: of a default or a preset, too, which
    cannot be known before it is used.
    """
    try:
        return await resolve_watermarks(instructions, objects=objects)
    except ProblemsError as error:
        raise _refused(error) from None


def _refused(error: ProblemsError) -> InvalidInstructionsError:
    return InvalidInstructionsError(
        f"The instructions are not valid: {error}.", problems=error.problems
    )


def _callback(url: str, settings: CallbackSettings) -> str:
    if (issue := callback_issue(url, settings)) is None:
        return url
    raise InvalidCallbackError(
        f"The callbackUrl cannot be called: {issue}.",
        problems=[Problem(path="callbackUrl", expected=settings.expected, got=quote(url))],
    )


def _focal_point(text: str) -> FocalPoint:
    if read := read_focal_point(text):
        return read
    raise InvalidFocalPointError(
        f"The focalPoint is none: expected {EXPECTED}, got {quote(text)}.",
        problems=[Problem(path="focalPoint", expected=EXPECTED, got=quote(text))],
    )


def read_prefer(header: str | None, *, default_seconds: float, longest_seconds: float) -> float:
    """Return how many seconds the answer may wait (RFC 7240); raises MalformedPreferError.

    Preferences that we do not know are ignored, as the RFC asks; a wait that is no number is not.
    Of several waits the first counts; together with respond-async it says how long to wait first.
    """
    tokens = [one.split(";")[0].strip() for one in _PREFERENCE.findall(header or "")]
    for token in tokens:
        if match := _WAIT.fullmatch(token):
            return min(_whole_seconds(match[1] or ""), longest_seconds)
    if any(token.lower() == "respond-async" for token in tokens):
        return 0
    return min(default_seconds, longest_seconds)


def _whole_seconds(text: str) -> float:
    if text.isascii() and text.isdigit():
        return float(text)
    raise MalformedPreferError(
        f"Prefer: wait={quote(text)} is not understood; send a whole number of seconds, such as"
        " wait=10, or respond-async for an answer at once."
    )


def read_idempotency_key(header: str | None) -> str | None:
    """Return the key, or None where none was sent; raises MalformedRequestError."""
    if header is None:
        return None
    if 0 < len(header) <= LONGEST_KEY and header.isprintable():
        return header
    raise MalformedRequestError(f"Idempotency-Key takes 1 to {LONGEST_KEY} printable characters.")
