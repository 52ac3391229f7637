"""Labels from Rekognition: moto stands in for AWS, and a server of ours for its worse days."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from calotype_core.adapters.rekognition.labeller import RekognitionLabeller
from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.domain.image import Label
from calotype_core.errors import Unavailable
from calotype_core.ports.labeller import LabelBounds, LabellerAwayError
from calotype_core.settings import SettingsError, load
from tests.conformance.labellers import (
    SECRET,
    at,
    keys_of_aws,
    nobody,
    preview_of,
)
from tests.hosts import listening

pytestmark = pytest.mark.anyio
BOUNDS = LabelBounds(seconds=30)  # a busy machine is no failure


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def environ() -> Iterator[pytest.MonkeyPatch]:
    with keys_of_aws() as environ:
        yield environ


@dataclass
class Asked:
    """What was asked of the server of ours."""

    endpoint: str = ""
    requests: list[Any] = field(default_factory=list)


@asynccontextmanager
async def answering(status: int | None, body: object) -> AsyncIterator[Asked]:
    """Yield a Rekognition that answers so, or (no status) not at all."""
    asked, left = Asked(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["X-Amz-Target"] == "RekognitionService.DetectLabels"
        asked.requests.append(json.loads(await request.read()))
        if status is None:
            await left.wait()
        if isinstance(body, web.Response):
            return body
        return web.json_response(
            body, status=status or 200, content_type="application/x-amz-json-1.1"
        )

    app = web.Application(client_max_size=2**23)
    app.router.add_post("/", answer)
    async with listening(app, "127.0.0.1", 0, None) as (asked.endpoint, _):
        yield asked
        left.set()


def error(code: str) -> dict[str, str]:
    return {"__type": code, "message": f"said with {SECRET} in it"}


async def labels_of(settings: RekognitionSettings, bounds: LabelBounds) -> tuple[Label, ...]:
    async with RekognitionLabeller.open(settings, bounds) as labeller:
        return await labeller.label(preview_of("coffee"))


async def refusal(settings: RekognitionSettings, bounds: LabelBounds = BOUNDS) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await labels_of(settings, bounds)
    assert SECRET not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__cause__
    return caught.value


async def test_what_the_stand_in_sees(aws: str) -> None:
    """AWS's own form of an answer is understood: names, and per cent as parts of one."""
    labels = await labels_of(at(aws), BOUNDS)
    assert labels[0].name == "Mobile Phone"
    assert labels[0].confidence == pytest.approx(0.9994, abs=0.001)


async def test_what_is_sent() -> None:
    """The preview goes out as a JPEG, with the bounds; what comes back is held to them."""
    found = {"Labels": [{"Name": f"Thing {n}", "Confidence": 10.0 * n} for n in range(10)]}
    async with answering(200, found) as asked:
        labels = await labels_of(
            at(asked.endpoint), LabelBounds(most=3, least_confidence=0.5, seconds=30)
        )
    assert [(one.name, one.confidence) for one in labels] == [
        ("Thing 9", 0.9),
        ("Thing 8", 0.8),
        ("Thing 7", 0.7),
    ]
    [request] = asked.requests
    assert (request["MaxLabels"], request["MinConfidence"]) == (3, 50.0)
    data = base64.b64decode(request["Image"]["Bytes"])
    assert len(data) < 60_000
    with Image.open(BytesIO(data)) as sent:
        assert (sent.format, sent.size) == ("JPEG", (384, 256))


async def test_nothing_is_seen() -> None:
    """An answer without labels is one."""
    async with answering(200, {"Labels": []}) as asked:
        assert await labels_of(at(asked.endpoint), BOUNDS) == ()


@pytest.mark.parametrize(
    ("status", "said", "code", "named"),
    [
        (400, "AccessDeniedException", "rekognition_refused", "rekognition:DetectLabels"),
        (400, "ExpiredTokenException", "rekognition_refused", "AWS_ACCESS_KEY_ID"),
        (400, "ProvisionedThroughputExceededException", "rekognition_throttled", "quota"),
        (429, "Whatever", "rekognition_throttled", "quota"),
        (400, "InvalidImageFormatException", "rekognition_failed", "InvalidImageFormat"),
        (500, "InternalServerError", "rekognition_failed", "500"),
    ],
)
async def test_what_aws_says_is_told(status: int, said: str, code: str, named: str) -> None:
    """Each answer has a code of ours, and says what to look at."""
    async with answering(status, error(said)) as asked:
        told = await refusal(at(asked.endpoint))
    assert (told.code, told.retry) == (code, True)
    assert named in told.message
    # What one image fails with is nothing that the next one has to fear.
    assert isinstance(told, LabellerAwayError) == (code == "rekognition_refused")


@pytest.mark.parametrize(
    "answer",
    ["what?", {}, {"Labels": [{"Name": "tabby"}]}],
)
async def test_an_answer_that_is_nonsense(answer: object) -> None:
    """What is no answer of Rekognition's is an error of ours, and no other."""
    async with answering(200, answer) as asked:
        told = await refusal(at(asked.endpoint))
    assert told.code == "rekognition_failed"
    assert "CALOTYPE_REKOGNITION_ENDPOINT_URL" in told.message


async def test_a_page_instead_of_an_answer() -> None:
    """A proxy's page is told as one."""
    async with answering(200, web.Response(text="<html>", content_type="text/html")) as asked:
        told = await refusal(at(asked.endpoint))
    assert told.code == "rekognition_failed"


async def test_missing_credentials_are_told(environ: pytest.MonkeyPatch) -> None:
    """Where AWS's tools find no key, the message says where they look."""
    environ.delenv("AWS_ACCESS_KEY_ID")
    environ.delenv("AWS_SECRET_ACCESS_KEY")
    told = await refusal(at(nobody()))
    assert told.code == "rekognition_refused"
    assert "AWS_ACCESS_KEY_ID" in told.message


async def test_a_missing_region_ends_the_start(environ: pytest.MonkeyPatch) -> None:
    """Without a region there is nobody to ask: the start ends, and names the variable."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        environ.delenv(name, raising=False)
    told = await refusal(RekognitionSettings())
    assert told.code == "rekognition_refused"
    assert "CALOTYPE_REKOGNITION_REGION" in told.message


async def test_the_region_may_be_amazons_own_setting(environ: pytest.MonkeyPatch) -> None:
    """A region that AWS's tools know needs no setting of ours."""
    environ.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    async with RekognitionLabeller.open(RekognitionSettings(), BOUNDS) as labeller:
        assert isinstance(labeller, RekognitionLabeller)


async def test_a_server_that_is_away_is_told_so() -> None:
    """Nobody at the address: the message names the variables that lead there."""
    told = await refusal(at(nobody()))
    assert (told.code, told.retry) == ("rekognition_unreachable", True)
    assert "CALOTYPE_REKOGNITION_ENDPOINT_URL" in told.message


async def test_a_silent_server_is_left() -> None:
    """A server that takes the connection and says nothing is waited for so long, no longer."""
    async with answering(None, {}) as asked:
        told = await refusal(at(asked.endpoint), LabelBounds(seconds=0.3))
    assert told.code == "rekognition_unreachable"
    assert "0.3 s" in told.message


@pytest.mark.parametrize("variable", ["REKOGNITION_REGION", "REKOGNITION_ENDPOINT_URL"])
def test_what_leads_nowhere_is_refused(variable: str) -> None:
    """A region and an address are what they are called."""
    with pytest.raises(SettingsError, match=f"CALOTYPE_{variable}: expected"):
        load(RekognitionSettings, {f"CALOTYPE_{variable}": "no such thing"})
