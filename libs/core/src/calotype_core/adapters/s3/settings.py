import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from calotype_core.settings import PATH, TEXT, Takes, seconds, setting, word


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    plain = url.hostname and not (url.path.strip("/") or url.query or url.fragment or "@" in text)
    if url.scheme not in {"http", "https"} or not plain or url.port == 0:
        raise ValueError(text)
    return f"{url.scheme}://{url.netloc}"


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


ENDPOINT = Takes("http(s)://host[:port]", _endpoint)
BUCKET = Takes(
    "3 to 63 lower-case letters, digits, dots and hyphens",
    _matching(r"(?!.*(\.\.|\.-|-\.))[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
)
REGION = Takes("a region such as us-east-1", _matching(r"[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?"))


@dataclass(frozen=True, kw_only=True, slots=True)
class S3Settings:
    """Where the bucket is, and how a service proves who it is."""

    s3_endpoint: str = setting("http://127.0.0.1:9000", ENDPOINT, "The store's address.")
    s3_public_endpoint: str = setting(
        "",
        ENDPOINT,
        "The address in presigned URLs, as clients reach the store; empty: the endpoint.",
    )
    s3_bucket: str = setting("calotype", BUCKET, "The bucket that holds everything.")
    s3_region: str = setting("us-east-1", REGION, "The bucket's region.")
    s3_access_key: str = setting("", TEXT, "The key to sign with.")
    s3_secret_key: str = setting("", TEXT, "Its secret.", secret=True)
    s3_addressing: Literal["path", "virtual"] = setting(
        "path",
        word("path", "virtual"),
        "Whether the bucket is a part of the path (MinIO and most others) or of the host (AWS).",
    )
    s3_ca_file: Path | None = setting(
        None, PATH, "Certificates (PEM) that the store is checked against; unset: the system's."
    )
    s3_timeout_seconds: float = setting(
        30.0, seconds(least=0.1), "How long the store may keep silent before it counts as away."
    )
    s3_notify_arn: str = setting(
        "",
        TEXT,
        "The queue that `calotype bucket ensure` has told of new objects below uploads/; empty:"
        " none.",
    )
