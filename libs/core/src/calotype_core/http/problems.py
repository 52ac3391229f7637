"""Errors as RFC 9457 problems: a stable code, and a sentence that says what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from calotype_core import logs
from calotype_core.domain.problems import Problem, quote
from calotype_core.errors import CalotypeError, MalformedRequestError, NotFoundError, Rejected

AnyRequest = Request[Any, Any, Any]

_log = logs.get_logger(__name__)
_SERVER_ERROR = 500
_WORDS = {"Integer value out of range": "a whole number within reason", "int": "a whole number"}


class MethodNotAllowedError(Rejected):
    """The address does not take this method; the Allow header says which it takes."""

    code = "method_not_allowed"
    status = 405


def document_of(error: CalotypeError) -> dict[str, Any]:
    """Return the problem document that says what one of our errors says of itself."""
    document = {
        **_document(error.status, error.code, error.message, retry=error.retry),
        **error.about,
    }
    if error.problems:
        document["errors"] = [
            {"path": one.path, "expected": one.expected, "got": one.got} for one in error.problems
        ]
    return document


def as_problem(_: AnyRequest, error: CalotypeError) -> Response[dict[str, Any]]:
    """Answer with what one of our errors says of itself."""
    if error.status >= _SERVER_ERROR:
        _log.error("request failed", code=error.code, reason=error.message)
    headers = {**error.headers, **({"Retry-After": "5"} if error.retry else {})}
    return _response(document_of(error), error.status, headers)


def as_framework_problem(request: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    """Answer what the framework itself refused: an unknown route, a method, a parameter."""
    headers = dict(error.headers or {})
    if ours := _ours(request, error, headers.get("allow", "")):
        return _response(document_of(ours), ours.status, headers)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    document = _document(error.status_code, code, error.detail, retry=False)
    return _response(document, error.status_code, headers)


def as_internal_problem(_: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Answer for a bug of ours: the log has the details, the client has none of them."""
    _log.exception("request failed for an error of ours", exc_info=error)
    detail = "Calotype failed, not your request. The log has the cause; try again later."
    return _response(_document(_SERVER_ERROR, "internal", detail, retry=True), _SERVER_ERROR, {})


def _ours(request: AnyRequest, error: HTTPException, allowed: str) -> CalotypeError | None:
    """Return the framework's refusal in our words, where we have any."""
    if error.status_code == NotFoundError.status:
        return NotFoundError("Nothing is at this address. /schema says what there is.")
    if error.status_code == MethodNotAllowedError.status:
        return MethodNotAllowedError(
            f"This address does not take {request.method}; it takes {allowed}."
        )
    if error.status_code != MalformedRequestError.status:
        return None
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return MalformedRequestError(f"The request cannot be understood: {error.detail}.")
    problems = [_problem(request, one) for one in error.extra]
    told = "; ".join(str(one) for one in problems)
    return MalformedRequestError(f"The request is not valid: {told}.", problems=problems)


def _problem(request: AnyRequest, said: Mapping[str, str]) -> Problem:
    """Return what the framework says of a parameter, such as: Expected `int`, got `str`."""
    name, message = said.get("key", ""), said.get("message", "")
    expected = message.removeprefix("Expected ").partition(",")[0].replace("`", "")
    for theirs, ours in _WORDS.items():
        expected = expected.replace(theirs, ours)
    return Problem(
        path=name,
        expected=expected,
        got=quote(request.query_params.get(name)),
    )


def _document(status: int, code: str, detail: str, *, retry: bool) -> dict[str, Any]:
    return {
        "type": f"urn:calotype:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "retry": retry,
    }


def _response(
    document: dict[str, Any], status: int, headers: dict[str, str]
) -> Response[dict[str, Any]]:
    return Response(
        document,
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **headers},
    )


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    CalotypeError: as_problem,
    HTTPException: as_framework_problem,
    Exception: as_internal_problem,
}
