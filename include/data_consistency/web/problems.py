"""Errors as RFC 9457 problem details: what, where, and what to do; never a value that somebody sent."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from data_consistency.errors import DatabaseRefused, DatabaseUnavailable, SchemaNotReady, UnmarkedSchema, WrongUse
from data_consistency.logs import logger_of

logger = logger_of(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = "5"


class ProblemOut(BaseModel):
    """An error: what, where, and what to do (RFC 9457)."""

    model_config = ConfigDict(
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "body.call_id: Input should be greater than 0",
                    "errors": [{"field": "body.call_id", "message": "Input should be greater than 0"}],
                }
            ]
        },
    )

    title: str = Field(description="The phrase of the status.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong with this request.")
    errors: list[dict[str, str]] = Field(default=[], description="Each field that is wrong, and how.")


class Problem(Exception):  # the term of RFC 9457
    """Something the caller is told."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How some errors stand in the description of a route."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def response(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> JSONResponse:
    """One problem; its type is left out, as the status says it all (about:blank). A 503 says when to come again."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    when = {"Retry-After": _RETRY_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(body, status_code=status, headers={**when, **(headers or {})}, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of ours, of the framework, and of nobody's doing, as a problem."""
    handlers: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]] = {
        Problem: _problem,
        HTTPException: _http,
        RequestValidationError: _invalid,
        WrongUse: _wrong_use,
        DatabaseUnavailable: _unavailable,
        DatabaseRefused: _refused,
        SchemaNotReady: _unavailable,
        UnmarkedSchema: _unavailable,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    _describe(app)


def _describe(app: FastAPI) -> None:
    # A model named at a route would be filed as application/json; so the schema is put among the others by hand.
    describe = app.openapi

    def with_problem() -> dict[str, Any]:
        document = describe()
        document["components"]["schemas"]["Problem"] = ProblemOut.model_json_schema()
        return document

    app.openapi = with_problem  # type: ignore[method-assign]  # as the framework's documentation says


async def _problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return response(error.status, error.detail, error.headers, **error.more)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return response(error.status_code, str(error.detail), error.headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The framework would repeat the input, which may be anything; the place and the rule are enough.
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()]
    return response(HTTPStatus.UNPROCESSABLE_ENTITY, f"{errors[0]['field']}: {errors[0]['message']}", errors=errors)


async def _wrong_use(_request: Request, error: Exception) -> JSONResponse:
    return response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    logger.warning("request not served cause=%s", type(error).__name__)
    return response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer as expected; nothing was changed. Repeat the request.",
    )


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    logger.error("request not served cause=%s: %s", type(error).__name__, error)
    return response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database refuses what the service asks of it; nothing was changed. Its operator must mend that, the"
        " service's log names it.",
    )


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    logger.error("request failed cause=%s", type(error).__name__)
    return response(HTTPStatus.INTERNAL_SERVER_ERROR, "Something unexpected happened; the service's log names it.")
