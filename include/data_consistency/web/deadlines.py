"""No answer takes longer than is promised: whoever waits too long is told to come again."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.logs import logger_of
from data_consistency.web import problems

logger = logger_of(__name__)

# Seconds until the answer, as docs/booking-guard-calls.md promises it; the first is asked a calendar, too.
WORST_SECONDS: Mapping[str, float] = {"/v1/bookings/rollback": 15.0}
OTHER_SECONDS = 5.0


class Deadlines:
    """Answers 503 where the work takes too long; the work goes on.

    A repeat of an announcement with its key finds what was done meanwhile.
    """

    def __init__(self, app: ASGIApp, *, other_seconds: float = OTHER_SECONDS) -> None:
        self._app = app
        self._other_seconds = other_seconds
        self._left: set[asyncio.Future[None]] = set()  # the loop itself holds tasks weakly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seconds = WORST_SECONDS.get(scope["path"], self._other_seconds)
        answer = _Answer(send)
        work = asyncio.ensure_future(self._app(scope, receive, answer.send))
        try:
            await asyncio.wait({work}, timeout=seconds)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if work.done() or answer.has_begun:
            await work
            return
        answer.is_over = True
        self._leave(work)
        detail = f"It takes longer than {seconds:g} seconds, and goes on. Repeat the request, with the same key."
        await problems.response(HTTPStatus.SERVICE_UNAVAILABLE, detail)(scope, receive, send)

    def _leave(self, work: "asyncio.Future[None]") -> None:
        self._left.add(work)
        work.add_done_callback(self._end)

    def _end(self, work: "asyncio.Future[None]") -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            logger.error("request failed after its deadline cause=%s", type(error).__name__)


class _Answer:
    """What the work sends: whether it has begun; nothing once another has answered."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False
        self.is_over = False

    async def send(self, message: Message) -> None:
        """The next part of the answer."""
        if not self.is_over:
            self.has_begun = True
            await self._send(message)
