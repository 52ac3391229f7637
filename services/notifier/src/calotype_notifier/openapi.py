"""What the OpenAPI document says of webhooks' bodies: the framework does not read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)

from calotype_core.domain.urls import LONGEST_URL
from calotype_core.ports.webhooks import WebhookState
from calotype_notifier.catalogue import SUBSCRIBABLE
from calotype_notifier.wishes import LONGEST_DESCRIPTION

_ABOUT: Mapping[str, Schema] = {
    "url": Schema(
        type=OpenAPIType.STRING,
        format=OpenAPIFormat.URI,
        max_length=LONGEST_URL,
        description="What is called: a public URL, without credentials.",
    ),
    "eventTypes": Schema(
        type=OpenAPIType.ARRAY,
        items=Schema(type=OpenAPIType.STRING, enum=list(SUBSCRIBABLE)),
        min_items=1,
        description="What it is told of; docs/events.md says what each holds.",
    ),
    "description": Schema(
        type=OpenAPIType.STRING, max_length=LONGEST_DESCRIPTION, description="What it is for."
    ),
}
_SECRET = Schema(
    type=OpenAPIType.STRING,
    description="whsec_ and the base64 of 24 to 64 random bytes; one is made where none is sent.",
)
_STATE = Schema(
    type=OpenAPIType.STRING,
    enum=[WebhookState.ACTIVE.value, WebhookState.PAUSED.value],
    description="active also switches on again what was switched off.",
)
_SINCE = Schema(
    type=OpenAPIType.STRING,
    format=OpenAPIFormat.DATE_TIME,
    description="What was owed since then is sent again.",
)


def _body(members: Mapping[str, Schema], *required: str) -> RequestBody:
    schema = Schema(
        type=OpenAPIType.OBJECT,
        properties=dict(members),
        required=list(required) or None,
        additional_properties=False,
    )
    return RequestBody(
        content={"application/json": OpenAPIMediaType(schema=schema)}, required=bool(required)
    )


@dataclass
class CreateOperation(Operation):
    """POST /webhooks, with its body."""

    def __post_init__(self) -> None:
        self.request_body = _body({**_ABOUT, "secret": _SECRET}, "url")


@dataclass
class ChangeOperation(Operation):
    """PATCH /webhooks/{id}, with its body."""

    def __post_init__(self) -> None:
        self.request_body = _body({**_ABOUT, "state": _STATE})


@dataclass
class RotateOperation(Operation):
    """POST /webhooks/{id}/rotate, whose body may be left out."""

    def __post_init__(self) -> None:
        self.request_body = _body({"secret": _SECRET})


@dataclass
class ReplayOperation(Operation):
    """POST /webhooks/{id}/replay, with its body."""

    def __post_init__(self) -> None:
        self.request_body = _body({"since": _SINCE}, "since")
