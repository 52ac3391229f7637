"""Jobs as clients see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.http.bodies import Body
from calotype_query.views import JobItemBody, job_item


class JobSummaryBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """Where a job is; kind is what it came in as (files, csv, zip, urls), name its file's."""

    job_id: str
    kind: str | None
    name: str | None
    status: str
    total: int | None
    waiting: int
    running: int
    completed: int
    failed: int
    accepted_at: datetime | None
    cancelled_at: datetime | None
    finished_at: datetime | None


class JobsBody(Body, frozen=True, kw_only=True):
    """A page of jobs, newest first; next is where the page after it is."""

    jobs: list[JobSummaryBody]
    next: str | None = None


class CauseBody(Body, frozen=True, kw_only=True, omit_defaults=False):
    """How many images failed of a code, and what one of them says."""

    code: str
    count: int
    example: str | None


class JobLinksBody(Body, frozen=True, kw_only=True):
    """Where the rest of a job is: input if its file is kept, retry if that may be asked for."""

    items: str
    output: str
    failed: str | None = None
    input: str | None = None
    retry: str | None = None


class JobBody(JobSummaryBody, frozen=True, kw_only=True, omit_defaults=False):
    """Everything known about a job as a whole.

    rate is in images a second and secondsLeft an estimate; both are null where nothing tells them.
    The generation grows with each retry.
    """

    generation: int
    causes: list[CauseBody]
    rate: float | None
    seconds_left: float | None
    first_failures: list[JobItemBody]
    links: JobLinksBody


class JobItemsBody(Body, frozen=True, kw_only=True):
    """A page of a job's images in the order of the request; next is where the page after it is."""

    items: list[JobItemBody]
    next: str | None = None


def jobs(records: Sequence[JobRecord], limit: int) -> JobsBody:
    """Return a page of jobs; a full page may have one after it."""
    more = len(records) == limit
    return JobsBody(
        # Of one whose acceptance has not come yet there is nothing to tell.
        jobs=[_summary(one) for one in records if one.total is not None],
        next=f"/jobs?limit={limit}&before={records[-1].job_id}" if more else None,
    )


def job(
    base: str,
    record: JobRecord,
    *,
    first_failures: Sequence[JobItem],
    examples: Mapping[str, JobItem],
    now: datetime,
) -> JobBody:
    """Return everything known about a job; examples has a failed image of each code."""
    rate, seconds_left = record.rate(now), record.seconds_left(now)
    return JobBody(
        **msgspec.structs.asdict(_summary(record)),
        generation=record.generation,
        causes=_causes(record, examples),
        rate=None if rate is None else round(rate, 2),
        seconds_left=None if seconds_left is None else round(seconds_left, 1),
        first_failures=[job_item(base, one) for one in first_failures],
        links=_links(record),
    )


def job_items(
    base: str,
    record: JobRecord,
    items: Sequence[JobItem],
    *,
    limit: int,
    asked: Mapping[str, str | None],
) -> JobItemsBody:
    """Return a page of a job's items; asked is what else narrows them."""
    more = len(items) == limit and items[-1].position + 1 < (record.total or 0)
    told = {name: value for name, value in asked.items() if value is not None}
    query = urlencode({"start": items[-1].position + 1, "limit": limit, **told}) if more else ""
    return JobItemsBody(
        items=[job_item(base, one) for one in items],
        next=f"/jobs/{record.job_id}/items?{query}" if more else None,
    )


def _summary(record: JobRecord) -> JobSummaryBody:
    return msgspec.convert(record, JobSummaryBody, from_attributes=True)


def _causes(record: JobRecord, examples: Mapping[str, JobItem]) -> list[CauseBody]:
    """Return the causes, the most frequent first."""
    return [
        CauseBody(
            code=code,
            count=count,
            example=examples[code].failure_message if code in examples else None,
        )
        for code, count in sorted(record.causes.items(), key=lambda one: (-one[1], one[0]))
    ]


def _links(record: JobRecord) -> JobLinksBody:
    here = f"/jobs/{record.job_id}"
    return JobLinksBody(
        items=f"{here}/items",
        output=f"{here}/output.csv",
        failed=f"{here}/failed.csv" if record.failed else None,
        input=f"{here}/input" if record.kind in {"csv", "urls"} else None,
        retry=f"{here}/retry" if record.failed and record.is_finished else None,
    )
