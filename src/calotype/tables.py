"""What the command line shows of problems and jobs, as tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

Told = Mapping[str, Any]


def problems(errors: Sequence[Told], count: int) -> RenderableType:
    """Return what is wrong with a file, at its row and column or at its path."""
    in_cells = any("row" in one for one in errors)
    table = _table("Row", "Column", "Issue") if in_cells else _table("Path", "Expected", "Got")
    for one in errors:
        cells = ("row", "column", "issue") if in_cells else ("path", "expected", "got")
        table.add_row(*(escape(str(one.get(cell, ""))) for cell in cells))
    shown = len(errors)
    return table if shown >= count else Group(table, f"The first {shown:,} of {count:,} problems.")


def jobs(listed: Sequence[Told]) -> RenderableType:
    """Return a line a job."""
    table = _table("Job", "Name", "Status", "Done", "Failed", "Accepted")
    for job in listed:
        done, total = (job.get("completed") or 0) + (job.get("failed") or 0), job.get("total") or 0
        table.add_row(
            job["jobId"],
            escape(name_of(job)),
            _status(job),
            f"{done:,}/{total:,}",
            f"{job.get('failed') or 0:,}",
            _moment(job.get("acceptedAt")),
        )
    return table


def job(told: Told) -> RenderableType:
    """Return everything about a job."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(told):
        facts.add_row(name, value)
    parts: list[RenderableType] = [facts]
    if told.get("causes"):
        parts += ["", causes(told["causes"])]
    if told.get("firstFailures"):
        parts += ["", _first_failures(told["firstFailures"])]
    return Group(*parts)


def causes(listed: Sequence[Told]) -> RenderableType:
    """Return why images failed, and how many of each cause."""
    table = _table("Failed", "Cause", "For example")
    for cause in listed:
        count, example = f"{cause['count']:,}", cause.get("example") or ""
        table.add_row(count, escape(cause["code"]), escape(example))
    return table


def name_of(job: Told) -> str:
    """Return what a person calls the job: its file's name, or what it came in as."""
    if job.get("name"):
        return str(job["name"])
    return {"files": "several files", "urls": "a list of URLs"}.get(job.get("kind") or "", "a job")


def plural(count: int, noun: str) -> str:
    """Return so many of them: 1 image, 1,000 images."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _facts(told: Told) -> Iterator[tuple[str, str]]:
    yield "Job", told["jobId"]
    yield "Name", escape(name_of(told))
    yield "Status", _status(told)
    yield "Images", f"{told.get('total') or 0:,}"
    for name in ("completed", "failed", "running", "waiting"):
        yield name.capitalize(), f"{told.get(name) or 0:,}"
    if told.get("rate"):
        yield "Rate", f"{told['rate']:,.1f} images a second"
    if told.get("secondsLeft"):
        yield "Left", f"about {timedelta(seconds=round(told['secondsLeft']))}"
    for name in ("accepted", "cancelled", "finished"):
        if told.get(f"{name}At"):
            yield name.capitalize(), _moment(told[f"{name}At"])


def _first_failures(items: Sequence[Told]) -> RenderableType:
    table = _table("Position", "Image", "Why")
    for item in items:
        what = item.get("inputUrl") or item.get("filename") or item["imageId"]
        why = item.get("failureMessage") or item.get("failureCode") or ""
        table.add_row(f"{item['position'] + 1:,}", escape(what), escape(why))
    return table


def _status(job: Told) -> str:
    # A job that was cancelled and is retried has the time of both.
    cancelling = job.get("cancelledAt") and job.get("generation", 1) == 1
    return "cancelling" if cancelling and job["status"] == "processing" else str(job["status"])


def _moment(text: str | None) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M") if text else ""


def _table(*columns: str) -> Table:
    # Without a frame: what is printed can be read by awk and by a person.
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
