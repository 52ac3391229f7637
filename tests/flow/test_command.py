"""The command line, as somebody types it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.photographs import photograph
from tests.running import Calotype, Product


def calotype_command(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "calotype", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environ},
    )


def test_upload_says_where_each_image_is(calotype: Product, tmp_path: Path) -> None:
    """Every file gets a line with its URL or its problem; one problem makes the exit code 1."""
    (tmp_path / "good.jpg").write_bytes(photograph(300, 200))
    (tmp_path / "text.jpg").write_text("no image")
    files = [str(tmp_path / name) for name in ("good.jpg", "text.jpg", "missing.jpg")]
    done = calotype_command("upload", *files, "--url", calotype.url)
    assert f"good.jpg  {calotype.url}/image/" in done.stdout
    assert "text.jpg  The file 'text.jpg' is no image, whatever its name says" in done.stdout
    assert "missing.jpg  cannot be read: No such file or directory" in done.stdout
    assert done.returncode == 1
    assert calotype_command("upload", files[0], "--url", calotype.url).returncode == 0


def test_upload_without_a_product() -> None:
    """When nothing answers at the address, the line says so."""
    done = calotype_command("upload", __file__, "--url", "http://127.0.0.1:9")
    assert "no answer from http://127.0.0.1:9" in done.stdout
    assert done.returncode == 1


def test_the_doctor_finds_this_machine_well(tmp_path: Path) -> None:
    """A line a finding, and exit code 0 where all is well."""
    settings = {"CALOTYPE_PRESETS": '{"wide": {}, "small": {}}', "CALOTYPE_FACTS": "labels"}
    done = calotype_command("doctor", "--data-dir", str(tmp_path), CALOTYPE_PORT="0", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok   presets: small, wide" in done.stdout
    assert "ok   labels: CALOTYPE_LABELS_BY=model can be opened" in done.stdout
    assert "ok   pixels: a decoding child starts and renders" in done.stdout


def test_the_doctor_names_what_is_wrong(started: Callable[..., Calotype]) -> None:
    """A data folder in use and an address in use are found, and named."""
    calotype = started()
    port = calotype.url.rsplit(":", 1)[1]
    done = calotype_command("doctor", "--data-dir", str(calotype.data_dir), CALOTYPE_PORT=port)
    assert done.returncode == 1
    assert f"FAIL Another Calotype is using {calotype.data_dir}" in done.stdout
    assert f"FAIL address 127.0.0.1:{port}" in done.stdout
