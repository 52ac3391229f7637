"""The letter about a job's end."""

from collections.abc import Mapping, Sequence

from calotype_core.links import status_path
from calotype_notifier.catalogue import Envelope, JobData
from calotype_notifier.words.letters import Figures, Item, Letter, Link, Listing, Part
from calotype_notifier.words.phrases import cause, many, moment, name, number

CANCELLED = "cancelled"  # the cause of what was not begun when its job was cancelled
_CAUSES_MAX = 20


def finished(envelope: Envelope[JobData], base: str) -> Letter:
    """Return the letter about it."""
    data = envelope.data
    parts = [
        _opening(data),
        Figures(rows=_figures(envelope)),
        *reasons(data.causes),
        *_links(data, base),
    ]
    return Letter(subject=subject(data), parts=parts)


def subject(data: JobData) -> str:
    """Return what became of a job, in one line."""
    counts, cancelled = data.counts, data.causes.get(CANCELLED, 0)
    failed = counts.failed - cancelled
    if cancelled:
        told = f"cancelled, {_done(data)}"
    elif not failed:
        return f"{_name(data)}: {_all(counts.total)} {'is' if counts.total == 1 else 'are'} done"
    elif not counts.completed:
        return f"{_name(data)}: {_all(counts.total)} failed"
    else:
        told = _done(data)
    return f"{_name(data)}: {told}" + (f", {number(failed)} failed" if failed > 0 else "")


def _all(total: int) -> str:
    return "the 1 image" if total == 1 else f"all {number(total)} images"


def _name(data: JobData) -> str:
    return name(data.name or "") or f"Job {data.job_id}"


def _opening(data: JobData) -> str:
    counts, cancelled = data.counts, data.causes.get(CANCELLED, 0)
    told = [_done(data)]
    if (failed := counts.failed - cancelled) > 0:
        told.append(f"{number(failed)} failed")
    if cancelled:
        told.append(f"{number(cancelled)} had not been begun")
    end = "was cancelled" if cancelled else "is finished"
    return f"{_name(data)} {end}{_again(data.generation)}: {', '.join(told)}."


def _again(generation: int) -> str:
    if generation == 1:
        return ""
    return ", after a retry" if generation == 2 else f", after {number(generation - 1)} retries"  # noqa: PLR2004 - the first retry


def _done(data: JobData) -> str:
    verb = "is" if data.counts.completed == 1 else "are"
    return f"{number(data.counts.completed)} of {number(data.counts.total)} images {verb} done"


def _figures(envelope: Envelope[JobData]) -> Sequence[tuple[str, str]]:
    data = envelope.data
    cancelled = data.causes.get(CANCELLED, 0)
    rows = [
        ("Done", number(data.counts.completed)),
        ("Failed", number(data.counts.failed - cancelled)),
    ]
    if cancelled:
        rows.append(("Not begun", number(cancelled)))
    return [
        *rows,
        ("In all", number(data.counts.total)),
        ("Finished", moment(envelope.timestamp)),
        ("Job", data.job_id),
    ]


def reasons(causes: Mapping[str, int]) -> Sequence[Listing]:
    """Return why images failed, the most frequent cause first; nothing where none did."""
    common = sorted(
        ((count, code) for code, count in causes.items() if code != CANCELLED and count > 0),
        key=lambda one: (-one[0], one[1]),
    )
    items = [Item(text=f"{many(n, 'image')}: {cause(code)}") for n, code in common[:_CAUSES_MAX]]
    if more := common[_CAUSES_MAX:]:
        items.append(Item(text=f"{many(sum(n for n, _ in more), 'image')}: other reasons"))
    return [Listing(title="Why images failed", items=items)] if items else []


def _links(data: JobData, base: str) -> Sequence[Part]:
    links: list[Part] = []
    if data.output_csv_url:
        links.append(Link(title="The CSV with the new URLs", url=data.output_csv_url))
    if data.counts.failed:
        failed = f"{base}/jobs/{data.job_id}/failed.csv"
        links.append(Link(title="What failed, and why, as a CSV", url=failed))
    links.append(Link(title="The job, image by image", url=f"{base}{status_path(data.job_id)}"))
    return links
