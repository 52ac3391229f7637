"""The URLs that clients keep. Stable: what is here may be in somebody's database."""

from urllib.parse import quote


def image_url(base: str, image_id: str, rendition: str | None = None) -> str:
    """Return where an image, or one rendition of it, is served; base has no slash at its end."""
    path = f"/image/{image_id}"
    return f"{base}{path}/{quote(rendition)}" if rendition else f"{base}{path}"


def status_path(image_or_job_id: str) -> str:
    """Return the path of an image's or a job's status."""
    return f"/status/{image_or_job_id}"


def job_csv_url(base: str, job_id: str) -> str:
    """Return where a job that came as a CSV is had as one, with its images' new URLs."""
    return f"{base}/jobs/{job_id}/output.csv"


def status_by_name_path(filename: str) -> str:
    """Return the path of the status of the newest image that came in under this name."""
    return f"/images/uploads/{quote(filename)}/status"
