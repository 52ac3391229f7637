"""Notices as they go out: one JSON text each, with the id of the event that they tell of."""

from collections.abc import Sequence

import msgspec

from calotype_core.domain.events import ImageFailed, ImageProcessed
from calotype_notifier import notice
from calotype_notifier.notice import Notice
from calotype_notifier.place import Place
from calotype_notifier.sockets import Told

_encode = msgspec.json.Encoder().encode


def told_of(kind: str, words: Notice, event_id: str | None = None) -> Told:
    """Return the notice as it is told; with the id of its event where it tells of one."""
    if event_id is not None:
        words = {**words, "eventId": event_id}
    return Told(kind, _encode(words).decode(), event_id)


def told_of_outcome(base: str, event: ImageProcessed | ImageFailed, place: Place) -> Told:
    """Return what is told of an image's outcome, which stands there in the log."""
    return told_of("image", notice.of_outcome(base, event), str(place))


def problem(code: str, message: str, *, ids: Sequence[str] = ()) -> Told:
    """Return what a client is told that asked for what cannot be."""
    error = {"code": code, "message": message, **({"ids": ids} if ids else {})}
    return told_of("error", {"error": error})
