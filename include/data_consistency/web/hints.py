"""Hints over HTTP: a provider says that something has happened; it is noted in one statement, and looked at elsewhere.

A body is counted while it arrives, held no longer than it takes to check its signature, and never stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from data_consistency.db.transactions import translated
from data_consistency.errors import DatabaseUnavailable
from data_consistency.ledger import hints
from data_consistency.ledger.hints import CALCOM, RETELL, Said
from data_consistency.runtime import Runtime
from data_consistency.web import problems, signed
from data_consistency.web.metrics import Metrics
from data_consistency.web.problems import Problem

_MOST_BYTES = 32 * 2**20  # of all bodies that arrive at once
_COMPANIES = 2**63 - 1
_REFUSED = "The signature does not fit the body."
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "As the provider sends it; only ids, kind and time are read.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class HintOut(BaseModel):
    """What became of a hint."""

    hint: str = Field(
        description="accepted, known: the same message was there before, or ignored: of no kind we look at"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HintKeys:
    """The secrets that providers sign with; several of one while a key is changed."""

    calcom: Mapping[int | None, Sequence[str]] = field(default_factory=dict)  # by company; None: the only one
    retell: Sequence[str] = ()

    def of_company(self, company_id: int) -> Sequence[str]:
        """The secrets of a company's webhooks."""
        return self.calcom.get(company_id, self.calcom.get(None, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class HintRoom:
    """What hints need beside the rest of the service."""

    engine: Engine  # quick: each statement commits itself
    keys: HintKeys
    accepted: Callable[[], None] = lambda: None  # wakes whoever looks
    most_bytes: int = _MOST_BYTES


class HintDesk:
    """What the routes share."""

    def __init__(self, rt: Runtime, room: HintRoom, metrics: Metrics) -> None:
        self.keys = room.keys
        self._rt = rt
        self._room = room
        self._metrics = metrics
        self._held = 0

    async def body_of(self, request: Request) -> bytearray:
        """The body, as far as there is room for it.

        Raises:
            Problem: too many at once, or whoever sent it has gone.
        """
        body = bytearray()
        try:
            async for chunk in request.stream():
                self._held += len(chunk)
                body += chunk
                if self._held > self._room.most_bytes:
                    raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too much arrives at once. Repeat the request.")
        except ClientDisconnect as gone:
            raise Problem(HTTPStatus.BAD_REQUEST, "The body did not arrive.") from gone
        finally:
            self._held -= len(body)
        return body

    def refuse(self, provider: str, outcome: str, status: HTTPStatus, detail: str) -> Problem:
        """An error for the provider, counted."""
        self._metrics.hinted(provider, outcome)
        return Problem(status, detail)

    async def take(self, provider: str, read: Callable[[], Said | None]) -> HintOut:
        """Note what a message says, if it is new enough.

        Raises:
            Problem: 400 it cannot be read, or was said too long ago or too far ahead.
        """
        try:
            said = await run_in_threadpool(read)
        except signed.Unreadable as error:
            raise self.refuse(provider, "unreadable", HTTPStatus.BAD_REQUEST, str(error)) from error
        if said is None:
            return self._told(provider, "ignored")
        if abs(self._rt.now() - said.said_at) > timedelta(seconds=hints.WINDOW_SECONDS):
            minutes = hints.WINDOW_SECONDS // 60
            raise self.refuse(
                provider, "stale", HTTPStatus.BAD_REQUEST, f"It was said over {minutes} minutes from now by our clock."
            )
        is_new = await run_in_threadpool(self._put, said)
        if is_new:
            self._room.accepted()
        return self._told(provider, "accepted" if is_new else "known")

    def _told(self, provider: str, outcome: str) -> HintOut:
        self._metrics.hinted(provider, outcome)
        return HintOut(hint=outcome)

    def _put(self, said: Said) -> bool:
        try:
            return self._put_once(said)
        except DatabaseUnavailable:
            # A connection that died in the pool says so only now.
            return self._put_once(said)

    def _put_once(self, said: Said) -> bool:
        with translated(), self._room.engine.connect() as connection:
            return hints.put(connection, said)


def router_of(desk: HintDesk) -> APIRouter:
    """The routes of the providers."""
    responses = problems.described(400, 401, 408, 413, 422, 503)
    router = APIRouter(prefix="/hints", tags=["hints"], responses=responses)

    @router.post("/calcom/{company}", status_code=HTTPStatus.ACCEPTED, openapi_extra=_BODY)
    async def calcom(company: Annotated[int, Path(ge=1, le=_COMPANIES)], request: Request) -> HintOut:
        """A webhook of Cal.com, signed with the company's secret (`X-Cal-Signature-256`)."""
        digest = signed.calcom_digest(request.headers.get(signed.CALCOM_HEADER))
        if digest is None:
            raise desk.refuse(CALCOM, "forged", HTTPStatus.UNAUTHORIZED, _REFUSED)
        body = bytes(await desk.body_of(request))
        if not signed.is_signed(body, digest, desk.keys.of_company(company)):
            raise desk.refuse(CALCOM, "forged", HTTPStatus.UNAUTHORIZED, _REFUSED)
        return await desk.take(CALCOM, lambda: signed.of_calcom(body, company))

    @router.post("/retell", status_code=HTTPStatus.ACCEPTED, openapi_extra=_BODY)
    async def retell(request: Request) -> HintOut:
        """A webhook of Retell, signed with the API key that is marked for webhooks (`x-retell-signature`)."""
        found = signed.retell_digest(request.headers.get(signed.RETELL_HEADER))
        if found is None:
            raise desk.refuse(RETELL, "forged", HTTPStatus.UNAUTHORIZED, _REFUSED)
        milliseconds, digest = found
        body = bytes(await desk.body_of(request))
        if not signed.is_signed(body + milliseconds.encode(), digest, desk.keys.retell):
            raise desk.refuse(RETELL, "forged", HTTPStatus.UNAUTHORIZED, _REFUSED)
        return await desk.take(RETELL, lambda: signed.of_retell(body, milliseconds))

    return router
