"""Jobs from the command line: a CSV or a ZIP goes in, and how it fares can be followed."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.flow.test_command import calotype_command
from tests.photographs import photograph
from tests.running import Product

HEADER = "S. No.,Product Name,Input Image Urls"
BAD_CSV = f"{HEADER}\n1,Chair,https://shop.example/chair.jpg\n2,Table,chair.jpg\n3,,ftp://a/b.jpg\n"


@pytest.fixture
def bad_csv(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(BAD_CSV)
    return path


def archive(path: Path, *, good: int, broken: int = 0) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for number in range(good):
            made.writestr(f"shelf/{number}.jpg", photograph(120, 90, seed=number))
        for number in range(broken):
            made.writestr(f"shelf/broken {number}.jpg", photograph(120, 90)[:400])
    return path


def finished_job(calotype: Product, path: Path) -> str:
    """Upload a file to its end, and return the job that it was."""
    done = calotype_command("upload", "--watch", str(path), "--url", calotype.url)
    return job_in(done.stdout)


def job_in(text: str) -> str:
    found = re.search(r"is job ([0-9a-f-]{36}) of", text)
    assert found, text
    return found[1]


def test_a_csv_with_problems_is_refused(calotype: Product, bad_csv: Path) -> None:
    """Each problem is shown at its row and column, the way out is named, and the exit code is 1."""
    done = calotype_command("upload", str(bad_csv), "--url", calotype.url)
    assert done.returncode == 1
    assert "The CSV has 2 problems" in done.stdout
    lines = [line.strip().split(maxsplit=2) for line in done.stdout.splitlines()]
    assert ["Row", "Column", "Issue"] in lines
    assert [line[0] for line in lines if line and line[0].isdigit()] == ["3", "4"]
    assert "--lenient" in done.stdout


def test_lenient_leaves_rows_out(calotype: Product, bad_csv: Path) -> None:
    """With --lenient the good rows become a job, and the others are told."""
    done = calotype_command("upload", "--lenient", str(bad_csv), "--url", calotype.url)
    assert done.returncode == 0, done.stdout
    assert "of 1 image\n" in done.stdout
    assert "2 rows left out for problems:" in done.stdout
    assert f"calotype jobs {job_in(done.stdout)} says how far it is" in done.stdout


def test_a_dry_run_makes_nothing(calotype: Product, client: httpx.Client, tmp_path: Path) -> None:
    """A dry run says what a file would come to, and no job is there afterwards."""
    before = finished_job(calotype, archive(tmp_path / "before.zip", good=1))
    path = archive(tmp_path / "rehearsed.zip", good=2)
    done = calotype_command("upload", "--dry-run", str(path), "--url", calotype.url)
    assert done.returncode == 0
    assert "rehearsed.zip  would be accepted: 2 images; nothing was uploaded" in done.stdout
    after = finished_job(calotype, archive(tmp_path / "after.zip", good=1))
    newest = [one["jobId"] for one in client.get("/jobs").json()["jobs"]]
    assert newest[:2] == [after, before]


def test_watching_a_job_to_its_end(calotype: Product, tmp_path: Path) -> None:
    """--watch says what became of it and saves its CSV; exit code 0 where every image made it."""
    path, output = archive(tmp_path / "shelf.zip", good=3), tmp_path / "out.csv"
    done = calotype_command(
        "upload", "--watch", "-o", str(output), str(path), "--url", calotype.url
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 completed, 0 failed" in done.stdout
    rows = list(csv.DictReader(io.StringIO(output.read_text("utf-8-sig"))))
    assert len(rows) == 3
    assert all(row["Output Image URLs"].startswith(calotype.url) for row in rows)


def test_failures_by_cause(calotype: Product, tmp_path: Path) -> None:
    """Where images failed each cause is told with its count, and the exit code is 1."""
    path = archive(tmp_path / "shelf.zip", good=1, broken=2)
    done = calotype_command("upload", "--watch", str(path), "--url", calotype.url)
    assert done.returncode == 1
    assert "1 completed, 2 failed" in done.stdout
    assert re.search(r"^2 +[a-z_]+ +\w+ \w+", done.stdout, re.MULTILINE)
    assert f"calotype jobs retry {job_in(done.stdout)}" in done.stdout


def test_images_and_jobs_in_one_call(calotype: Product, tmp_path: Path) -> None:
    """Images and a ZIP go in together: the images are answered, the ZIP is a job."""
    (tmp_path / "one.jpg").write_bytes(photograph(100, 80))
    path = archive(tmp_path / "shelf.zip", good=1)
    done = calotype_command(
        "upload", "--watch", str(tmp_path / "one.jpg"), str(path), "--url", calotype.url
    )
    assert done.returncode == 0, done.stdout
    assert f"one.jpg  {calotype.url}/image/" in done.stdout
    assert "1 completed, 0 failed" in done.stdout


def test_looking_after_a_job(calotype: Product, tmp_path: Path) -> None:
    """A job is listed, shown, downloaded whole and by its failures, and retried by cause."""
    job = finished_job(calotype, archive(tmp_path / "attic.zip", good=1, broken=1))
    told = {"CALOTYPE_URL": calotype.url}
    listed = calotype_command("jobs", **told).stdout
    assert re.search(rf"^{job} +attic\.zip +completed +2/2 +1 ", listed, re.MULTILINE)
    shown = calotype_command("jobs", job, **told).stdout
    assert "broken 0.jpg" in shown
    whole = calotype_command("jobs", "download", job, **told).stdout
    failed = calotype_command("jobs", "download", "--failed", job, **told).stdout
    assert len(whole.splitlines()) == 3
    assert len(failed.splitlines()) == 2
    other = calotype_command("jobs", "retry", job, "--cause", "fetch_timeout", **told)
    assert other.returncode == 1
    assert "No image of the job has failed of 'fetch_timeout'" in other.stderr
    again = calotype_command("jobs", "retry", job, **told)
    assert again.returncode == 0, again.stderr


def test_cancelling_never_deletes(calotype: Product, client: httpx.Client, tmp_path: Path) -> None:
    """Cancelling a finished job is refused, and its images stay."""
    job = finished_job(calotype, archive(tmp_path / "shelf.zip", good=1))
    done = calotype_command("jobs", "cancel", job, "--url", calotype.url)
    assert done.returncode == 1
    assert "nothing of it is left to cancel" in done.stderr
    assert client.get(f"/jobs/{job}").json()["completed"] == 1


def test_a_download_that_is_refused_leaves_no_file(calotype: Product, tmp_path: Path) -> None:
    """Of a job that is not known no file is made, and the exit code is 1."""
    output = tmp_path / "out.csv"
    done = calotype_command("jobs", "download", "0", "-o", str(output), "--url", calotype.url)
    assert done.returncode == 1
    assert done.stderr.startswith("calotype: ")
    assert list(tmp_path.iterdir()) == []


def _listen_to_ctrl_c() -> None:
    # Who starts the tests in the background of a script has it ignored, by them and by all below.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_interrupted_while_watching(calotype: Product, tmp_path: Path) -> None:
    """Ctrl-C ends the watching, says that the job goes on, and exits with 130."""
    path = archive(tmp_path / "shelf.zip", good=300)
    command = [sys.executable, "-u", "-m", "calotype", "upload", "--watch", str(path)]
    environ = {**os.environ, "CALOTYPE_URL": calotype.url, "COLUMNS": "200"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
        preexec_fn=_listen_to_ctrl_c,  # noqa: PLW1509 - no threads here
    ) as watching:
        assert watching.stdout is not None
        told = next(line for line in watching.stdout if "is job" in line)
        next(watching.stdout)  # it is about to watch
        watching.send_signal(signal.SIGINT)
        rest = watching.stdout.read()
    assert watching.returncode == 130
    assert f"shelf.zip goes on without you: calotype jobs {job_in(told)}" in rest


@pytest.mark.parametrize(
    "arguments",
    [
        ("upload", "a.csv", "--watch", "--dry-run"),
        ("upload", "a.csv", "--output", "out.csv"),
        ("upload", "a.csv", "b.csv", "--watch", "--output", "out.csv"),
        ("upload", "a.csv", "--url", "shop.example"),
        ("jobs", "retry"),
        ("jobs", "1", "2"),
    ],
)
def test_asked_wrongly(arguments: tuple[str, ...]) -> None:
    """What contradicts itself or lacks something exits with 2, and says how it is used."""
    done = calotype_command(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: calotype ")
