"""Jobs over HTTP: the list, one as a whole, its images, and its files."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import HttpMethod, Request, Response, get, route
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from calotype_core.domain.job import JobItem, JobRecord
from calotype_core.domain.lifecycle import Status
from calotype_core.domain.manifest import input_key
from calotype_core.domain.problems import Problem, quote
from calotype_core.domain.sheets import Sheet
from calotype_core.errors import MalformedRequestError
from calotype_core.http.origin import origin_of
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore
from calotype_query import job_views
from calotype_query.attachments import INPUTS, attachment, csv_type
from calotype_query.errors import InputMissingError, NotYetKnownError
from calotype_query.job_results import JobResults
from calotype_query.look_up import LookUp
from calotype_query.settings import QuerySettings

AnyRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
Start = Annotated[int, QueryParameter(ge=0)]
_UNCACHED = {"Cache-Control": "no-store"}
_GET_HEAD = [HttpMethod.GET, HttpMethod.HEAD]
_FIRST_FAILURES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRoutes:
    """The routes' parts."""

    look_up: LookUp
    objects: ObjectStore
    settings: QuerySettings

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""
        return [*self._record_routes(), *self._input_routes(), *self._result_routes()]

    def _record_routes(self) -> Sequence[ControllerRouterHandler]:
        @get("/jobs", tags=["jobs"])
        async def jobs(
            limit: Limit = 50, before: FromQuery[str | None] = None
        ) -> Response[job_views.JobsBody]:
            """List jobs, newest first, a page at a time; before is the id to go on from."""
            records = await self.look_up.newest_jobs(limit, before)
            return Response(job_views.jobs(records, limit), headers=_UNCACHED)

        @get("/jobs/{job_id:str}", tags=["jobs"])
        async def job(request: AnyRequest, job_id: FromPath[str]) -> Response[job_views.JobBody]:
            """Tell how a job fares as a whole: counts, rate, time left, and why images failed."""
            body = await self._job(self._base(request), await self.look_up.job(job_id))
            return Response(body, headers=_UNCACHED)

        @get("/jobs/{job_id:str}/items", tags=["jobs"])
        async def items(
            request: AnyRequest,
            job_id: FromPath[str],
            *,
            start: Start = 0,
            limit: Limit = 1000,
            status: FromQuery[str | None] = None,
            cause: FromQuery[str | None] = None,
        ) -> Response[job_views.JobItemsBody]:
            """List a job's images from position start on, in the order of the request.

            status=failed lists the failed ones only, cause those that failed of one code.
            """
            record = await self.look_up.job(job_id)
            found = await self._items(record, start, limit, status, cause)
            asked = {"status": status, "cause": cause}
            body = job_views.job_items(self._base(request), record, found, limit=limit, asked=asked)
            return Response(body, headers=_UNCACHED)

        return [jobs, job, items]

    def _input_routes(self) -> Sequence[ControllerRouterHandler]:
        @route("/jobs/{job_id:str}/input", http_method=_GET_HEAD, tags=["jobs"])
        async def job_input(request: AnyRequest, job_id: FromPath[str]) -> Response[Any]:
            """Send what the job came in as, as it came: a CSV or a list of URLs."""
            return await self._input(request, await self.look_up.job(job_id), None)

        @route("/jobs/{job_id:str}/input.csv", http_method=_GET_HEAD, tags=["jobs"])
        async def input_csv(request: AnyRequest, job_id: FromPath[str]) -> Response[Any]:
            """Send the CSV that the job came in as, as it came."""
            return await self._input(request, await self.look_up.job(job_id), "csv")

        @route("/jobs/{job_id:str}/input.json", http_method=_GET_HEAD, tags=["jobs"])
        async def input_json(request: AnyRequest, job_id: FromPath[str]) -> Response[Any]:
            """Send the list of URLs that the job came in as, as it came."""
            return await self._input(request, await self.look_up.job(job_id), "json")

        return [job_input, input_csv, input_json]

    def _result_routes(self) -> Sequence[ControllerRouterHandler]:
        @route("/jobs/{job_id:str}/output.csv", http_method=_GET_HEAD, tags=["jobs"])
        async def output_csv(request: AnyRequest, job_id: FromPath[str]) -> Response[Any]:
            """Send the job's CSV with its images' new URLs, and why some have none.

            While the job runs, what is not finished has neither yet. A job that came in as no CSV
            has one image a row.
            """
            return await self._results(request, job_id, "output", JobResults.output)

        @route("/jobs/{job_id:str}/failed.csv", http_method=_GET_HEAD, tags=["jobs"])
        async def failed_csv(request: AnyRequest, job_id: FromPath[str]) -> Response[Any]:
            """Send the rows of the job's CSV with failed images, to be mended and sent again."""
            return await self._results(request, job_id, "failed", JobResults.failed)

        return [output_csv, failed_csv]

    async def _job(self, base: str, record: JobRecord) -> job_views.JobBody:
        jobs = self.look_up.jobs
        first: Sequence[JobItem] = ()
        if record.failed:
            first = await jobs.failures(record.job_id, start=0, limit=_FIRST_FAILURES)
        examples = {one.failure_code: one for one in first if one.failure_code}
        for code in record.causes.keys() - examples.keys():
            for one in await jobs.failures(record.job_id, start=0, limit=1, code=code):
                examples[code] = one
        now = self.look_up.clock.now()
        return job_views.job(base, record, first_failures=first, examples=examples, now=now)

    async def _items(
        self, record: JobRecord, start: int, limit: int, status: str | None, cause: str | None
    ) -> Sequence[JobItem]:
        jobs = self.look_up.jobs
        if status not in {None, Status.FAILED}:
            wrong = Problem(path="status", expected="failed, or nothing", got=quote(status))
            raise MalformedRequestError(f"The request is not valid: {wrong}.", problems=[wrong])
        if status or cause:
            return await jobs.failures(record.job_id, start=start, limit=limit, code=cause)
        return await jobs.items(record.job_id, start=start, limit=limit)

    async def _input(
        self, request: AnyRequest, record: JobRecord, asked: str | None
    ) -> Response[Any]:
        extension, content_type = INPUTS.get(_accepted(record).kind or "", ("", ""))
        key = input_key(record.job_id, extension)
        if not extension or asked not in {None, extension}:
            raise _in_another_form(record)
        try:
            size = await self.objects.size(key)
        except ObjectMissingError:
            raise _gone(record) from None
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(size),
            "Content-Disposition": attachment(record, "", extension),
        }
        return _sent(request, self.objects.get(key), headers)

    async def _results(
        self,
        request: AnyRequest,
        job_id: str,
        what: str,
        lines: Callable[[JobResults, Sheet | None], AsyncGenerator[bytes]],
    ) -> Response[Any]:
        record = _accepted(await self.look_up.job(job_id))
        results = JobResults(
            job=record,
            base=self._base(request),
            keep_failed=self.settings.csv_keep_failed_links,
            jobs=self.look_up.jobs,
            objects=self.objects,
        )
        try:
            sheet = await results.sheet()
            chunks = await _begun(lines(results, sheet))
        except ObjectMissingError:
            raise _gone(record) from None
        headers = {
            "Content-Type": csv_type(sheet),
            "Content-Disposition": attachment(record, what, "csv"),
        }
        return _sent(request, chunks, headers)

    def _base(self, request: AnyRequest) -> str:
        return origin_of(request, self.settings.public_url)


def _sent(
    request: AnyRequest, chunks: AsyncIterator[bytes], headers: Mapping[str, str]
) -> Response[Any]:
    told = {**headers, **_UNCACHED}
    # Nobody knows how long a file is that is made while it is sent: HEAD does not say 0 either.
    return Stream(_nothing() if request.method == HttpMethod.HEAD else chunks, headers=told)


async def _nothing() -> AsyncGenerator[bytes]:
    yield b""


async def _begun(chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Return the chunks with the first ones made: what is missing is told instead of an answer."""
    first = [await anext(chunks), await anext(chunks, b"")]

    async def all_of_them() -> AsyncGenerator[bytes]:
        yield b"".join(first)
        async for chunk in chunks:
            yield chunk

    return all_of_them()


def _accepted(record: JobRecord) -> JobRecord:
    """Return the record where the job's acceptance is in it; raises NotYetKnownError."""
    if record.total is None:
        raise NotYetKnownError("How the job came in is not known yet: ask again in a moment.")
    return record


def _in_another_form(record: JobRecord) -> InputMissingError:
    here = f"/jobs/{record.job_id}"
    form = {
        "csv": f"as a CSV: {here}/input.csv has it",
        "urls": f"as a list of URLs: {here}/input.json has it",
        "zip": "as a ZIP, which is not kept: its images are",
    }.get(record.kind or "", "as separate files")
    return InputMissingError(
        f"The job came in {form}. {here}/items lists its images, and {here}/output.csv tells what"
        " became of each."
    )


def _gone(record: JobRecord) -> InputMissingError:
    if record.kind == "zip":
        return _in_another_form(record)
    return InputMissingError(
        "What the job came in as is not in the store any more."
        f" /jobs/{record.job_id}/items lists its images."
    )
