"""What clients were told: the request log that every checker begins with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

_MAY_BE_REFUSED = {502, 503, 504, 507}  # by the gateway, or by a service that says what is away
MORE = "more"  # the rendition that is asked for once an image is there
ASKED_LATER = {"renditions": {MORE: {"resize": {"width": 50}, "format": "webp"}}}
_TOO_EARLY = "image_unfinished"  # its record lags by as much as the fault lasts


@dataclass
class Promised:
    """The answers, as they came: what was promised, what was refused, and what was neither.

    Threads may write into one; every write is a single step.
    """

    images: dict[str, str] = field(default_factory=dict)  # by id, the SHA-256 that was sent
    jobs: dict[str, Sequence[str]] = field(default_factory=dict)  # by id, those of its files
    callbacks: dict[str, str] = field(default_factory=dict)  # by id, the URL to be called
    done: set[str] = field(default_factory=set)  # the images that were answered as completed
    more: set[str] = field(default_factory=set)  # those that MORE was promised of
    wrong: list[str] = field(default_factory=list)  # answers that no fault excuses
    refused: int = 0
    unanswered: int = 0

    def note(
        self, answer: httpx.Response, files: Sequence[bytes], callback_url: str | None = None
    ) -> None:
        """Write down what was answered to an upload of these files."""
        sent = [hashlib.sha256(one).hexdigest() for one in files]
        if self._is_refused(answer):
            return
        body = answer.json()
        if callback_url:
            self.callbacks[body.get("jobId") or body["imageId"]] = callback_url
        if "jobId" in body:
            self.jobs[body["jobId"]] = sent
            return
        self.images[body["imageId"]] = sent[0]
        if answer.status_code == 200:
            self.done.add(body["imageId"])

    def note_more(
        self, answer: httpx.Response, image_id: str, callback_url: str | None = None
    ) -> None:
        """Write down what was answered to a request for MORE of the image."""
        if answer.status_code == 409 and answer.json()["code"] == _TOO_EARLY:
            self.refused += 1
        elif not self._is_refused(answer):
            self.more.add(image_id)
            if callback_url:
                self.callbacks[answer.json()["requestId"]] = callback_url

    def _is_refused(self, answer: httpx.Response) -> bool:
        if answer.status_code in {200, 202}:
            return False
        self.refused += 1
        if answer.status_code not in _MAY_BE_REFUSED:
            self.wrong.append(f"answered {answer.status_code}: {answer.text[:300]}")
        return True
