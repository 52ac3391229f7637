"""Idempotency keys: the same request twice is one promise, under the ids of the first."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from calotype_core.domain.ids import derive_id
from calotype_core.ports.idempotency import Claim
from calotype_core.ports.object_store import ObjectStore
from calotype_ingest.door import Door
from calotype_ingest.errors import IdempotencyConflictError
from calotype_ingest.originals import Intake, original_key
from calotype_ingest.sources import CONTENT_TYPES, source_key


@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweredBefore:
    """What the same request was answered when it came first."""

    answer: str


async def claim(
    door: Door, intake: Intake, key: str, *, told: Sequence[object]
) -> str | AnsweredBefore:
    """Return the id of the request that has the key, this one's or an earlier one's, or its answer.

    What was taken in is the earlier one's then. told is what was asked besides. Raises
    IdempotencyConflictError.
    """
    ours = Claim(
        key=key,
        fingerprint=_fingerprint(intake, told),
        subject_id=intake.request_id,
        claimed_at=door.clock.now(),
    )
    holder = await door.keys.claim(ours)
    if holder.fingerprint != ours.fingerprint:
        raise IdempotencyConflictError(
            "This Idempotency-Key was used before, for another image or other instructions. Use a"
            " new key for a new request."
        )
    if holder.answer is not None:
        await intake.take_back()
        return AnsweredBefore(answer=holder.answer)
    if holder.subject_id != ours.subject_id:
        # The first request got no answer, so what it stored may be gone: ours has the same bytes.
        await _give(door.objects, intake, holder.subject_id)
    return holder.subject_id


def _fingerprint(intake: Intake, told: Sequence[object]) -> str:
    files = [[one.filename, one.original.sha256] for one in intake.arrived]
    sources = [[one.kind, one.name, one.sha256] for one in (intake.source,) if one]
    return hashlib.sha256(json.dumps([files, sources, told]).encode()).hexdigest()


async def _give(objects: ObjectStore, intake: Intake, request_id: str) -> None:
    """Have the files of this request under the ids of another."""
    intake.is_shared = True
    if intake.source is not None:
        key = source_key(request_id, intake.source.kind)
        kind = CONTENT_TYPES[intake.source.kind]
        await objects.put(key, objects.get(intake.source.key), content_type=kind)
        await objects.delete(intake.source.key)
        intake.source = replace(intake.source, key=key)
    for at, one in enumerate(intake.arrived):
        key = original_key(derive_id(request_id, one.position))
        await objects.put(
            key, objects.get(one.original.key), content_type="application/octet-stream"
        )
        await objects.delete(one.original.key)
        intake.arrived[at] = replace(one, original=replace(one.original, key=key))
