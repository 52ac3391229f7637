"""What is told to others, as a page for people and as AsyncAPI 3.0 for programs."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import msgspec

from calotype_core.http.bodies import Body, ColourBody, FailureBody, MetadataBody, RenditionBody
from calotype_notifier.catalogue import (
    BY_DEFAULT,
    KINDS,
    CountsData,
    Envelope,
    ImageData,
    JobData,
    Kind,
    WebhookData,
)

_BASE = "https://images.example"
_IMAGE, _JOB, _WEBHOOK = (
    "01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b10",
    "01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b11",
    "01936f5e-7c1a-7b3e-9d52-8f0e4c6a2b12",
)
_REQUEST = "6e2c1f0b8d4a49e7a3f5c0d1b2e4f687"
_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HEADERS = {
    "webhook-id": "The message's id: the same on every try, and in every replay.",
    "webhook-timestamp": "When this try was made, in seconds since 1970.",
    "webhook-signature": "v1, and the base64 HMAC-SHA256 of id.timestamp.body; one a secret.",
}


def page() -> str:
    """Return the body of docs/events.md: every kind, and one of each as it is sent."""
    rows = [
        f"| [`{kind.name}`](#{kind.name.replace('.', '')}) | {kind.meaning} |"
        f" {'yes' if kind.by_default else 'no'} |"
        for kind in KINDS.values()
    ]
    table = "\n".join(["| type | tells | by default |", "|---|---|---|", *rows])
    return f"\n{table}\n" + "".join(map(_section, KINDS.values())) + "\n"


def asyncapi() -> str:
    """Return the document over every kind, as JSON."""
    kinds = list(KINDS.values())
    _, schemas = msgspec.json.schema_components(
        [Envelope[kind.data] for kind in kinds],  # type: ignore[name-defined]  # found at run time
        ref_template="#/components/schemas/{name}",
    )
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Calotype: what is told",
            "version": version("calotype"),
            "description": "Events that are sent to callback URLs, webhooks and an SNS topic.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "endpoints": {
                "address": None,
                "title": "Callback URLs and webhooks",
                "description": "A POST, signed as Standard Webhooks 1.0 has it.",
                "messages": {one.name: _ref("messages", one.name) for one in kinds},
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/endpoints"},
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {one.name: _message(one) for one in kinds},
            "schemas": {_plain(name): schema for name, schema in schemas.items()},
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _section(kind: Kind) -> str:
    sent = json.dumps(json.loads(_example(kind)), indent=2, ensure_ascii=False)
    data = " ".join((kind.data.__doc__ or "").split())
    return f"\n### {kind.name}\n{kind.meaning} {data}\n\n```json\n{sent}\n```\n"


def _message(kind: Kind) -> dict[str, Any]:
    envelope = Envelope[kind.data]  # type: ignore[name-defined]  # found at run time
    (payload,), _ = msgspec.json.schema_components(
        [envelope], ref_template="#/components/schemas/{name}"
    )
    return {
        "name": kind.name,
        "summary": kind.meaning,
        "headers": {
            "type": "object",
            "properties": {
                name: {"type": "string", "description": said} for name, said in _HEADERS.items()
            },
            "required": list(_HEADERS),
        },
        "payload": {
            "allOf": [
                {"$ref": _plain(payload["$ref"])},
                {"properties": {"type": {"const": kind.name}}},
            ]
        },
        "examples": [{"payload": json.loads(_example(kind))}],
        "x-by-default": kind.name in BY_DEFAULT,
    }


def _ref(where: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{where}/{name}"}


def _plain(name: str) -> str:
    """Return a schema's name without the brackets that a generic one is given."""
    return name.replace("[", "_").replace("]", "_").rstrip("_")


def _example(kind: Kind) -> bytes:
    data = _EXAMPLES[kind.name]
    return msgspec.json.encode(Envelope(type=kind.name, timestamp=_AT, data=data))


def _image(**fields: Any) -> ImageData:  # noqa: ANN401 - any of its fields
    return ImageData(image_id=_IMAGE, filename="harbour.jpg", **fields)


def _completed(**fields: Any) -> ImageData:  # noqa: ANN401 - as above
    return _image(
        status="completed",
        url=f"{_BASE}/image/{_IMAGE}",
        renditions=[
            RenditionBody(
                name="thumbnail",
                url=f"{_BASE}/image/{_IMAGE}/thumbnail",
                format="jpeg",
                width=100,
                height=100,
                size_bytes=3412,
                sha256=_SHA,
            )
        ],
        metadata=MetadataBody(
            width=4000,
            height=3000,
            format="jpeg",
            size_bytes=3_518_204,
            colour_mode="rgb",
            orientation=1,
            sha256=_SHA,
            pages=1,
            has_alpha=False,
            exif={"model": "Z 8", "takenAt": "2026-05-01T12:30:00+02:00", "exposureTime": "1/250"},
            phash="901374f68e54277e",
            blurhash="L8F?5}M-rT%XNiy{Mmx-Nqx+#vY0",
            thumbhash="H/gBDYQVCxEalSGivrKHO/JgqXpv",
            colours=[ColourBody(hex="#1428b4", share=0.62), ColourBody(hex="#c81e28", share=0.37)],
        ),
        **fields,
    )


def _failed(**fields: Any) -> ImageData:  # noqa: ANN401 - as above
    failure = FailureBody(code="corrupt_image", message="The file ends before the image does.")
    return _image(status="failed", failure=failure, **fields)


def _webhook(status: str, reason: str | None = None) -> WebhookData:
    return WebhookData(
        status=status, webhook_id=_WEBHOOK, url="https://shop.example/hook", reason=reason
    )


_EXAMPLES: Mapping[str, Body] = {
    "image.completed": _completed(),
    "image.failed": _failed(),
    "job.finished": JobData(
        status="completed",
        job_id=_JOB,
        name="spring-sale.csv",
        generation=1,
        counts=CountsData(total=2, completed=1, failed=1),
        causes={"fetch_not_found": 1},
        output_csv_url=f"{_BASE}/jobs/{_JOB}/output.csv",
        urls=[f"{_BASE}/image/{_IMAGE}", None],
        urls_url=f"{_BASE}/status/{_JOB}",
    ),
    "job.image.completed": _completed(job_id=_JOB, position=0),
    "job.image.failed": _failed(job_id=_JOB, position=1),
    "rendition.completed": _completed(request_id=_REQUEST),
    "rendition.failed": _failed(request_id=_REQUEST),
    "webhook.off": _webhook("off", "It answered 410 Gone: it wants no further messages."),
    "webhook.test": _webhook("active"),
}
