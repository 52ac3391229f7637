"""A product that cannot start says why and what to do, in a line or two, and leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import Calotype


def serve(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "calotype", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environ},
    )


def says(done: "subprocess.CompletedProcess[str]", code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("calotype: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) < 10
    assert not [one for one in words if one not in done.stderr], done.stderr
    assert "Calotype is at" not in done.stdout


def test_the_data_folder_cannot_be_made(tmp_path: Path) -> None:
    """A data folder below a file is refused, and the variable named that chooses another."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    done = serve("--port=0", f"--data-dir={folder}")
    says(done, 1, str(folder), "Not a directory", "CALOTYPE_DATA_DIR")


def test_the_data_folder_is_a_file(tmp_path: Path) -> None:
    """A data folder that is a file is refused."""
    (tmp_path / "data").touch()
    says(serve("--port=0", f"--data-dir={tmp_path / 'data'}"), 1, "File exists")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_the_data_folder_is_read_only(tmp_path: Path) -> None:
    """A data folder that this user may not write to is refused."""
    tmp_path.chmod(0o500)
    done = serve("--port=0", f"--data-dir={tmp_path / 'data'}")
    says(done, 1, "Permission denied", "writable")


def test_the_database_is_none(tmp_path: Path) -> None:
    """A database that is something else is refused, not written over."""
    (tmp_path / "calotype.sqlite3").write_text("My diary. " * 1000)
    says(serve("--port=0", f"--data-dir={tmp_path}"), 1, "calotype.sqlite3", "is a database")
    assert (tmp_path / "calotype.sqlite3").read_text().startswith("My diary.")


def test_a_data_folder_in_use(standalone: Calotype) -> None:
    """A second process over the same folder is refused, and the first goes on."""
    done = serve("--port=0", f"--data-dir={standalone.data_dir}")
    says(done, 1, f"Another Calotype is using {standalone.data_dir}", "CALOTYPE_DATA_DIR")
    with standalone.client() as client:
        assert client.get("/healthz").status_code == 200


def test_an_address_in_use(standalone: Calotype, tmp_path: Path) -> None:
    """A port that somebody listens on is refused, and the variable named that chooses another."""
    port = standalone.url.rsplit(":", 1)[1]
    done = serve(f"--port={port}", f"--data-dir={tmp_path}")
    says(done, 1, f"127.0.0.1:{port}", "CALOTYPE_PORT")


@pytest.mark.parametrize("host", ["203.0.113.1", "::zz"])
def test_an_address_that_is_not_ours(tmp_path: Path, host: str) -> None:
    """An address that this machine does not have is refused."""
    says(serve("--port=0", f"--data-dir={tmp_path}", f"--host={host}"), 1, host, "CALOTYPE_HOST")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CALOTYPE_PORT", "http", "a whole number"),
        ("CALOTYPE_UPLOAD_MAX_BYTES", "100MB", "a positive whole number of bytes"),
        ("CALOTYPE_LOG_FORMAT", "xml", "one of auto, json, console"),
        ("CALOTYPE_DATA_DIR", "~nobody-here/data", "a path"),
        ("CALOTYPE_PRESETS", '{"a":{"enhance":1}}', "a.enhance"),
        ("CALOTYPE_PRESETS_FILE", "/dev/null", "expected JSON"),
        ("CALOTYPE_DEFAULT_INSTRUCTIONS", '{"preset":"nobody"}', "nobody"),
    ],
)
def test_bad_settings(tmp_path: Path, variable: str, value: str, expected: str) -> None:
    """A setting that cannot be understood is named, with what it takes; the exit code is 2."""
    arguments = [] if variable == "CALOTYPE_DATA_DIR" else [f"--data-dir={tmp_path}"]
    says(serve(*arguments, **{"CALOTYPE_PORT": "0", variable: value}), 2, variable, expected)


def test_all_bad_settings_at_once(tmp_path: Path) -> None:
    """Whoever has made several mistakes learns of all of them the first time."""
    wrong = {"CALOTYPE_PORT": "x", "CALOTYPE_MAX_PIXELS": "0", "CALOTYPE_LOG_LEVEL": "loud"}
    says(serve(f"--data-dir={tmp_path}", **wrong), 2, *wrong)


def test_bad_options() -> None:
    """What is typed wrongly on the command line is named, and the usage shown."""
    done = serve("--prot=80")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "--prot=80" in done.stderr


def test_a_stop_in_the_first_instant(tmp_path: Path) -> None:
    """Whoever stops it as soon as it says where it is, gets an orderly stop."""
    calotype = Calotype(data_dir=tmp_path / "data")
    calotype.start()
    assert calotype.stop() == 0, calotype.log()


def test_few_files(tmp_path: Path) -> None:
    """Where few files may be open, few may connect, and the log says so at the start."""
    limited = ["bash", "-c", 'ulimit -n 256; exec "$@"', "-", sys.executable, "-m", "calotype"]
    process = subprocess.Popen(
        [*limited, "serve", "--port=0", f"--data-dir={tmp_path}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Calotype is at")
    process.terminate()
    _, log = process.communicate(timeout=60)
    assert (process.returncode, "few files may be open" in log) == (0, True)
