"""What a client asks for besides the image: instructions, a callback, how long to wait."""

import re
from dataclasses import dataclass
from pathlib import Path

from calotype_core.callbacks import CallbackSettings, callback_issue
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions
from calotype_core.domain.problems import Problem, ProblemsError, quote
from calotype_core.errors import MalformedRequestError, Rejected
from calotype_core.ports.object_store import ObjectStore
from calotype_core.settings import JSON, PATH, seconds, setting, whole_number
from calotype_core.watermarks import resolve_watermarks

# A comma within quotes parts nothing; a quote that is never closed runs to the end.
_PREFERENCE = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*(?:"|$))+')
_WAIT = re.compile(r'wait(?:\s*=\s*"?([^"]*)"?)?', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class AskingSettings(CallbackSettings):
    """What may be asked of POST /upload and POST /process alike: ingest and query read the same."""

    presets: str = setting("{}", JSON, "Named instructions: a JSON object of name and recipe.")
    presets_file: Path | None = setting(
        None,
        PATH,
        "A file with more of them, in the same form, read at the start; of one name it is"
        " CALOTYPE_PRESETS that counts.",
    )
    wait_seconds: float = setting(
        5.0,
        seconds(),
        "How long the answer to a single upload, or to POST /process, waits for what was asked,"
        " unless the request says so.",
    )
    longest_wait_seconds: float = setting(
        60.0, seconds(), "The longest that a client may ask to wait."
    )
    waiting_requests_max: int = setting(
        10_000, whole_number("requests"), "How many may wait at once; others get a 202 at once."
    )


class InvalidInstructionsError(Rejected):
    """The instructions have problems; each says where, what was expected and what came."""

    code = "invalid_instructions"

    @classmethod
    def of(cls, error: ProblemsError) -> "InvalidInstructionsError":
        """Return what is said of instructions with these problems."""
        return cls(f"The instructions are not valid: {error}.", problems=error.problems)


class InvalidCallbackError(Rejected):
    """The callback URL is none that could be called."""

    code = "invalid_callback_url"


class MalformedPreferError(MalformedRequestError):
    """The Prefer header cannot be understood."""

    code = "malformed_prefer"


def read_instructions(text: str, presets: Presets) -> Instructions:
    """Return the instructions that the JSON text asks for; raises InvalidInstructionsError."""
    try:
        return parse_instructions(text, presets)
    except ProblemsError as error:
        raise InvalidInstructionsError.of(error) from None


async def with_watermarks(instructions: Instructions, objects: ObjectStore) -> Instructions:
    """Return the instructions with the very bytes of each watermark named.

    Raises InvalidInstructionsError where one is not stored: of a default or a preset, too, which
    cannot be known before it is used.
    """
    try:
        return await resolve_watermarks(instructions, objects=objects)
    except ProblemsError as error:
        raise InvalidInstructionsError.of(error) from None


def read_callback(url: str, settings: CallbackSettings) -> str:
    """Return the URL as it is written; raises InvalidCallbackError where it may not be called."""
    if (issue := callback_issue(url, settings)) is None:
        return url
    raise InvalidCallbackError(
        f"The callbackUrl cannot be called: {issue}.",
        problems=[Problem(path="callbackUrl", expected=settings.expected, got=quote(url))],
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
