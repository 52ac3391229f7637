"""What must be true of a cluster after every fault, from the request log and the servers alone.

Each check takes what clients were told and what was found, and yields a sentence for whatever is
not as it must be. None of them asks a service anything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from calotype_core import codec, topology
from calotype_core.domain.events import (
    ImageAccepted,
    ImageFailed,
    ImageProcessed,
    RenditionRequested,
)
from calotype_core.domain.ids import derive_id
from calotype_core.domain.lifecycle import Status
from calotype_core.ports.deliveries import DeliveryState
from tests.faults.evidence import MANY, Evidence
from tests.faults.promised import MORE, Promised
from tests.faults.replay import replay

Check = Callable[[Promised, Evidence], Iterator[str]]
_Wish = tuple[str, str | None]  # an image, and the request where more was asked of it


async def violations(promised: Promised, found: Evidence) -> Sequence[str]:
    """Return a sentence for each thing that is not as it must be."""
    told = [sentence for check in CHECKS for sentence in check(promised, found)]
    return [*told, *await differences_from_replay(found)]


def answers(promised: Promised, _: Evidence) -> Iterator[str]:
    """No fault makes the product blame the client, or fail without knowing why."""
    yield from promised.wrong


def promises(promised: Promised, found: Evidence) -> Iterator[str]:
    """Every upload that was answered has an image in a terminal state, of the bytes sent."""
    sent = dict(promised.images)
    for job_id, files in promised.jobs.items():
        sent |= {derive_id(job_id, position): one for position, one in enumerate(files)}
    for image_id, sha256 in sent.items():
        image = found.images.get(image_id)
        if image is None:
            yield f"{image_id} was promised, and is not known"
        elif image.status is not Status.COMPLETED:
            yield f"{image_id} was promised, and is {image.status}: {image.failure}"
        elif image.original is None or image.original.sha256 != sha256:
            yield f"{image_id} is not of the bytes that were sent"
        elif image_id in promised.more and image.rendition(MORE) is None:
            yield f"{image_id} has not the rendition that was promised later"


def outputs(_: Promised, found: Evidence) -> Iterator[str]:
    """Every completed image has its original and its renditions, with the bytes on record."""
    for image in found.images.values():
        if image.status is Status.COMPLETED:
            digests = {one.key: one.sha256 for one in image.served}
            if image.original:
                digests[image.original.key] = image.original.sha256
            for key, sha256 in digests.items():
                if found.objects.get(key) != sha256:
                    yield f"{key} has not the bytes of the record"
            if not image.renditions:
                yield f"{image.image_id} is completed without renditions"


def histories(_: Promised, found: Evidence) -> Iterator[str]:
    """Each image enters a generation's states once, and ends in one."""
    for image in found.images.values():
        for before, after in pairwise(image.history):
            if before.generation == after.generation and before.status.is_terminal:
                yield f"{image.image_id} went on after its end: {image.history}"
        if image.history and image.history[-1].status is not image.status:
            yield f"{image.image_id} is {image.status}, and its history says otherwise"


IMAGES = {
    topology.IMAGES_ACCEPTED,
    topology.IMAGES_FINISHED,
    topology.BULK_ACCEPTED,
    topology.BULK_FINISHED,
}


def one_outcome(_: Promised, found: Evidence) -> Iterator[str]:
    """Whatever was accepted or asked for has an outcome, and as many as came say the same."""
    wanted: set[_Wish] = set()
    outcomes = defaultdict(set)
    for record in found.records:
        if record.partition.topic in IMAGES:
            event = codec.decode(record)
            if isinstance(event, ImageAccepted):
                wanted.add((event.image_id, None))
            elif isinstance(event, RenditionRequested):
                wanted.add((event.image_id, event.request_id))
            elif isinstance(event, ImageProcessed):
                outcome = ("completed", event.renditions)
                outcomes[event.image_id, event.request_id].add(outcome)
            elif isinstance(event, ImageFailed):
                outcomes[event.image_id, event.request_id].add(("failed", ()))
    for image_id, request_id in wanted | outcomes.keys():
        came = outcomes[image_id, request_id]
        if len(came) != 1:
            asked = f" of request {request_id}" if request_id else ""
            yield f"{image_id} has {len(came)} outcomes{asked}: {came}"


def nothing_waits(_: Promised, found: Evidence) -> Iterator[str]:
    """Nothing is unread, nothing is remembered of attempts that ended."""
    for service, lag in found.lag.items():
        if lag:
            yield f"{service} has a lag of {lag}"
    if found.attempts:
        yield f"the attempts at {found.attempts} events are still remembered"


def counts(promised: Promised, found: Evidence) -> Iterator[str]:
    """Every job counts what its images are."""
    for job_id, files in promised.jobs.items():
        if job_id not in found.jobs:
            yield f"job {job_id} was promised, and is not known"
        elif (total := found.jobs[job_id].total) != len(files):
            yield f"job {job_id} was promised {len(files)} images, and has {total}"
    for job_id, job in found.jobs.items():
        images = [one.status for one in found.images.values() if one.job_id == job_id]
        items = [one.status for one in found.items[job_id]]
        told = (job.announced, job.completed, job.failed)
        for each in (images, items):
            summed = (len(each), each.count(Status.COMPLETED), each.count(Status.FAILED))
            if told != summed:
                yield f"job {job_id} counts {told}, and its images come to {summed}"
        if not job.is_finished or job.finished_at is None:
            yield f"job {job_id} has not finished"


def dead_letters(_: Promised, found: Evidence) -> Iterator[str]:
    """Good images under faults of ours or of servers do not end as dead letters."""
    for record in found.records:
        if record.partition.topic == topology.DEAD_LETTERS:
            letter = codec.decode_dead_letter(record)
            yield f"{letter.service} gave up {letter.key} from {letter.topic}: {letter.cause}"


def callbacks(promised: Promised, found: Evidence) -> Iterator[str]:
    """Every callback that was promised was called, under one id, and that is on record."""
    called = defaultdict(set)
    for one in found.called:
        called[one.path].add(one.message_id)
    delivered = {
        one.delivery_id for one in found.deliveries if one.state is DeliveryState.DELIVERED
    }
    for subject_id, url in promised.callbacks.items():
        ids = called[urlsplit(url).path]
        if len(ids) != 1:
            yield f"{url} of {subject_id} was called under {len(ids)} ids: {sorted(ids)}"
        elif not ids <= delivered:
            yield f"{url} of {subject_id} was called, and is not on record as delivered"
    for delivery in found.deliveries:
        if delivery.state is not DeliveryState.DELIVERED:
            yield f"{delivery.delivery_id} to {delivery.to} is {delivery.state}"


def leftovers(_: Promised, found: Evidence) -> Iterator[str]:
    """No half upload and no file that was worked on stays."""
    for key in found.half_uploads:
        yield f"{key} is a half upload"
    for path in found.scratch:
        yield f"{path} was left in the scratch folder"


async def differences_from_replay(found: Evidence) -> Sequence[str]:
    """Return where the records are not what the topics, read from zero, come to."""
    images, jobs = await replay(found.records)
    again = {one.image_id: one for one in await images.newest(MANY)}
    told = [
        f"{image_id} is {found.images.get(image_id)}, a replay says {again.get(image_id)}"
        for image_id in sorted(again.keys() | found.images.keys())
        if again.get(image_id) != found.images.get(image_id)
    ]
    for job_id in sorted({one.job_id for one in again.values() if one.job_id}):
        job, items = await jobs.get(job_id), await jobs.items(job_id, start=0, limit=MANY)
        if job != found.jobs.get(job_id) or items != found.items.get(job_id):
            told.append(f"job {job_id} is {found.jobs.get(job_id)}, a replay says {job}")
    return told


def changed(before: Evidence, after: Evidence) -> Iterator[str]:
    """Yield what was terminal before and is not the same now."""
    for image_id, image in before.images.items():
        if image.status.is_terminal and after.images.get(image_id) != image:
            yield f"{image_id} changed after its end: {image} became {after.images.get(image_id)}"


CHECKS: Sequence[Check] = (
    answers,
    promises,
    outputs,
    histories,
    one_outcome,
    nothing_waits,
    counts,
    dead_letters,
    callbacks,
    leftovers,
)
