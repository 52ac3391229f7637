"""What a client asks for besides the image."""

from collections.abc import Mapping
from dataclasses import dataclass

from calotype_core.asking import read_callback, read_instructions
from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.accept import accepted_formats, for_client
from calotype_core.domain.focal_points import EXPECTED, read_focal_point
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets
from calotype_core.domain.operations import Negotiable
from calotype_core.domain.problems import Problem, quote
from calotype_core.errors import MalformedRequestError
from calotype_ingest.errors import InvalidFocalPointError

LONGEST_KEY = 255
_FLAGS = {"": False, "true": True, "1": True, "false": False, "0": False}


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
        instructions=for_client(read_instructions(text, presets), accepts) if text else None,
        callback_url=read_callback(url, callbacks) if url else None,
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


def _focal_point(text: str) -> FocalPoint:
    if read := read_focal_point(text):
        return read
    raise InvalidFocalPointError(
        f"The focalPoint is none: expected {EXPECTED}, got {quote(text)}.",
        problems=[Problem(path="focalPoint", expected=EXPECTED, got=quote(text))],
    )


def read_idempotency_key(header: str | None) -> str | None:
    """Return the key, or None where none was sent; raises MalformedRequestError."""
    if header is None:
        return None
    if 0 < len(header) <= LONGEST_KEY and header.isprintable():
        return header
    raise MalformedRequestError(f"Idempotency-Key takes 1 to {LONGEST_KEY} printable characters.")
