"""A team that subscribed a topic, and an operator who reads letters, as both are told."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests import mail
from tests.flow.conftest import MODES
from tests.mail import Postbox
from tests.photographs import photograph
from tests.running import Product

OPERATOR = "ops@shop.example"
PATIENCE_SECONDS = 60
REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTING",
    "AWS_SECRET_ACCESS_KEY": "of-no-real-account",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Topic:
    """A topic, and a queue of it that is told of failures alone."""

    endpoint: str
    arn: str
    queue: str
    sqs: Any

    def came(self) -> list[Mapping[str, Any]]:
        """Return what came into the queue since the last time."""
        answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


@pytest.fixture(scope="module")
def topic() -> Iterator[Topic]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = {
        "endpoint_url": f"http://{host}:{port}",
        "region_name": REGION,
        "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    }
    sns, sqs = boto3.client("sns", **where), boto3.client("sqs", **where)
    # Names of their own: what moto keeps is this whole test process's.
    arn = sns.create_topic(Name="told-images")["TopicArn"]
    queue = sqs.create_queue(QueueName="told-failures")["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=told["Attributes"]["QueueArn"],
        Attributes={"FilterPolicy": json.dumps({"status": ["failed"]})},
    )
    yield Topic(endpoint=where["endpoint_url"], arn=arn, queue=queue, sqs=sqs)
    server.stop()


@pytest.fixture(scope="module")
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    with mail.serving(box):
        yield box


@pytest.fixture(
    scope="module", params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)]
)
def calotype(
    request: pytest.FixtureRequest,
    topic: Topic,
    postbox: Postbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Product]:
    """Yield a running product that tells the topic and the operator."""
    environ = {
        **CREDENTIALS,
        "CALOTYPE_SNS_TOPIC_ARN": topic.arn,
        "CALOTYPE_SNS_ENDPOINT_URL": topic.endpoint,
        "CALOTYPE_EMAIL_TO": OPERATOR,
        "CALOTYPE_EMAIL_FROM": "calotype@shop.example",
        "CALOTYPE_EMAIL_GATHER_SECONDS": "1",
        "CALOTYPE_EMAIL_EVERY_SECONDS": "2",
        "CALOTYPE_SMTP_HOST": "127.0.0.1",
        "CALOTYPE_SMTP_PORT": str(postbox.port),
        "CALOTYPE_SMTP_SECURITY": "none",
    }
    running = MODES[request.param](tmp_path_factory.mktemp("letters") / "data", environ)
    running.start()
    yield running
    assert running.stop() == 0, running.log()


def until(what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it is
    """Return what is there as soon as there is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.05)
    return found


def all_sent(client: httpx.Client) -> bool:
    """Return whether the operator is owed no letter."""
    pending = client.get("/deliveries", params={"endpoint": "email", "state": "pending"})
    return not pending.json()["deliveries"]


def test_a_topic_is_filtered_by_status(client: httpx.Client, topic: Topic) -> None:
    """Who subscribed to failures is told of the image that failed, and not of one that did not."""
    client.post("/upload", content=photograph(60, 40)).raise_for_status()
    failed = client.post("/upload", content=photograph(60, 40)[:300]).json()["imageId"]
    came: list[Mapping[str, Any]] = []

    def told() -> Mapping[str, Any] | None:
        came.extend(topic.came())
        return next((one for one in came if failed in one["Message"]), None)

    attributes = until(told)["MessageAttributes"]
    assert attributes["status"]["Value"] == "failed"
    assert attributes["type"]["Value"] == "image.failed"
    assert {json.loads(one["Message"])["data"]["status"] for one in came} == {"failed"}


def test_a_job_is_a_letter(client: httpx.Client, postbox: Postbox) -> None:
    """A finished job is a letter with the numbers in its subject and the link in its text."""
    until(lambda: all_sent(client))  # what else is owed would come in the same letter
    files = [("file", (f"{n}.jpg", photograph(60, 40, seed=n))) for n in range(3)]
    job_id = client.post("/upload", files=files).json()["jobId"]

    def letter() -> Any:  # noqa: ANN401 - a letter, or nothing yet
        return next((one for one in postbox.letters if job_id in one.as_string()), None)

    came = until(letter)
    assert came["to"] == OPERATOR
    assert "3" in came["subject"]
    text, page = (came.get_body([kind]).get_content() for kind in ("plain", "html"))
    for part in (text, page):
        assert f"/status/{job_id}" in part


def test_a_flood_is_one_letter(client: httpx.Client, postbox: Postbox) -> None:
    """Images that fail at the same time are a few letters at most, and each of them is named."""
    before = len(postbox.letters)
    spoilt = [photograph(60, 40, seed=seed)[:300] for seed in range(12)]
    failed = [client.post("/upload", content=one).json()["imageId"] for one in spoilt]

    def all_named() -> bool:
        told = "".join(one.as_string() for one in postbox.letters[before:])
        return all(image_id in told for image_id in failed)

    until(all_named)
    assert len(postbox.letters) - before < 6
