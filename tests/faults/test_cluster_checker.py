"""The checker itself: content with what is right, and never with what was planted."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient

from calotype_core import codec, topology
from calotype_core.domain.events import Event, ImageAccepted, ImageFailed, RenditionRequested
from calotype_core.domain.ids import make_id
from calotype_core.domain.image import Failure, ImageRecord
from calotype_core.ports.event_log import Message
from tests.buckets import root_client
from tests.clustered import Cluster
from tests.faults.cluster_checker import changed, violations
from tests.faults.evidence import Evidence, gather
from tests.faults.load import Load
from tests.faults.promised import Promised
from tests.faults.stage import settled
from tests.faults.topics import Topics

pytestmark = [pytest.mark.cluster, pytest.mark.faults]


class Site:
    """A cluster that has worked and was stopped, and the tools to do mischief to what it left."""

    def __init__(self, cluster: Cluster, promised: Promised) -> None:
        self.cluster = cluster
        self.promised = promised
        self.bucket = cluster.environ["CALOTYPE_S3_BUCKET"]
        self.store = root_client()
        self.sane = self.gathered()

    def gathered(self) -> Evidence:
        return asyncio.run(gather(self.cluster.environ))

    def told(self) -> Sequence[str]:
        return asyncio.run(violations(self.promised, self.gathered()))

    def an_image(self, *, of_a_job: bool = False) -> ImageRecord:
        return next(one for one in self.sane.images.values() if bool(one.job_id) is of_a_job)

    def an_accepted(self) -> ImageAccepted:
        events = (codec.decode(one) for one in self.sane.records)
        return next(one for one in events if isinstance(one, ImageAccepted))

    def in_database(self, collection: str, where: str, change: dict[str, Any] | None) -> None:
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.cluster.environ["CALOTYPE_MONGO_URL"]
        )
        with client:
            documents = client[self.cluster.environ["CALOTYPE_MONGO_DATABASE"]][collection]
            if change is None:
                documents.delete_one({"_id": where})
            else:
                documents.update_one({"_id": where}, change, upsert=True)

    def announce(self, event: Event) -> None:
        asyncio.run(self._append(codec.encode(event, now=self.an_accepted().accepted_at)))

    async def _append(self, message: Message) -> None:
        async with Topics.open(self.cluster.environ) as topics:
            await topics.send([message])

    def pass_over(self, service: str) -> None:
        async def pass_over() -> None:
            async with Topics.open(self.cluster.environ) as topics:
                await topics.commit(service, back=0)

        asyncio.run(pass_over())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Have a cluster work for a moment, and stop it."""
    cluster, promised = Cluster(tmp_path_factory.mktemp("site")), Promised()
    cluster.start()
    with Load(cluster.url, promised, Random(0)) as load:
        load.await_completed(5)
        while not promised.jobs or not promised.more:
            load.await_completed()
    asyncio.run(settled(cluster.environ))
    assert cluster.stop() == 0, cluster.log()
    return Site(cluster, promised)


def test_what_is_right_is_right(site: Site) -> None:
    """Nothing is found where nothing was planted."""
    assert site.told() == []
    assert list(changed(site.sane, site.gathered())) == []


def lose_a_rendition(site: Site) -> str:
    key = site.an_image().renditions[0].key
    site.store.remove_object(site.bucket, key)
    return f"{key} has not the bytes of the record"


def spoil_a_rendition(site: Site) -> str:
    key = site.an_image(of_a_job=True).renditions[0].key
    site.store.put_object(site.bucket, key, BytesIO(b"spoilt"), 6)
    return f"{key} has not the bytes of the record"


def leave_half_an_upload(site: Site) -> str:
    site.store._create_multipart_upload(site.bucket, "originals/half", {})  # noqa: SLF001 - nothing public begins one
    return "originals/half is a half upload"


def leave_a_file(site: Site) -> str:
    path = Path(site.cluster.environ["CALOTYPE_SCRATCH_DIR"]) / "calotype-1" / "original"
    path.parent.mkdir(parents=True)
    path.touch()
    return "original was left in the scratch folder"


def edit_a_record(site: Site) -> str:
    image_id = site.an_image().image_id
    site.in_database("images", image_id, {"$set": {"attempts": 7}})
    return f"{image_id} is ImageRecord"


def count_too_little(site: Site) -> str:
    [job_id, *_] = site.sane.jobs
    site.in_database("jobs", job_id, {"$inc": {"completed": -1}})
    return f"job {job_id} counts"


def forget_an_image(site: Site) -> str:
    image_id = [*site.promised.images][-1]
    site.in_database("images", image_id, None)
    return f"{image_id} was promised, and is not known"


def remember_an_attempt(site: Site) -> str:
    site.in_database("attempts", "some-event", {"$set": {"number": 1, "failure": None}})
    return "the attempts at 1 events are still remembered"


def announce_another_outcome(site: Site) -> str:
    accepted = site.an_accepted()
    site.announce(
        ImageFailed(
            image_id=accepted.image_id,
            failure=Failure(code="planted", message="Planted."),
            attempts=1,
            accepted_at=accepted.accepted_at,
            failed_at=accepted.accepted_at,
            job_id=accepted.job_id,
            position=accepted.position,
        )
    )
    return f"{accepted.image_id} has 2 outcomes"


def ask_and_answer_nothing(site: Site) -> str:
    accepted = site.an_accepted()
    assert accepted.original
    site.announce(
        RenditionRequested(
            image_id=accepted.image_id,
            request_id="planted",
            original=accepted.original,
            instructions=accepted.instructions,
            requested_at=accepted.accepted_at,
        )
    )
    return f"{accepted.image_id} has 0 outcomes of request planted"


def promise_more(site: Site) -> str:
    image_id = site.an_image(of_a_job=True).image_id
    site.promised.more.add(image_id)
    return f"{image_id} has not the rendition that was promised later"


def leave_an_event_unread(site: Site) -> str:
    site.announce(replace(site.an_accepted(), image_id=make_id(0, 1), job_id=None, position=None))
    return "processor has a lag of 1"


def promise_a_callback(site: Site) -> str:
    site.promised.callbacks["image"] = "http://127.0.0.1:1/ok/nobody"
    return "http://127.0.0.1:1/ok/nobody of image was called under 0 ids"


MISCHIEF: Sequence[Callable[[Site], str]] = (
    lose_a_rendition,
    spoil_a_rendition,
    leave_half_an_upload,
    leave_a_file,
    edit_a_record,
    count_too_little,
    forget_an_image,
    remember_an_attempt,
    announce_another_outcome,
    leave_an_event_unread,
    ask_and_answer_nothing,
    promise_more,
    promise_a_callback,
)


@pytest.mark.parametrize("do", MISCHIEF, ids=lambda do: do.__name__)
def test_what_was_planted_is_found(do: Callable[[Site], str], site: Site) -> None:
    """Each kind of damage is told, in the words that name it, as soon as it is done."""
    before = site.told()
    expected = do(site)
    assert not any(expected in one for one in before)
    told = site.told()
    assert any(expected in one for one in told), told


def test_a_commit_past_unfinished_work_is_found(site: Site) -> None:
    """Where offsets say that all is done, what has no outcome is told all the same."""
    for service in (topology.PROCESSOR, topology.QUERY, topology.NOTIFIER):
        site.pass_over(service)
    told = site.told()
    assert not any("has a lag" in one for one in told)
    assert any(f"{make_id(0, 1)} has 0 outcomes" in one for one in told)


def test_a_changed_end_is_found(site: Site) -> None:
    """Whatever becomes of a record after its image's end is told."""
    [told, *_] = changed(site.sane, site.gathered())
    assert "changed after its end" in told
