"""Messages, as a topic's subscribers get them: moto stands in for AWS."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiobotocore.session import get_session
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sns.models import sns_backends

from calotype_core.adapters.sns.channel import LARGEST_BYTES, SnsChannel, document_of, subject_of
from calotype_core.adapters.sns.settings import SnsSettings
from calotype_core.ports.channel import Answer, Message, NotTakenError
from calotype_core.settings import SettingsError, load

pytestmark = pytest.mark.anyio

REGION, ACCOUNT = "eu-west-1", "123456789012"  # the account is moto's
SECRET = "the-secret-of-aws"  # noqa: S105 - of no real account
BODY = '{"type":"job.finished","timestamp":"2026-11-25T20:33:00Z","data":{"status":"completed"}}'


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run on the loop that the services run on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the only credentials that can be found be these."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTING")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")


class Aws:
    """The team that subscribes: topics, queues, and what came into them."""

    def __init__(self, sns: Any, sqs: Any) -> None:  # noqa: ANN401 - clients made at run time
        self.sns = sns
        self.sqs = sqs

    async def topic(self, name: str = "images", **attributes: str) -> str:
        arn: str = (await self.sns.create_topic(Name=name, Attributes=attributes))["TopicArn"]
        return arn

    async def queue(self, topic: str, name: str, policy: Mapping[str, Any] | None = None) -> str:
        """Subscribe a queue to the topic, for what the policy lets through."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url: str = (await self.sqs.create_queue(QueueName=name, Attributes=fifo))["QueueUrl"]
        told = await self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        filtered = {"FilterPolicy": json.dumps(policy)} if policy else {}
        await self.sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=told["Attributes"]["QueueArn"],
            Attributes=filtered,
        )
        return url

    async def came(self, queue: str) -> list[Any]:
        """Return what SNS has put into the queue."""
        answer = await self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


@pytest.fixture
async def aws(endpoint: str) -> AsyncIterator[Aws]:
    session = get_session()
    where = {"region_name": REGION, "endpoint_url": endpoint}
    async with (
        session.create_client("sns", **where) as sns,
        session.create_client("sqs", **where) as sqs,
    ):
        yield Aws(sns, sqs)


def message(to: str, **others: Any) -> Message:  # noqa: ANN401 - whatever a message holds
    told = Message(
        message_id="msg_abc",
        event_type="job.finished",
        status="completed",
        to=to,
        body=BODY,
        subject="spring-sale.csv: 998 of 1,000 images are done, 2 failed",
        text="998 are done \u2013 2 failed.\n",
        html="<p>998</p>",
    )
    return replace(told, **others)


def settings_for(endpoint: str, arn: str = "", **others: str) -> SnsSettings:
    arn = arn or f"arn:aws:sns:{REGION}:{ACCOUNT}:images"
    environ = {"CALOTYPE_SNS_TOPIC_ARN": arn, "CALOTYPE_SNS_ENDPOINT_URL": endpoint, **others}
    return load(SnsSettings, environ)


async def published(endpoint: str, told: Message, **others: str) -> Answer:
    async with SnsChannel.open(settings_for(endpoint, told.to, **others)) as channel:
        return await channel.send(told)


async def refusal(endpoint: str, **others: str) -> NotTakenError:
    told = message(f"arn:aws:sns:{REGION}:{ACCOUNT}:images")
    with pytest.raises(NotTakenError) as caught:
        await published(endpoint, told, **others)
    assert SECRET not in repr(caught.value)
    return caught.value


async def test_a_queue_gets_json(aws: Aws, endpoint: str) -> None:
    """A program that subscribed gets the body of the event, the subject, and what to filter by."""
    topic = await aws.topic()
    queue = await aws.queue(topic, "programs")
    answer = await published(endpoint, message(topic))
    (came,) = await aws.came(queue)
    assert came["Message"] == BODY
    assert came["Subject"] == "spring-sale.csv: 998 of 1,000 images are done, 2 failed"
    assert {name: one["Value"] for name, one in came["MessageAttributes"].items()} == {
        "status": "completed",
        "type": "job.finished",
        "id": "msg_abc",
    }
    assert answer == Answer(status=200, text=f"MessageId {came['MessageId']}")


async def test_people_get_text(aws: Aws, endpoint: str) -> None:
    """By e-mail a subscriber reads the text, on a phone the subject."""
    topic = await aws.topic("people")
    await published(endpoint, message(topic))
    (sent,) = sns_backends[ACCOUNT][REGION].topics[topic].sent_notifications
    by_protocol = json.loads(sent[1])
    assert by_protocol["email"] == message(topic).text
    assert by_protocol["sms"] == message(topic).subject
    assert by_protocol["default"] == BODY


async def test_a_subscription_filters_by_status(aws: Aws, endpoint: str) -> None:
    """Who asked for failures alone gets them alone."""
    topic = await aws.topic("filtered")
    everything = await aws.queue(topic, "everything")
    failures = await aws.queue(topic, "failures", {"status": ["failed"]})
    jobs = await aws.queue(topic, "jobs", {"type": [{"prefix": "job."}]})
    told = [
        message(topic, message_id="msg_1"),
        message(topic, message_id="msg_2", status="failed", event_type="image.failed"),
    ]
    for one in told:
        await published(endpoint, one)
    came = {
        name: sorted(one["MessageAttributes"]["id"]["Value"] for one in await aws.came(queue))
        for name, queue in {"all": everything, "failed": failures, "jobs": jobs}.items()
    }
    assert came == {"all": ["msg_1", "msg_2"], "failed": ["msg_2"], "jobs": ["msg_1"]}


async def test_a_fifo_topic_gets_what_it_wants(aws: Aws, endpoint: str) -> None:
    """A FIFO topic is told a group and an id, so that another try of a message is dropped."""
    topic = await aws.topic("images.fifo", FifoTopic="true")
    queue = await aws.queue(topic, "in-order.fifo")
    for _ in range(2):
        await published(endpoint, message(topic))
    assert [one["Message"] for one in await aws.came(queue)] == [BODY]


async def test_one_client_sends_many(aws: Aws, endpoint: str) -> None:
    """Messages that are sent at once, through one client, all arrive."""
    topic = await aws.topic("many")
    queue = await aws.queue(topic, "many")
    async with SnsChannel.open(settings_for(endpoint, topic)) as channel:
        told = [message(topic, message_id=f"msg_{n}") for n in range(10)]
        await asyncio.gather(*map(channel.send, told))
    assert len(await aws.came(queue)) == 10


async def test_a_large_job_goes_without_its_urls(aws: Aws, endpoint: str) -> None:
    """What SNS would refuse for its size goes without the urls; where they are is told."""
    topic = await aws.topic("large")
    queue = await aws.queue(topic, "large")
    await published(endpoint, message(topic, body=body_with(5_000)))
    (came,) = await aws.came(queue)
    body = json.loads(came["Message"])
    assert body["data"] == {"status": "completed", "urls": [], "urlsUrl": "https://a.example/s"}


def test_a_usual_job_keeps_its_urls() -> None:
    """A thousand urls, as many as a body ever has, fit."""
    document = document_of(message("arn", body=body_with(1_000)))
    assert len(document.encode()) < LARGEST_BYTES
    assert len(json.loads(json.loads(document)["default"])["data"]["urls"]) == 1_000


async def test_a_topic_that_is_not_there_is_named(endpoint: str) -> None:
    """A topic that nobody made: the message names the variable."""
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:missing"
    with pytest.raises(NotTakenError, match="CALOTYPE_SNS_TOPIC_ARN") as caught:
        await published(endpoint, message(arn))
    assert (caught.value.code, caught.value.retry) == ("sns_refused", True)
    assert caught.value.answer.status == 404


@pytest.mark.parametrize(
    ("status", "said", "code", "named"),
    [
        (403, "AuthorizationError", "sns_refused", "sns:Publish"),
        (403, "InvalidClientTokenId", "sns_refused", "AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", "sns_refused", "AWS_ACCESS_KEY_ID"),
        (400, "KMSAccessDenied", "sns_refused", "kms:GenerateDataKey"),
        (400, "InvalidParameter", "sns_refused", "InvalidParameter: said of it"),
        (400, "Throttling", "sns_throttled", "later"),
        (429, "Whatever", "sns_throttled", "later"),
        (500, "InternalFailure", "sns_failed", "later"),
    ],
)
async def test_what_aws_says_is_told(status: int, said: str, code: str, named: str) -> None:
    """Each answer has a code of ours, and says what to look at."""
    async with answering(status, said) as there:
        error = await refusal(there)
    assert (error.code, error.retry, error.silent) == (code, True, False)
    assert named in error.message
    assert error.answer.status == status


async def test_missing_credentials_are_told(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS's tools find no key, the message says where they look."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = await refusal(endpoint)
    assert error.code == "sns_refused"
    assert "AWS_ACCESS_KEY_ID" in error.message


async def test_a_topic_that_is_away_is_told_so(unused_port: int) -> None:
    """Nobody at the address: another try may do better."""
    error = await refusal(f"http://127.0.0.1:{unused_port}")
    assert (error.code, error.retry, error.silent) == ("sns_unreachable", True, True)
    assert "CALOTYPE_SNS_ENDPOINT_URL" in error.message


async def test_a_silent_topic_is_left() -> None:
    """An address that takes the connection and says nothing is waited for so long, no longer."""
    async with answering(None, "") as there:
        error = await refusal(there, CALOTYPE_SNS_TIMEOUT_SECONDS="0.3")
    assert (error.code, error.silent) == ("sns_unreachable", True)
    assert "0.3 s" in error.message


@pytest.mark.parametrize("arn", ["images", "arn:aws:sqs:eu-west-1:123456789012:images", "a b"])
def test_what_is_no_topic_is_refused(arn: str) -> None:
    """A topic's ARN is one."""
    with pytest.raises(SettingsError, match="CALOTYPE_SNS_TOPIC_ARN: expected a topic's ARN"):
        settings_for("http://127.0.0.1:1", arn)


def test_the_region_follows_the_topic() -> None:
    """A topic says where it is; a setting may say otherwise."""
    assert settings_for("http://127.0.0.1:1").region == REGION
    assert settings_for("http://127.0.0.1:1", CALOTYPE_SNS_REGION="us-east-1").region == "us-east-1"


@given(st.text(max_size=300))
def test_a_subject_is_one_that_sns_takes(text: str) -> None:
    """Whatever a subject was, SNS gets a line of ASCII that it does not refuse."""
    subject = subject_of(text)
    assert 0 < len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert subject[0] != " "


def body_with(urls: int) -> str:
    job = {
        "status": "completed",
        "urls": [
            f"https://images.example/image/01938d5e-0000-7000-8000-{n:012}" for n in range(urls)
        ],
        "urlsUrl": "https://a.example/s",
    }
    return json.dumps({"type": "job.finished", "timestamp": "2026-11-25T20:33:00Z", "data": job})


@pytest.fixture
async def unused_port() -> int:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
    return port


@asynccontextmanager
async def answering(status: int | None, code: str) -> AsyncIterator[str]:
    """Yield the address of an SNS that answers with an error, or (no status) not at all."""
    left = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        if status is None:
            await left.wait()
        error = (
            f"<Error><Type>Sender</Type><Code>{code}</Code><Message>said of it</Message></Error>"
        )
        text = f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"
        return web.Response(status=status or 200, text=text, content_type="text/xml")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        left.set()
        await runner.cleanup()
