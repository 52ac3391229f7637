"""The OpenAPI document, with what the framework cannot know: how errors are told."""

import re
from collections.abc import Iterator

from litestar.openapi.spec import (
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Reference,
    Schema,
)

_SENTENCE_END = re.compile(r"[.:]\s|\.$")
_TEXT = Schema(type=OpenAPIType.STRING)
_PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    description="A problem (RFC 9457). Branch on the code; every code is in docs/errors.md.",
    properties={
        "type": _TEXT,
        "title": _TEXT,
        "status": Schema(type=[OpenAPIType.INTEGER, OpenAPIType.STRING]),
        "code": Schema(type=OpenAPIType.STRING, description="Stable."),
        "detail": Schema(type=OpenAPIType.STRING, description="What to do, in a sentence."),
        "retry": Schema(
            type=OpenAPIType.BOOLEAN, description="Whether the same again may succeed later."
        ),
        "errors": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(
                type=OpenAPIType.OBJECT,
                properties={"path": _TEXT, "expected": _TEXT, "got": _TEXT},
            ),
        ),
    },
    required=["type", "title", "status", "code", "detail", "retry"],
)
_REFUSAL = OpenAPIResponse(
    description="A problem: what was wrong, under a stable code, and what to do.",
    content={
        "application/problem+json": OpenAPIMediaType(
            schema=Reference(ref="#/components/schemas/Problem")
        )
    },
)


def complete(document: OpenAPI) -> None:
    """Say of every operation how it refuses, and sum it up in its description's first sentence."""
    document.components.schemas = {**(document.components.schemas or {}), "Problem": _PROBLEM}
    for operation in _operations(document):
        responses = {**(operation.responses or {}), "default": _REFUSAL}
        responses.pop("400", None)  # the framework's own kind, which we never answer with
        operation.responses = responses
        operation.summary = _SENTENCE_END.split(operation.description or "")[0]


def _operations(document: OpenAPI) -> Iterator[Operation]:
    for item in (document.paths or {}).values():
        for one in (item.get, item.head, item.post, item.put, item.patch, item.delete):
            if one is not None:
                yield one
