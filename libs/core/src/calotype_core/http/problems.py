"""Errors as RFC 9457 problems: a stable code, and a sentence that says what to do."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from calotype_core import logs
from calotype_core.errors import CalotypeError

_log = logs.get_logger(__name__)
_SERVER_ERROR = 500


def as_problem(_: Request[Any, Any, Any], error: CalotypeError) -> Response[dict[str, Any]]:
    """Answer with what one of our errors says of itself."""
    if error.status >= _SERVER_ERROR:
        _log.error("request failed", code=error.code, reason=error.message)
    document: dict[str, Any] = {
        **_document(error.status, error.code, error.message, retry=error.retry),
        **error.about,
    }
    if error.problems:
        document["errors"] = [
            {"path": one.path, "expected": one.expected, "got": one.got} for one in error.problems
        ]
    return _response(document, error.status, {"Retry-After": "5"} if error.retry else {})


def as_framework_problem(
    _: Request[Any, Any, Any], error: HTTPException
) -> Response[dict[str, Any]]:
    """Answer what the framework itself refused: an unknown route, a method, a parameter."""
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
    document = _document(error.status_code, code, error.detail, retry=False)
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        document["code"] = "malformed_request"
        document["errors"] = [
            {"path": one.get("key", ""), "expected": one.get("message", ""), "got": ""}
            for one in error.extra
        ]
    return _response(document, error.status_code, dict(error.headers or {}))


def as_internal_problem(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Answer for a bug of ours: the log has the details, the client has none of them."""
    _log.exception("request failed for an error of ours", exc_info=error)
    detail = "Calotype failed, not your request. The log has the cause; try again later."
    return _response(_document(_SERVER_ERROR, "internal", detail, retry=True), _SERVER_ERROR, {})


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
