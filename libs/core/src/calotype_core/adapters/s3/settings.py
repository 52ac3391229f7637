from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from calotype_core.settings import PATH, TEXT, seconds, setting, word


@dataclass(frozen=True, kw_only=True, slots=True)
class S3Settings:
    """Where the bucket is, and how a service proves who it is."""

    s3_endpoint: str = setting(
        "http://127.0.0.1:9000", TEXT, "The store's address: http(s)://host[:port]."
    )
    s3_public_endpoint: str = setting(
        "", TEXT, "The address in presigned URLs, as clients reach the store; empty: the endpoint."
    )
    s3_bucket: str = setting("calotype", TEXT, "The bucket that holds everything.")
    s3_region: str = setting("us-east-1", TEXT, "The bucket's region.")
    s3_access_key: str = setting("", TEXT, "The key to sign with.")
    s3_secret_key: str = setting("", TEXT, "Its secret.")
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
