"""No answer takes longer than is promised: a body arrives in time, and whoever waits too long is told to come again."""

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
BODY_SECONDS = 4.0


class Deadlines:
    """Answers 408 where the body does not arrive, and 503 where the work takes too long; the work goes on.

    A repeat of an announcement with its key finds what was done meanwhile.
    """

    def __init__(
        self, app: ASGIApp, *, body_seconds: float = BODY_SECONDS, other_seconds: float = OTHER_SECONDS
    ) -> None:
        self._app = app
        self._body_seconds = body_seconds
        self._other_seconds = other_seconds
        self._left: set[asyncio.Future[None]] = set()  # the loop itself holds tasks weakly

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Watched(receive, send)
        work = asyncio.ensure_future(self._app(scope, request.receive, request.send))
        try:
            answer = await self._too_late(work, request, WORST_SECONDS.get(scope["path"], self._other_seconds))
        except asyncio.CancelledError:
            work.cancel()
            raise
        if answer is None:
            await work
            return
        request.is_over = True
        self._leave(work)
        await answer(scope, receive, send)

    async def _too_late(self, work: "asyncio.Future[None]", request: "_Watched", seconds: float) -> ASGIApp | None:
        """The answer of ours; None: the work has one."""
        first = min(self._body_seconds, seconds)
        await asyncio.wait({work}, timeout=first)
        if not work.done() and not request.has_arrived:
            work.cancel()
            detail = f"The body did not arrive within {first:g} seconds."
            return problems.response(HTTPStatus.REQUEST_TIMEOUT, detail, {"Connection": "close"})
        if not work.done():
            await asyncio.wait({work}, timeout=seconds - first)
        if work.done() or request.has_answer:
            return None
        detail = f"It takes longer than {seconds:g} seconds, and goes on. Repeat the request, with the same key."
        return problems.response(HTTPStatus.SERVICE_UNAVAILABLE, detail)

    def _leave(self, work: "asyncio.Future[None]") -> None:
        self._left.add(work)
        work.add_done_callback(self._end)

    def _end(self, work: "asyncio.Future[None]") -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            logger.error("request failed after its deadline cause=%s", type(error).__name__)


class _Watched:
    """Two ends of a request: whether its body is here, whether its answer has begun; closed once another answers."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.has_arrived = False
        self.has_answer = False
        self.is_over = False

    async def receive(self) -> Message:
        """The next part of the body."""
        message = await self._receive()
        self.has_arrived = self.has_arrived or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """The next part of the answer."""
        if not self.is_over:
            self.has_answer = True
            await self._send(message)
