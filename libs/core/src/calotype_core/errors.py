"""What can go wrong, as two answers: what the client is told, and whether a retry is any use.

    CalotypeError            code, status, message; retry says whether the same again may succeed
    ├── Rejected             what was sent will never do; no retry helps
    │   └── (each service and port adds its own beside the code that raises it)
    └── Unavailable          something we depend on is away or full; the same again may succeed

Codes are stable: clients branch on them. docs/errors.md lists them all and is generated from here.
"""

from collections.abc import Mapping, Sequence

from calotype_core.domain.problems import Problem


class CalotypeError(Exception):
    """An error with a public face: a stable code, a sentence that says what to do, a status."""

    code: str = "internal"
    status: int = 500
    retry: bool = False
    headers: Mapping[str, str] = {}  # what an HTTP answer says besides

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[Problem] = (),
        about: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.about = dict(about or {})  # further members of the answer, such as imageId


class Rejected(CalotypeError):  # noqa: N818 - the tree reads better in the past tense
    """What was sent cannot be accepted, now or later."""

    code = "rejected"
    status = 422


class Unavailable(CalotypeError):  # noqa: N818 - as above
    """Something that we need is away; trying again later may help."""

    code = "unavailable"
    status = 503
    retry = True


class MalformedRequestError(Rejected):
    """The request cannot be understood."""

    code = "malformed_request"
    status = 400


class NotFoundError(Rejected):
    """Nothing is known under this id or name."""

    code = "not_found"
    status = 404
