import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from calotype_core.adapters.sns.errors import sns_errors
from calotype_core.adapters.sns.settings import SnsSettings
from calotype_core.ports.channel import Answer, Channel, Message

LARGEST_BYTES = 256 * 1024 - 2048  # of a message; SNS counts its attributes besides
_LONGEST_SUBJECT = 99  # "less than 100 characters"
_TRIES = 2  # of one message; what fails longer is tried again by whoever sends


class SnsChannel(Channel):
    """Messages published to a topic, which tells each of its subscribers what suits its protocol.

    E-mail subscribers read the text, phones the subject. Everybody else is a program, whatever its
    protocol (sqs, lambda, http, https, firehose, email-json, and those to come), and gets the JSON
    body, as a webhook does: it is the message's default.

    Subscribers filter by the attributes status and type. The attribute id is the message's, the
    same on every try, so that a program knows a message that comes twice. In a FIFO topic SNS does
    that by itself, for five minutes; there, messages of one type stay in order.
    """

    def __init__(self, client: Any, settings: SnsSettings) -> None:  # noqa: ANN401 - made at run time, from AWS's description of SNS
        self._client = client
        self._settings = settings

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: SnsSettings) -> AsyncIterator["SnsChannel"]:
        """Open a client that signs as AWS's own tools would; SNS is first asked when it is told."""
        config = AioConfig(
            connect_timeout=settings.sns_timeout_seconds,
            read_timeout=settings.sns_timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            warm_up_loader_caches=True,  # reads AWS's descriptions in a thread
        )
        client = get_session().create_client(
            "sns",
            region_name=settings.region,
            endpoint_url=settings.sns_endpoint_url or None,
            config=config,
        )
        async with client as opened:
            yield cls(opened, settings)

    async def send(self, message: Message) -> Answer:
        """Publish the message; see the port."""
        request = {
            "TopicArn": message.to,
            "Subject": subject_of(message.subject),
            "Message": document_of(message),
            "MessageStructure": "json",
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in _attributes(message).items()
            },
        }
        if message.to.endswith(".fifo"):
            request |= {
                "MessageGroupId": message.event_type,
                "MessageDeduplicationId": message.message_id,
            }
        with sns_errors(self._settings, message.to):
            async with asyncio.timeout(self._settings.sns_timeout_seconds):
                answer = await self._client.publish(**request)
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return Answer(status=status, text=f"MessageId {answer['MessageId']}")


def subject_of(text: str) -> str:
    """Return a subject that SNS takes: one line of ASCII, which begins with more than a blank."""
    shown = "".join(filter(str.isprintable, " ".join(text.split())))
    line = unicodedata.normalize("NFKD", shown).encode("ascii", "replace").decode().strip()
    if len(line) > _LONGEST_SUBJECT:
        line = f"{line[: _LONGEST_SUBJECT - 3]}..."
    return line or "Calotype"


def document_of(message: Message) -> str:
    """Return what is published, by protocol, as small as SNS wants it.

    Where it is too large it goes without the job's urls: urlsUrl, beside them, leads to them all.
    """
    whole = _document(message, message.body)
    if len(whole.encode()) <= LARGEST_BYTES:
        return whole
    body = json.loads(message.body)
    if "urls" in body["data"]:
        body["data"]["urls"] = []
    return _document(message, json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _document(message: Message, body: str) -> str:
    told = {"default": body, "email": message.text, "sms": message.subject}
    return json.dumps(told, ensure_ascii=False)


def _attributes(message: Message) -> Mapping[str, str]:
    return {"status": message.status, "type": message.event_type, "id": message.message_id}
