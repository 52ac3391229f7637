"""Request renditions of an image that is here: announce what it lacks, then wait, then answer.

Nothing is written but the event, and nothing is promised before the log has it: a process that dies
before has promised nothing, and one that dies after is missed by nobody but the client, who asks
again. Asked again, what is in the image's record by then is answered from there; the rest is the
same request, of the same id, whose renditions have the same keys. So it may be announced, made and
told any number of times and is there once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calotype_core.domain.events import ImageFailed, ImageProcessed, RenditionRequested
from calotype_core.domain.image import FocalPoint, ImageRecord, Original, Rendition
from calotype_core.domain.instructions import MAIN, Instructions, Recipe
from calotype_core.domain.keys import focal_mark, is_made_as, requested_name
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.problems import Problem, quote
from calotype_core.links import status_path
from calotype_core.outcomes import Outcomes, within
from calotype_core.ports.clock import Clock
from calotype_query.errors import (
    ImageUnfinishedError,
    ImageUnusableError,
    OriginalGoneError,
    RenditionFailedError,
    RenditionNameTakenError,
    TooManyRenditionsError,
)
from calotype_query.in_flight import InFlight
from calotype_query.look_up import LookUp
from calotype_query.process_wish import ProcessWish

_ID_CHARS = 32
_SETTLE_SECONDS, _LOOK_SECONDS = 2.0, 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Requested:
    """What became of a request so far: its renditions as they were asked for, None before that.

    request_id is None where there was nothing to be made.
    """

    image_id: str
    request_id: str | None
    renditions: Sequence[Rendition] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is asked for, by name, and around which point; what of it the image has and lacks."""

    record: ImageRecord
    asked: Mapping[str, Recipe]
    focal_point: FocalPoint | None
    there: Mapping[str, Rendition]
    override: FocalPoint | None = None

    @property
    def lacking(self) -> Mapping[str, Recipe]:
        """What is to be made, in an order that does not depend on how it was asked."""
        return {name: self.asked[name] for name in sorted(self.asked) if name not in self.there}

    @property
    def request_id(self) -> str:
        """Derived: whoever asks for the same of the image makes the same request."""
        mark = focal_mark(self.override) if self.override else ""
        wish = Instructions(renditions=self.lacking).canonical()
        digest = hashlib.sha256(f"{self.record.image_id}\n{mark}\n{wish}".encode())
        return digest.hexdigest()[:_ID_CHARS]


@dataclass(frozen=True, kw_only=True, slots=True)
class RenditionDesk:
    """Where more renditions are asked for."""

    look_up: LookUp
    outcomes: Outcomes
    in_flight: InFlight
    clock: Clock
    most: int  # renditions an image

    async def request(self, wish: ProcessWish, wait_seconds: float) -> Requested:
        """Return what is there within the wait; raises a CalotypeError that says what is not so."""
        record = await self.look_up.finished_image(wish.image_id)
        plan = plan_of(record, wish)
        if not plan.lacking:
            return _made(plan, None, {})
        event = self._event(plan, wish.callback_url, self.clock.now())
        with self.outcomes.expecting(event.image_id, event.request_id) as outcome:
            await self.in_flight.announce(event)
            heard = await within(outcome, wait_seconds)
        if heard is None:
            return Requested(image_id=event.image_id, request_id=event.request_id, renditions=None)
        if isinstance(heard, ImageFailed):
            raise RenditionFailedError(heard)
        return await self._settled(plan, wish, heard)

    def _event(self, plan: Plan, callback_url: str | None, now: datetime) -> RenditionRequested:
        original, lacking = _original_of(plan.record), plan.lacking
        if len(plan.record.served) + len(lacking) > self.most:
            raise TooManyRenditionsError(
                f"The image has {len(plan.record.served)} renditions, and may have {self.most}:"
                " have CALOTYPE_IMAGE_MAX_RENDITIONS raised, or use those that there are."
            )
        return RenditionRequested(
            image_id=plan.record.image_id,
            request_id=plan.request_id,
            original=original,
            instructions=Instructions(renditions=lacking),
            focal_point=plan.focal_point,
            callback_url=callback_url,
            requested_at=now,
        )

    async def _settled(self, plan: Plan, wish: ProcessWish, heard: ImageProcessed) -> Requested:
        """Return what was made once it is in the record, so that whoever is told of it finds it.

        Two requests that meet may have wanted one name: the record says whose it is.
        """
        request_id = heard.request_id
        deadline = self.clock.monotonic() + _SETTLE_SECONDS
        while self.clock.monotonic() < deadline:
            record = await self.look_up.images.get(plan.record.image_id)
            if record and all(record.rendition(name) for name in plan.asked):
                return _made(plan_of(record, wish), request_id, {})
            await self.clock.sleep(_LOOK_SECONDS)
        return _made(plan, request_id, {one.name: one for one in heard.renditions})


def plan_of(record: ImageRecord, wish: ProcessWish) -> Plan:
    """Return what the wish comes to; raises where the image, or a name, is not to be had."""
    _check(record)
    focal_point = wish.focal_point or record.focal_point
    override = None if focal_point == record.focal_point else focal_point
    asked = wish.instructions.renditions
    if not wish.named:
        recipe = asked[MAIN]
        asked = {requested_name(recipe, override): recipe}
    there = {name: found for name in asked if (found := record.rendition(name))}
    taken = [
        name
        for name, found in there.items()
        if not is_made_as(record, found, asked[name], focal_point)
    ]
    if taken:
        raise _taken(record, taken)
    return Plan(record=record, asked=asked, focal_point=focal_point, there=there, override=override)


def _made(plan: Plan, request_id: str | None, fresh: Mapping[str, Rendition]) -> Requested:
    known = {**fresh, **plan.there}
    return Requested(
        image_id=plan.record.image_id,
        request_id=request_id,
        renditions=[known[name] for name in plan.asked],
    )


def _check(record: ImageRecord) -> None:
    where = status_path(record.image_id)
    if not record.is_whole:
        raise ImageUnfinishedError(
            f"The image is still being processed: ask again once {where} says that it is completed."
        )
    if record.status is Status.FAILED:
        cause = record.failure.message if record.failure else "the cause is not known."
        remedy = "retry its job" if record.job_id else "upload it again"
        raise ImageUnusableError(
            f"The image failed, so that it can only be had anew: {remedy}. It"
            f" failed because: {cause}"
        )


def _original_of(record: ImageRecord) -> Original:
    if record.original is None or not record.original.is_taken_in:
        raise OriginalGoneError(
            "The image's original is not here any more, so that nothing more can be made of it:"
            " upload the image again."
        )
    return record.original


def _taken(record: ImageRecord, names: Sequence[str]) -> RenditionNameTakenError:
    told = ", ".join(names)
    free = "a name that the image has no rendition of, or what that one was made by"
    return RenditionNameTakenError(
        f"The image has renditions of these names that were made otherwise: {told}. Choose other"
        " names; what is served under one never changes.",
        problems=[
            Problem(path=f"renditions.{name}", expected=free, got=quote(name)) for name in names
        ],
        about={"imageId": record.image_id},
    )
