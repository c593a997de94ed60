"""Errors as RFC 9457 says: what was wrong, where, and what would be right."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from wattstead.api.answers import encode
from wattstead.api.headers import SECURITY
from wattstead.model.errors import UsageError, WattsteadError

PROBLEM_TYPE = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Give an error as an answer. detail: one sentence for a person."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(encode(body), status, {**SECURITY, **(headers or {})}, PROBLEM_TYPE)


def answer_problems(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(UsageError, _usage)
    app.add_exception_handler(WattsteadError, _ours)
    app.add_exception_handler(Exception, _bug)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:
        detail = _WORDS.get(error.status_code, "{path}: {phrase}").format(
            path=request.url.path, method=request.method, phrase=detail.lower()
        )
    return problem(error.status_code, detail, error.headers)


_WORDS = {
    404: "there is nothing at {path}; /api/openapi.json lists all that there is",
    405: "{path} cannot be asked with {method}; everything here is read with GET",
}


async def _validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, found)


async def _usage(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


async def _ours(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def _bug(_: Request, error: Exception) -> Response:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"this is a mistake in Wattstead ({type(error).__name__}); its log has the details",
    )
