import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from calotype_core.settings import Takes, seconds, setting

_ARN = re.compile(
    r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[\w-]{1,256}(\.fifo)?", re.ASCII
)


def _arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise ValueError(text)
    return text


def _region(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,63}", text):
        raise ValueError(text)
    return text


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or "@" in text:
        raise ValueError(text)
    return text


ARN = Takes("a topic's ARN, such as arn:aws:sns:eu-west-1:123456789012:images", _arn)
REGION = Takes("a region such as eu-west-1", _region)
ENDPOINT = Takes("http(s)://host[:port]", _endpoint)


@dataclass(frozen=True, kw_only=True, slots=True)
class SnsSettings:
    """The SNS topic that is told; credentials come from where AWS's own tools find them."""

    sns_topic_arn: str = setting("", ARN, "The topic to publish to; empty: none.")
    sns_region: str = setting("", REGION, "The topic's region; empty: as its ARN says.")
    sns_endpoint_url: str = setting(
        "", ENDPOINT, "Another address than AWS's, such as LocalStack's; empty: AWS's."
    )
    sns_timeout_seconds: float = setting(
        20.0, seconds(least=0.1), "How long one message may take before SNS counts as away."
    )

    @property
    def region(self) -> str:
        """The region to sign for."""
        arn = _ARN.fullmatch(self.sns_topic_arn)
        return self.sns_region or (arn["region"] if arn else "")
