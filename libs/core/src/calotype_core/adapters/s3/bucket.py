import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.helpers import md5sum_hash
from minio.versioningconfig import VersioningConfig

from calotype_core.adapters.s3.client import S3Connection
from calotype_core.adapters.s3.settings import S3Settings
from calotype_core.errors import Unavailable
from calotype_core.ports.inbox import PREFIX

OLD_VERSIONS_DAYS = 30
HALF_UPLOADS_DAYS = 1
_EVERYWHERE = "<Status>Enabled</Status><Filter><Prefix></Prefix></Filter>"
# By their ids; one that is there already stays as it is, since somebody may have wanted other days.
_RULES: Mapping[str, str] = {
    "calotype-old-versions": (
        f"<Rule><ID>calotype-old-versions</ID>{_EVERYWHERE}"
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
        "<NoncurrentVersionExpiration>"
        f"<NoncurrentDays>{OLD_VERSIONS_DAYS}</NoncurrentDays>"
        "</NoncurrentVersionExpiration></Rule>"
    ),
    "calotype-half-uploads": (
        f"<Rule><ID>calotype-half-uploads</ID>{_EVERYWHERE}<AbortIncompleteMultipartUpload>"
        f"<DaysAfterInitiation>{HALF_UPLOADS_DAYS}</DaysAfterInitiation>"
        "</AbortIncompleteMultipartUpload></Rule>"
    ),
}
_QUEUE_REFUSED = frozenset({"InvalidArgument", "NotImplemented"})
_RULE_REFUSED = frozenset({"InvalidArgument", "MalformedXML", "NotImplemented"})


async def ensure_bucket(connection: S3Connection, settings: S3Settings) -> Sequence[str]:
    """Make the bucket what Calotype needs; returns a sentence for each thing that was changed.

    It exists, keeps versions (replaced ones for 30 days), drops half uploads after a day where the
    store has such a rule, and tells CALOTYPE_S3_NOTIFY_ARN of new objects below uploads/. What
    others configured stays, and running it again changes nothing. Raises Unavailable.
    """
    client, bucket = connection.client, connection.bucket
    done = [
        await connection.run(_make, client, bucket, connection.region),
        await connection.run(_keep_versions, client, bucket),
        *[await connection.run(_add_rule, client, bucket, name) for name in _RULES],
        await connection.run(_notify, client, bucket, settings.s3_notify_arn),
    ]
    return [one for one in done if one]


def _make(client: Minio, bucket: str, region: str) -> str | None:
    if client.bucket_exists(bucket):
        return None
    try:
        client.make_bucket(bucket, region)
    except S3Error as error:
        if error.code != "BucketAlreadyOwnedByYou":  # another process was faster
            raise
    return f"Made the bucket {bucket} in {region}."


def _keep_versions(client: Minio, bucket: str) -> str | None:
    if client.get_bucket_versioning(bucket).status == ENABLED:
        return None
    client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    return "Switched versioning on."


def _add_rule(client: Minio, bucket: str, name: str) -> str | None:
    config = _Configuration(client, bucket, "lifecycle", "LifecycleConfiguration")
    if name in config.texts("Rule/ID"):
        return None
    try:
        config.add(_RULES[name])
    except S3Error as error:
        if error.code not in _RULE_REFUSED:
            raise
        return None  # MinIO has no rule for half uploads: it drops them after a day by itself
    return f"Added the lifecycle rule {name}."


def _notify(client: Minio, bucket: str, arn: str) -> str | None:
    if not arn:
        return None
    try:
        config = _Configuration(client, bucket, "notification", "NotificationConfiguration")
        if arn in config.texts("QueueConfiguration/Queue"):
            return None
        config.add(_announcing(arn))
    except S3Error as error:
        if error.code not in _QUEUE_REFUSED:
            raise
        raise Unavailable(
            f"The store does not take the queue {arn} ({error.message}): look at"
            " CALOTYPE_S3_NOTIFY_ARN and at what the store is told of it."
        ) from error
    return f"Told the store to announce new objects below {PREFIX} to {arn}."


def _announcing(arn: str) -> str:
    queue = ET.Element("QueueConfiguration")
    ET.SubElement(queue, "Queue").text = arn
    ET.SubElement(queue, "Event").text = "s3:ObjectCreated:*"
    rule = ET.SubElement(ET.SubElement(ET.SubElement(queue, "Filter"), "S3Key"), "FilterRule")
    ET.SubElement(rule, "Name").text = "prefix"
    ET.SubElement(rule, "Value").text = PREFIX
    return ET.tostring(queue, "unicode")


class _Configuration:
    """One of a bucket's configurations, as the store has it.

    Read into the library's classes and written back it would lose what they do not know, such as a
    filter, which makes somebody's rule a wider one. Hence its XML, by a private call of theirs.
    """

    def __init__(self, client: Minio, bucket: str, kind: str, root: str) -> None:
        self._client = client
        self._bucket = bucket
        self._kind = kind
        self._tree = self._read(root)

    def texts(self, path: str) -> Sequence[str | None]:
        """Return the texts of the elements at a path of names, whatever their namespace."""
        found = self._tree.findall("/".join(f"{{*}}{name}" for name in path.split("/")))
        return [one.text for one in found]

    def add(self, xml: str) -> None:
        """Add an element to what is there."""
        namespace = self._tree.tag.rpartition("}")[0]
        added = ET.fromstring(xml)  # noqa: S314 - we wrote it
        for one in added.iter():
            one.tag = f"{namespace}}}{one.tag}" if namespace else one.tag
        self._tree.append(added)
        body = ET.tostring(self._tree)
        self._client._execute(  # noqa: SLF001 - see the class
            "PUT",
            self._bucket,
            body=body,
            headers={"Content-MD5": md5sum_hash(body) or ""},
            query_params={self._kind: ""},
        )

    def _read(self, root: str) -> ET.Element:
        try:
            response = self._client._execute(  # noqa: SLF001 - see the class
                "GET", self._bucket, query_params={self._kind: ""}
            )
        except S3Error as error:
            if error.code != "NoSuchLifecycleConfiguration":
                raise
            return ET.Element(root)
        return ET.fromstring(response.data)  # noqa: S314 - the store's own word
