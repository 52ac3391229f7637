"""What a client asks to be made of an image: read from JSON, with all that is wrong at once."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from calotype_core.asking import InvalidCallbackError, InvalidInstructionsError, read_callback
from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.focal_points import read_focal_point
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import Presets, parse_instructions
from calotype_core.domain.problems import Problem, ProblemsError, quote, shorten
from calotype_core.http.json_body import MalformedJsonError
from calotype_query.errors import InvalidProcessError

_IMAGE, _INSTRUCTIONS, _CALLBACK, _FOCUS = "imageId", "instructions", "callbackUrl", "focalPoint"
MEMBERS = (_IMAGE, _INSTRUCTIONS, _CALLBACK, _FOCUS)
_MOST_PROBLEMS = 100  # told at once
_AN_ID = "the id of an image"
_A_RECIPE = "what to make: an object, a list of steps or a preset's name"
_A_POINT = 'a point such as {"x": 0.5, "y": 0.25}, its sides numbers from 0 to 1'

_Members = Mapping[str, msgspec.Raw]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessWish:
    """What is asked for. named: whether the renditions were given names."""

    image_id: str
    instructions: Instructions
    named: bool
    focal_point: FocalPoint | None = None
    callback_url: str | None = None


def read_wish(body: bytes, presets: Presets, callbacks: CallbackSettings) -> ProcessWish:
    """Return what the JSON asks for, the image's id as it was written.

    Raises MalformedJsonError, and with all problems InvalidProcessError, or
    InvalidInstructionsError or InvalidCallbackError where those alone are wrong.
    """
    reader = _Reader(presets=presets, callbacks=callbacks)
    members = reader.members_of(body)
    image_id = reader.image_id(members.get(_IMAGE))
    instructions = reader.instructions(members.get(_INSTRUCTIONS))
    focal_point = reader.focal_point(members.get(_FOCUS))
    callback_url = reader.callback(members.get(_CALLBACK))
    if image_id is None or instructions is None or reader.is_wrong:
        raise reader.refusal()
    return ProcessWish(
        image_id=image_id,
        instructions=instructions,
        named=_is_named(members[_INSTRUCTIONS]),
        focal_point=focal_point,
        callback_url=callback_url,
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads the members, and keeps what is wrong with them."""

    presets: Presets
    callbacks: CallbackSettings
    problems: list[Problem] = field(default_factory=list)
    bad_instructions: ProblemsError | None = None
    bad_callback: InvalidCallbackError | None = None

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems or self.bad_instructions or self.bad_callback)

    def refusal(self) -> InvalidProcessError | InvalidInstructionsError | InvalidCallbackError:
        """Return the one error that tells of all that is wrong."""
        if not self.problems and self.bad_callback is None and self.bad_instructions:
            return InvalidInstructionsError.of(self.bad_instructions)
        if not self.problems and self.bad_instructions is None and self.bad_callback:
            return self.bad_callback
        of_instructions = self.bad_instructions.problems if self.bad_instructions else ()
        of_callback = self.bad_callback.problems if self.bad_callback else ()
        within = (
            Problem(path=_within(one.path), expected=one.expected, got=one.got)
            for one in of_instructions
        )
        told = [*self.problems, *of_callback, *within][:_MOST_PROBLEMS]
        said = "; ".join(str(one) for one in told)
        return InvalidProcessError(f"The request is not valid: {said}.", problems=told)

    def wrong(self, path: str, expected: str, got: str) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(path=path, expected=expected, got=got))

    def members_of(self, body: bytes) -> _Members:
        """Return the members that were sent, but null ones.

        Raises MalformedJsonError, InvalidProcessError where it is no object.
        """
        try:
            members = msgspec.json.decode(body.decode(), type=dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            self.wrong("", "an object with " + ", ".join(MEMBERS), _quoted(body))
            raise self.refusal() from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(error) from None
        for key in members:
            if key not in MEMBERS:
                close = difflib.get_close_matches(shorten(key), MEMBERS, 1)
                expected = f"{close[0]!r}?" if close else "one of " + ", ".join(MEMBERS)
                self.wrong(shorten(key), expected, quote(key))
        return {key: raw for key, raw in members.items() if bytes(raw) != b"null"}

    def image_id(self, raw: msgspec.Raw | None) -> str | None:
        value = _value(raw)
        if isinstance(value, str):
            return value
        self.wrong(_IMAGE, _AN_ID, "nothing" if raw is None else quote(value))
        return None

    def instructions(self, raw: msgspec.Raw | None) -> Instructions | None:
        if raw is None:
            self.wrong(_INSTRUCTIONS, _A_RECIPE, "nothing")
            return None
        try:
            return parse_instructions(bytes(raw).decode(), self.presets)
        except ProblemsError as error:
            self.bad_instructions = error
            return None

    def focal_point(self, raw: msgspec.Raw | None) -> FocalPoint | None:
        if raw is None:
            return None
        value = _value(raw)
        point = read_focal_point(value) if isinstance(value, dict) else None
        if point is None:
            self.wrong(_FOCUS, _A_POINT, quote(value))
        return point

    def callback(self, raw: msgspec.Raw | None) -> str | None:
        value = _value(raw)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(_CALLBACK, self.callbacks.expected, quote(value))
            return None
        try:
            return read_callback(value, self.callbacks)
        except InvalidCallbackError as error:
            self.bad_callback = error
            return None


def _is_named(raw: msgspec.Raw) -> bool:
    value = _value(raw)
    return isinstance(value, dict) and "renditions" in value


def _value(raw: msgspec.Raw | None) -> Any:  # noqa: ANN401 - JSON
    try:
        return None if raw is None else msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _malformed(error) from None


def _malformed(error: Exception) -> MalformedJsonError:
    return MalformedJsonError(f"The body cannot be read as JSON: {error}.")


def _within(path: str) -> str:
    joint = "." if path and not path.startswith("[") else ""
    return f"{_INSTRUCTIONS}{joint}{path}"


def _quoted(body: bytes) -> str:
    return shorten(body[:200].decode(errors="replace"))
