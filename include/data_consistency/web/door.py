"""The door: who has no key is answered before a byte of the body is read, and keeps no connection."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.ledger.api_keys import ApiKey
from data_consistency.web import problems
from data_consistency.web.keys import KeyRing, RateLimit
from data_consistency.web.problems import Problem

# Name of what the routes read the caller's key from.
KEY = "consistency_key"
# More requests than threads wait; beyond this they are told to come again.
MOST_UNDER_WAY = 512
_GUARDED = "/v1/"


class Door:
    """Asks for the key of every request to the company's routes; the others need none and are answered once."""

    def __init__(self, app: ASGIApp, *, ring: KeyRing, limit: RateLimit, most: int = MOST_UNDER_WAY) -> None:
        self._app = app
        self._ring = ring
        self._limit = limit
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not scope["path"].startswith(_GUARDED):
            await self._app(scope, receive, _last(send))
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            key = await self._admitted(Headers(scope=scope).get("authorization"))
        except Problem as problem:
            answer = problems.response(problem.status, problem.detail, problem.headers, **problem.more)
            await answer(scope, receive, _last(send))
            return
        scope[KEY] = key
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _admitted(self, authorization: str | None) -> ApiKey:
        if self._ring.is_fresh:
            key = self._ring.company_of(authorization)
        else:
            # It may have to ask the database.
            key = await run_in_threadpool(self._ring.company_of, authorization)
        self._limit.take(key)
        if self._under_way >= self._most:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many requests are under way. Repeat the request.",
                headers={"Retry-After": "1"},
            )
        return key


def _last(send: Send) -> Send:
    """Answers with which the connection ends."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await send(message)

    return closing
