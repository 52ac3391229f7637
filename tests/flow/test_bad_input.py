"""What is sent wrongly is refused with a problem: a code to branch on, a sentence to act on."""

import io
import json
import struct
import urllib.error
import urllib.request
import uuid
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from tests.flow.clumsy import connected, heard, kept, on_record, problem, send, settled
from tests.photographs import photograph
from tests.running import Calotype

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
UPLOAD_MAX, REQUEST_MAX = 1_000_000, 2_000_000
GIF = b"GIF89a\1\0\1\0\x80\0\0\x80\x80\x80\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@pytest.fixture(scope="module")
def calotype(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calotype]:
    """Yield a running product with small limits."""
    limits = {
        "CALOTYPE_UPLOAD_MAX_BYTES": str(UPLOAD_MAX),
        "CALOTYPE_REQUEST_MAX_BYTES": str(REQUEST_MAX),
    }
    running = Calotype(data_dir=tmp_path_factory.mktemp("calotype") / "data", environ=limits)
    running.start()
    yield running
    assert "an error of ours" not in running.log()
    assert running.stop() == 0, running.log()


@pytest.fixture
def nothing_stays(calotype: Calotype) -> Iterator[None]:
    """Check that the test leaves no original, no manifest and no half of one."""
    before = kept(calotype)
    yield
    assert kept(calotype) == before


refused = pytest.mark.usefixtures("nothing_stays")


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def chunked(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 65536):
        yield content[start : start + 65536]


@refused
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"content": b"", "headers": {"Content-Type": "image/jpeg"}},
        {"content": b"--b--\r\n", "headers": FORM},
        {"content": part("instructions", b"{}") + b"--b--", "headers": FORM},
    ],
    ids=["no body", "an empty body", "no parts", "only fields"],
)
def test_nothing_sent(client: httpx.Client, sent: dict[str, Any]) -> None:
    """A request without an image is told where to put it."""
    answer = client.post("/upload", **sent)
    assert "field 'file'" in problem(answer, 400, "nothing_sent")["detail"]


@refused
@pytest.mark.parametrize(
    "sent",
    [
        {"params": {"filename": "a.jpg"}, "content": b""},
        {"files": {"file": ("a.jpg", b"")}},
        {"files": {"picture": ("a.jpg", b"")}},
    ],
    ids=["raw", "multipart", "in another field"],
)
def test_an_empty_file(client: httpx.Client, sent: dict[str, Any]) -> None:
    """A file without a byte is called that."""
    problem(client.post("/upload", **sent), 422, "empty_file")


@refused
def test_a_text_file_named_jpg(client: httpx.Client) -> None:
    """A text file is no image, whatever its name and its Content-Type say."""
    answer = client.post("/upload", files={"file": ("a.jpg", b"no image\n" * 99, "image/jpeg")})
    detail = problem(answer, 415, "unsupported_media_type")["detail"]
    assert "'a.jpg'" in detail
    assert "JPEG, PNG" in detail


def test_a_truncated_jpeg(client: httpx.Client, photo: bytes) -> None:
    """Half a photograph fails for that cause, in the answer and in its status for ever."""
    told = problem(client.post("/upload", content=photo[:-5000]), 422, "image_truncated")
    status = settled(client, told["imageId"])
    assert (status["status"], status["failure"]["code"]) == ("failed", "image_truncated")
    assert status["failure"]["message"] == told["detail"]
    problem(client.get(f"/image/{told['imageId']}"), 404, "image_has_failed")


def test_a_truncated_jpeg_later(client: httpx.Client, photo: bytes) -> None:
    """Who does not wait finds the same cause in the status."""
    answer = client.post("/upload", content=photo[:-5000], headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    status = settled(client, answer.json()["imageId"])
    assert (status["status"], status["failure"]["code"]) == ("failed", "image_truncated")


def test_too_many_pixels(client: httpx.Client) -> None:
    """A header that promises more pixels than are allowed is refused, the limit named."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(99)))]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    told = problem(client.post("/upload", content=data), 422, "image_too_large")
    assert "at most" in told["detail"]


TOO_MUCH = bytes(UPLOAD_MAX + 1)
OVER_THE_LIMIT: dict[str, dict[str, Any]] = {
    "raw": {"content": TOO_MUCH},
    "raw, of a length not told": {"content": lambda: chunked(TOO_MUCH)},
    "multipart": {"files": {"file": ("a.jpg", TOO_MUCH)}},
    "multipart, of a length not told": {
        "content": lambda: chunked(part("file", TOO_MUCH) + b"--b--"),
        "headers": FORM,
    },
    "a request of several": {"files": [("file", bytes(UPLOAD_MAX - 1))] * 3},
    "what is no part at all": {"content": lambda: chunked(bytes(REQUEST_MAX + 1)), "headers": FORM},
    "over a connection that closes": {"content": TOO_MUCH, "headers": {"Connection": "close"}},
}


@refused
@pytest.mark.parametrize("way", OVER_THE_LIMIT)
def test_over_the_byte_limit(client: httpx.Client, way: str) -> None:
    """Too many bytes are refused however they come, and the setting is named."""
    sent = dict(OVER_THE_LIMIT[way])
    if callable(sent.get("content")):
        sent["content"] = sent["content"]()
    told = problem(client.post("/upload", **sent), 413, "upload_too_large")
    assert "_MAX_BYTES" in told["detail"]
    assert client.get("/healthz").status_code == 200, "on the same connection"


@refused
def test_refused_while_it_streams(calotype: Calotype) -> None:
    """The refusal comes before the end of the body does, where nobody told how long it is."""
    head = b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected(calotype) as opened:
        send(opened, head, b"%x\r\n" % len(TOO_MUCH), TOO_MUCH)
        assert heard(opened).status == 413


@refused
@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_a_refusal_reaches_who_only_sends(calotype: Calotype, connection: str) -> None:
    """A client that reads nothing until it has sent 30 MB reads the refusal, not a reset."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{calotype.url}/upload",
        data=part("file", bytes(30_000_000)) + b"--b--",
        headers=FORM | {"Connection": connection},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(request, timeout=60)
    with caught.value as error:
        assert error.code == 413
        assert json.load(error)["code"] == "upload_too_large"


@refused
def test_unknown_instructions(client: httpx.Client) -> None:
    """Every problem of the instructions is told, with its path and what was expected there."""
    asked = {"renditions": {"a": {"enhance": 1}, "b": {"resize": {"width": -5, "depth": 2}}}}
    answer = client.post("/upload", files={"file": GIF}, data={"instructions": json.dumps(asked)})
    told = problem(answer, 422, "invalid_instructions")
    paths = {one["path"]: one["expected"] for one in told["errors"]}
    assert set(paths) == {
        "renditions.a.enhance",
        "renditions.b.resize.width",
        "renditions.b.resize.depth",
    }
    assert all(paths.values())


@refused
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[[",
        "17",
        "null",
        "[" * 100_000,
        '{"resize":' * 5000 + "1" + "}" * 5000,
        '{"resize":{"width":1e999}}',
        '{"resize":{"width":' + "9" * 5000 + "}}",
        '{"preset":"nobody"}',
        '{"renditions":{"../../etc":{}}}',
        '{"rotate":"\\ud800"}',
        json.dumps({"renditions": {f"r{n}": {} for n in range(5000)}}),
    ],
    ids=range(12),
)
def test_instructions_that_are_none(client: httpx.Client, text: str) -> None:
    """Whatever stands in place of instructions is refused as such."""
    answer = client.post("/upload", files={"file": GIF}, data={"instructions": text})
    problem(answer, 422, "invalid_instructions")


@refused
@pytest.mark.parametrize("prefer", ["wait=soon", "wait=-1", "wait=1.5", "wait=", "wait=\u00b2"])
def test_a_bad_prefer(client: httpx.Client, prefer: str) -> None:
    """A wait that is no whole number of seconds is refused, with an example of one that is."""
    answer = client.post("/upload", content=GIF, headers={b"Prefer": prefer.encode()})
    assert "wait=10" in problem(answer, 400, "malformed_prefer")["detail"]


def test_an_idempotency_key_for_something_else(client: httpx.Client) -> None:
    """A key stands for one request: another image, or other wishes, under it are refused."""
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    assert client.post("/upload", content=GIF, headers=headers).status_code == 200
    image = client.post("/upload", content=photograph(9, 9), headers=headers)
    problem(image, 422, "idempotency_key_reused")
    wishes = client.post(
        "/upload", content=GIF, headers=headers, params={"instructions": '{"rotate":90}'}
    )
    problem(wishes, 422, "idempotency_key_reused")


@refused
@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\xffb\x85"])
def test_a_bad_idempotency_key(client: httpx.Client, key: bytes) -> None:
    """A key that is empty, too long or unprintable is refused."""
    answer = client.post("/upload", content=GIF, headers={b"Idempotency-Key": key})
    problem(answer, 400, "malformed_request")


@refused
@pytest.mark.parametrize(
    "url",
    [
        "example.com/hook",
        "ftp://example.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://example.com/",
        "https://",
        "https://user:word@example.com/",
        "https://example.com:99999/",
        "https://exam ple.com/",
        "https://example.com/\n",
        "https://[::1",
        "https://127.1/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "https://example.com/" + "x" * 3000,
    ],
)
def test_a_bad_callback_url(client: httpx.Client, url: str) -> None:
    """A callback that may not be called is refused: in a field, in the URL and in a list."""
    told = [
        client.post("/upload", files={"file": GIF}, data={"callbackUrl": url}),
        client.post("/upload", content=GIF, params={"callbackUrl": url}),
        client.post("/upload", json={"urls": ["https://example.com/"], "callbackUrl": url}),
    ]
    for answer in told:
        [error] = problem(answer, 422, "invalid_callback_url")["errors"]
        assert error["path"] == "callbackUrl"


@refused
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (part("file", GIF) + b"--b--", "multipart/form-data"),
        (part("file", GIF) + b"--b--", "multipart/form-data; boundary=other"),
        (part("file", GIF), "multipart/form-data; boundary=b"),
        (part("file", GIF)[:-20], "multipart/form-data; boundary=b"),
        (b"--b\r\n\r\nno header\r\n--b--", "multipart/form-data; boundary=b"),
        (b"--b\r\nA\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b"),
        (b"--b\nx", "multipart/form-data; boundary=b"),
        (part("instructions", b"\xff\xfe") + b"--b--", "multipart/form-data; boundary=b"),
    ],
    ids=["no boundary", "another", "no end", "cut short", "no name", "no header", "LF", "no UTF-8"],
)
def test_bad_multipart(client: httpx.Client, content: bytes, content_type: str) -> None:
    """A body that breaks its own rules is malformed, and what came before that is taken back."""
    answer = client.post("/upload", content=content, headers={"Content-Type": content_type})
    problem(answer, 400, "malformed_multipart")


@refused
@pytest.mark.parametrize(
    "content",
    [
        part("file", GIF, "a.gif") * 1001,
        part("instructions", b" " * 200_000),
        b"".join(part(f"f{n}", b"x") for n in range(40)),
        part("file", GIF, "x" * 10_000),
    ],
    ids=["1001 files", "a field of 200 kB", "40 fields", "a name of 10,000 characters"],
)
def test_too_much_multipart(client: httpx.Client, content: bytes) -> None:
    """More files, fields or bytes of a field than are allowed are refused."""
    answer = client.post("/upload", content=content + b"--b--", headers=FORM)
    problem(answer, 413, "upload_too_large")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("a\r\nSet-Cookie: b=c.jpg", "aSet-Cookie: b=c.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("🖼️ später.jpg", "🖼\ufe0f später.jpg"),
        ("<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
        ("x" * 10_000, "x" * 255),
        ("🖼" * 300, "🖼" * 255),
        ("..", ".."),
        ("/", None),
        ("", None),
    ],
    ids=range(12),
)
def test_names_nobody_should_have(client: httpx.Client, name: str, expected: str | None) -> None:
    """A name is for people: kept without its path and what cannot be printed, and never opened."""
    sent = client.post("/upload", params={"filename": name}, content=photograph(8, 8))
    assert sent.status_code == 200, sent.text
    image = on_record(client, sent.json()["imageId"])
    assert image.get("filename") == expected
    if expected and expected.strip("."):
        found = client.get(f"/images/uploads/{quote(expected)}/status")
        assert found.json()["imageId"] == image["imageId"]
    assert Image.open(io.BytesIO(client.get(f"/image/{image['imageId']}").content)).size == (8, 8)
