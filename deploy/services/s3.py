import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.services import install
from deploy.services.plan import Plan
from deploy.services.process import Command

_USER = "calotype"
_ANSWER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class S3:
    """MinIO; a bucket can be told to announce its objects in Kafka (see the README)."""

    plan: Plan
    home: Path
    name: str = "s3"

    def command(self) -> Command:
        """Return what to run."""
        self.home.mkdir(parents=True, exist_ok=True)
        # The queue keeps what Kafka does not take yet, because it is away or lacks the topic.
        notify = {
            "ENABLE": "on",
            "BROKERS": f"127.0.0.1:{self.plan.ports['kafka']}",
            "TOPIC": "calotype.uploads",
            "QUEUE_DIR": str(self.home / "queue"),
        }
        return Command(
            argv=(str(install.minio()), "server", "data", "--address", self._address()),
            environ={
                "MINIO_ROOT_USER": _USER,
                "MINIO_ROOT_PASSWORD": self.plan.passwords["s3"],
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
                **{f"MINIO_NOTIFY_KAFKA_{key}_CALOTYPE": value for key, value in notify.items()},
            },
        )

    def healthy(self) -> bool:
        """Return whether it says that it serves."""
        url = f"http://{self._address()}/minio/health/ready"
        # No proxy of the environment's stands between us and our own machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with suppress(OSError), opener.open(url, timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's word for yes
        return False

    def environ(self) -> Mapping[str, str]:
        """Return how to reach it, in Calotype's variables."""
        return {
            "CALOTYPE_S3_ENDPOINT": f"http://{self._address()}",
            "CALOTYPE_S3_ACCESS_KEY": _USER,
            "CALOTYPE_S3_SECRET_KEY": self.plan.passwords["s3"],
            "CALOTYPE_S3_REGION": "us-east-1",
            "CALOTYPE_S3_NOTIFY_ARN": "arn:minio:sqs::CALOTYPE:kafka",
        }

    def _address(self) -> str:
        return f"127.0.0.1:{self.plan.ports['s3']}"
