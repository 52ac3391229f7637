"""What can be asked of a job as a whole: parse, call the verb, answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, delete, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from calotype_core.domain.events import JobDeleted
from calotype_core.links import status_path
from calotype_ingest import answers
from calotype_ingest.change_job import JobDesk

_UNCACHED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRoutes:
    """The routes' parts."""

    desk: JobDesk

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """Return the routes."""

        @post("/jobs/{job_id:str}/retry", tags=["jobs"], status_code=202)
        async def retry(
            job_id: FromPath[str], cause: FromQuery[str | None] = None
        ) -> Response[answers.JobChangeBody]:
            """Process the job's failed images once more; cause takes those of one code only."""
            event = await self.desk.retry(job_id, cause)
            body = answers.JobChangeBody(
                status="processing",
                job_id=event.job_id,
                message=f"Its failed images are processed again, check /status/{event.job_id}",
            )
            headers = {"Location": status_path(event.job_id), **_UNCACHED}
            return Response(body, status_code=202, headers=headers)

        @post("/jobs/{job_id:str}/cancel", tags=["jobs"], status_code=202)
        async def cancel(job_id: FromPath[str]) -> Response[answers.JobChangeBody]:
            """Cancel what of the job has not begun, and never delete anything of it."""
            event = await self.desk.cancel(job_id)
            body = answers.JobChangeBody(
                status="cancelling",
                job_id=event.job_id,
                message="What has not begun will not be; what is done is kept.",
            )
            return Response(body, status_code=202, headers=_UNCACHED)

        @delete("/jobs/{job_id:str}", tags=["jobs"], status_code=202)
        async def remove(job_id: FromPath[str]) -> Response[answers.JobChangeBody]:
            """Cancel what of the job has not begun; once it is finished, delete all of it.

            Deleting takes its images with it: originals, renditions and records.
            """
            event = await self.desk.remove(job_id)
            deleted = isinstance(event, JobDeleted)
            body = answers.JobChangeBody(
                status="deleting" if deleted else "cancelling",
                job_id=event.job_id,
                message="The job and all of its images are being deleted."
                if deleted
                else "What has not begun will not be; DELETE it again once it is finished to delete"
                " all of it.",
            )
            return Response(body, status_code=202, headers=_UNCACHED)

        return [retry, cancel, remove]
