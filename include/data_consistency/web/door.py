"""Who gets in: heads that arrive in time, connections of one address that leave room for others, keys before bodies."""

import asyncio
from collections import Counter
from typing import Any, ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from data_consistency.web import problems
from data_consistency.web.keys import KeyRing
from data_consistency.web.problems import Problem

HEAD_SECONDS = 10.0
MOST_OF_ONE_ADDRESS = 256
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Door(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # one of two, as installed
    """One connection. The head of a request arrives in time, or it is closed; one address has so many."""

    _open: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Count it, and wait for the head."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        self._timer: asyncio.TimerHandle | None = None
        self._open[self._address] += 1
        super().connection_made(transport)
        if self._open[self._address] > MOST_OF_ONE_ADDRESS:
            transport.write(_FULL)
            transport.close()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Where a head is complete, nothing is waited for; where another begins, it is."""
        super().data_received(data)
        if self._is_served():
            self._stop()
        elif self._timer is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """One less."""
        self._stop()
        self._open[self._address] -= 1
        if self._open[self._address] <= 0:
            del self._open[self._address]
        super().connection_lost(exc)

    def _is_served(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self._is_served() and not self.transport.is_closing():
            self.transport.close()


class KeysFirst:
    """Refuses whoever has no key before anything of the body is waited for."""

    def __init__(self, app: ASGIApp, *, ring: KeyRing) -> None:
        self._app = app
        self._ring = ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith("/v1/"):
            given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            try:
                if self._ring.is_fresh:
                    self._ring.company_of(given)
                else:
                    await run_in_threadpool(self._ring.company_of, given)
            except Problem as refusal:
                answer = problems.response(refusal.status, refusal.detail, refusal.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
