"""The story of the operator: a spreadsheet in, every image handled, the same spreadsheet out."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from tests.flow.jobs import job_of, rows_of, send_csv, until_finished
from tests.photographs import photograph
from tests.running import Product, ShopProcess

HEADER = "S. No.,Product Name,Input Image Urls,Price\r\n"


@pytest.fixture
def client(fetching: Product) -> Iterator[httpx.Client]:
    """Yield a client of a product that may fetch from the shop."""
    with fetching.client() as client:
        yield client


def test_a_spreadsheet_comes_back(client: httpx.Client, shop: ShopProcess) -> None:
    """Same rows, same columns, same order, and one more: each image's URL in its place."""
    gone = f"{shop.url}/status/404/gone.jpg"
    text = (
        HEADER
        + f'1,Shoe,"{shop.url}/p/a.jpg,{shop.url}/p/w_100,h_100/b.jpg",9.90\r\n'
        + f'2,"Hat, ""red""","{gone},{shop.url}/p/c.jpg",\r\n'
        + f"3,=HYPERLINK(1),{shop.url}/p/d.jpg,-5\r\n"
    )
    job_id = send_csv(client, text)
    job = until_finished(client, job_id)
    assert (job["total"], job["completed"], job["failed"]) == (5, 4, 1)
    assert [(one["code"], one["count"]) for one in job["causes"]] == [("fetch_not_found", 1)]
    [failure] = job["firstFailures"]
    assert (failure["position"], failure["inputUrl"]) == (2, gone)
    assert client.get(f"/jobs/{job_id}/input.csv").text == text
    rows = rows_of(client.get(f"/jobs/{job_id}/output.csv"))
    assert [*rows[0]] == [*HEADER.strip().split(","), "Output Image URLs", "Errors"]
    assert [one["S. No."] for one in rows] == ["1", "2", "3"]
    assert rows[1]["Product Name"] == 'Hat, "red"'
    assert rows[2]["Product Name"] == "'=HYPERLINK(1)"
    assert rows[2]["Price"] == "-5"
    outputs = [one["Output Image URLs"].split(",") for one in rows]
    assert [len(one) for one in outputs] == [2, 2, 1]
    assert outputs[1][0] == gone
    assert rows[1]["Errors"].startswith("1: fetch_not_found")
    for url in (*outputs[0], outputs[1][1], *outputs[2]):
        served = client.get(url)
        assert Image.open(io.BytesIO(served.content)).size == (320, 240)


def test_images_of_a_csv_are_recompressed(client: httpx.Client, shop: ShopProcess) -> None:
    """Without instructions an image of a CSV is written again at quality 50, and nothing else."""
    job_id = send_csv(client, HEADER + f"1,Shoe,{shop.url}/p/a.jpg,\r\n")
    until_finished(client, job_id)
    [item] = client.get(f"/status/{job_id}").json()["items"]
    image = client.get(f"/images/{item['imageId']}").json()
    assert [one["name"] for one in image["renditions"]] == ["recompression"]
    [recipe] = image["instructions"]["renditions"]
    assert recipe["quality"] == 50
    fetched = client.get(f"{shop.url}/p/a.jpg").content
    assert image["original"]["sha256"] == hashlib.sha256(fetched).hexdigest()
    assert image["renditions"][0]["sizeBytes"] < len(fetched)


def test_only_what_failed_is_retried(client: httpx.Client, shop: ShopProcess) -> None:
    """A retry takes up the failed images, of one cause or of all, and the rest stays as it was."""
    flaky = f"{shop.url}/flaky/4/late-{client.base_url.port}.jpg?status=500"
    gone = f"{shop.url}/status/404/x.jpg"
    rows = [f"1,Shoe,{shop.url}/p/a.jpg,", f"2,Hat,{flaky},", f"3,Bag,{gone},"]
    job_id = send_csv(client, HEADER + "\r\n".join(rows))
    first = until_finished(client, job_id)
    assert {one["code"] for one in first["causes"]} == {"fetch_server_error", "fetch_not_found"}
    before = rows_of(client.get(f"/jobs/{job_id}/output.csv"))
    again = client.post(f"/jobs/{job_id}/retry", params={"cause": "fetch_server_error"})
    assert again.status_code == 202
    second = until_finished(client, job_id, generation=2)
    assert (second["completed"], second["failed"]) == (2, 1)
    after = rows_of(client.get(f"/jobs/{job_id}/output.csv"))
    assert after[0] == before[0]
    assert after[1]["Errors"] == ""
    assert "/image/" in after[1]["Output Image URLs"]
    assert after[2] == before[2]
    [left] = rows_of(client.get(f"/jobs/{job_id}/failed.csv"))
    assert (left["S. No."], left["Input Image Urls"]) == ("3", gone)
    nothing = client.post(f"/jobs/{job_id}/retry", params={"cause": "fetch_timeout"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_failed")


def test_what_is_wrong_is_told_before_anything_is_made(
    client: httpx.Client, shop: ShopProcess
) -> None:
    """Every problem is told at its row and column; on request the good rows are let through."""
    text = HEADER + f"1,Shoe,{shop.url}/p/a.jpg,\r\n2,Hat,nowhere,\r\n3,Bag,,\r\n"
    refused = client.post("/upload", files={"file": ("p.csv", text)}, params={"dryRun": "true"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_csv")
    assert [(one["row"], one["column"]) for one in refused.json()["errors"]] == [
        (3, "Input Image Urls"),
        (4, "Input Image Urls"),
    ]
    before = newest_job(client)
    tried = client.post(
        "/upload", files={"file": ("p.csv", text)}, params={"dryRun": "true", "strict": "false"}
    )
    assert (tried.status_code, tried.json()["images"], tried.json()["rowsLeft"]) == (200, 1, 2)
    assert newest_job(client) == before
    sent = client.post("/upload", files={"file": ("p.csv", text)}, params={"strict": "false"})
    assert (sent.status_code, sent.json()["total"], sent.json()["errorCount"]) == (202, 1, 2)
    until_finished(client, sent.json()["jobId"])
    rows = rows_of(client.get(f"/jobs/{sent.json()['jobId']}/output.csv"))
    assert [bool(one["Output Image URLs"]) for one in rows] == [True, False, False]
    assert all(one["Errors"] for one in rows[1:])


def test_a_zip_keeps_its_order(client: httpx.Client) -> None:
    """A ZIP's images come back by their names, in its order, what is none with its cause."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in ("b/ä.jpg", "a.jpg"):
            archive.writestr(name, photograph(320, 240))
        archive.writestr("notes.txt", "no image")
    answer = client.post("/upload", files={"file": ("shoot.zip", written.getvalue())})
    assert answer.status_code == 202
    job = until_finished(client, answer.json()["jobId"])
    assert (job["kind"], job["completed"], job["failed"]) == ("zip", 2, 1)
    rows = rows_of(client.get(f"/jobs/{answer.json()['jobId']}/output.csv"))
    assert [one["Name"] for one in rows] == ["b/ä.jpg", "a.jpg", "notes.txt"]
    assert "unsupported_media_type" in rows[2]["Errors"]
    assert client.get(rows[0]["Output Image URLs"]).status_code == 200


def test_a_list_of_urls(client: httpx.Client, shop: ShopProcess) -> None:
    """A JSON list is a job whose images may have instructions of their own."""
    small = {"url": f"{shop.url}/p/b.jpg", "instructions": {"resize": {"width": 32}}}
    answer = client.post("/upload", json=[f"{shop.url}/p/a.jpg", small])
    assert answer.status_code == 202
    job = until_finished(client, answer.json()["jobId"])
    assert (job["kind"], job["completed"]) == ("urls", 2)
    rows = rows_of(client.get(f"/jobs/{answer.json()['jobId']}/output.csv"))
    images = [Image.open(io.BytesIO(client.get(one["Output Image URLs"]).content)) for one in rows]
    assert [one.size for one in images] == [(320, 240), (32, 24)]


def test_one_url_is_a_single_upload(client: httpx.Client, shop: ShopProcess) -> None:
    """One URL is fetched and answered in the same request; a bad one with its cause."""
    answer = client.post("/upload", json={"url": f"{shop.url}/redirect/2/a.jpg"})
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    failed = client.post("/upload", json={"url": f"{shop.url}/page/a.jpg"})
    assert failed.status_code == 422
    assert failed.json()["code"] == "unsupported_format"


def test_a_job_is_cancelled_and_then_deleted(client: httpx.Client, shop: ShopProcess) -> None:
    """What was not begun is cancelled, each row with its outcome; then all of it can be deleted."""
    slow = [f"{at},Shoe,{shop.url}/slow/200/{at}.jpg,\r\n" for at in range(400)]
    job_id = send_csv(client, HEADER + "".join(slow))
    while not job_of(client, job_id)["completed"]:
        pass
    assert client.delete(f"/jobs/{job_id}").json()["status"] == "cancelling"
    job = until_finished(client, job_id)
    assert job["completed"] + job["failed"] == 400
    assert job["cancelledAt"]
    rows = rows_of(client.get(f"/jobs/{job_id}/output.csv"))
    assert sum("cancelled" in one["Errors"] for one in rows) == job["failed"] > 0
    done = next(one["Output Image URLs"] for one in rows if not one["Errors"])
    assert client.get(done).status_code == 200
    assert client.delete(f"/jobs/{job_id}").json()["status"] == "deleting"
    until_gone(client, f"/jobs/{job_id}/output.csv")
    until_gone(client, done)


def newest_job(client: httpx.Client) -> list[str]:
    return [one["jobId"] for one in client.get("/jobs").json()["jobs"][:1]]


def until_gone(client: httpx.Client, url: str) -> None:
    while client.get(url).status_code not in {404, 503}:  # 503: too young to be called unknown
        pass


def test_a_small_job_does_not_wait_for_a_large_one(
    client: httpx.Client, shop: ShopProcess, photo: bytes
) -> None:
    """While a large job runs, a single upload is answered and a small job finishes before it."""
    rows = [f"{at},Shoe,{shop.url}/slow/20/{at}.jpg,\r\n" for at in range(1500)]
    large = send_csv(client, HEADER + "".join(rows))
    single = client.post("/upload", content=photo, headers={"Prefer": "wait=60"})
    assert single.json()["status"] == "completed"
    small = send_csv(client, HEADER + "".join(rows[:3]))
    until_finished(client, small)
    assert job_of(client, large)["status"] == "processing"
    client.delete(f"/jobs/{large}")
    until_finished(client, large)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "nothing_sent"),
        (b"Name,Price\r\nShoe,9\r\n", "missing_column"),
        (HEADER.encode(), "no_images"),
        (HEADER.encode() + b'1,"Shoe,https://a.example/1.jpg,\r\n', "invalid_csv"),
        (HEADER.encode() + b"1,Shoe,https://a.example/1.jpg,9,too,many\r\n", "invalid_csv"),
        (HEADER.encode() + b"1,Sh\0oe,https://a.example/1.jpg,9\r\n", "invalid_csv"),
        (HEADER.encode() + b"1,Shoe," + b"x" * 10_000_000 + b",9\r\n", "invalid_csv"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not_a_sheet"),
    ],
    ids=[
        *("empty", "a column is missing", "no row", "an unclosed quote", "too many cells"),
        *("a NUL byte", "10 MB in a cell", "a PDF"),
    ],
)
def test_bad_spreadsheets(client: httpx.Client, content: bytes, code: str) -> None:
    """What is no CSV, or a bad one, is a 422 that says where, and nothing is made of it."""
    before = newest_job(client)
    answer = client.post(
        "/upload", content=content, headers={"Content-Type": "text/csv; header=present"}
    )
    assert answer.status_code == (400 if code == "nothing_sent" else 422), answer.text
    assert answer.json()["code"] == code
    assert len(answer.content) < 10_000
    assert code in {"nothing_sent", "not_a_sheet"} or answer.json()["errors"]
    assert newest_job(client) == before
    assert json.loads(answer.content)["detail"]
