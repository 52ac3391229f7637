"""What the OpenAPI document says of POST /process, and the framework cannot know."""

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

from calotype_core.domain.urls import LONGEST_URL

_PART = Schema(type=OpenAPIType.NUMBER, minimum=0, maximum=1)
_MEMBERS = {
    "imageId": Schema(type=OpenAPIType.STRING, description="What its upload answered."),
    "instructions": Schema(
        description="What is made: an object, a list of steps, or a preset's name;"
        " docs/instructions.md has all of it.",
    ),
    "focalPoint": Schema(
        type=OpenAPIType.OBJECT,
        properties={"x": _PART, "y": _PART},
        required=["x", "y"],
        additional_properties=False,
        description="In place of the image's own, for these renditions.",
    ),
    "callbackUrl": Schema(
        type=OpenAPIType.STRING,
        format=OpenAPIFormat.URI,
        max_length=LONGEST_URL,
        description="Where to tell of the outcome, where something has to be made.",
    ),
}
_BODY = RequestBody(
    required=True,
    content={
        "application/json": OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                properties=_MEMBERS,  # type: ignore[arg-type]  # the library's type is invariant
                required=["imageId", "instructions"],
                additional_properties=False,
            )
        )
    },
)


@dataclass
class ProcessOperation(Operation):
    """POST /process, with its body and its header."""

    def __post_init__(self) -> None:
        self.request_body = _BODY
        prefer = Parameter(
            name="Prefer",
            param_in="header",
            description="wait=N: answer within N seconds; respond-async: answer at once.",
            schema=Schema(type=OpenAPIType.STRING),
        )
        self.parameters = [*(self.parameters or ()), prefer]
