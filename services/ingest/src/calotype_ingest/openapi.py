"""What the OpenAPI document says of uploads, and the framework cannot know."""

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

_TEXT = Schema(type=OpenAPIType.STRING)
_FILE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_ASKED = {
    "instructions": "What is made of each image, as JSON.",
    "callbackUrl": "Where to tell of the outcome: an https URL.",
    "focalPoint": "Where in the image the eye should rest: x,y in parts, such as 0.3,0.7.",
}
_BODY = RequestBody(
    required=True,
    description="One image, or several: the field file, repeated, makes a job of them.",
    content={
        "multipart/form-data": OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                properties={
                    "file": Schema(type=OpenAPIType.ARRAY, items=_FILE),
                    **{
                        name: Schema(type=OpenAPIType.STRING, description=meaning)
                        for name, meaning in _ASKED.items()
                    },
                },
                required=["file"],
            )
        ),
        "image/*": OpenAPIMediaType(schema=_FILE),
    },
)
_PARAMETERS = [
    *(
        Parameter(name=name, param_in="query", description=meaning, schema=_TEXT)
        for name, meaning in (_ASKED | {"filename": "The name of a raw body."}).items()
    ),
    Parameter(
        name="Prefer",
        param_in="header",
        description="wait=N: answer within N seconds; respond-async: answer at once.",
        schema=_TEXT,
    ),
    Parameter(
        name="Idempotency-Key",
        param_in="header",
        description="The same request under the same key is answered as before, and made once.",
        schema=_TEXT,
    ),
]


@dataclass
class UploadOperation(Operation):
    """POST /upload, with its body and everything that can be asked besides."""

    def __post_init__(self) -> None:
        self.request_body = _BODY
        self.parameters = [*(self.parameters or ()), *_PARAMETERS]


@dataclass
class WatermarkOperation(Operation):
    """PUT /watermarks/{name}, with its body."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            required=True,
            description="A PNG, WebP, JPEG or GIF.",
            content={
                "image/*": OpenAPIMediaType(schema=_FILE),
                "multipart/form-data": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT, properties={"file": _FILE}, required=["file"]
                    )
                ),
            },
        )


@dataclass
class PresignOperation(Operation):
    """POST /uploads, whose body may be left out."""

    def __post_init__(self) -> None:
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False
