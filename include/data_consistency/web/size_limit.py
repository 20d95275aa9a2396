"""Bodies end where nobody needs more, and arrive in time: counted and timed while they do, not trusted to say so."""

import asyncio
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.web import problems

MAX_BYTES = 16_384
# A provider's message holds the whole transcript of a call.
MAX_HINT_BYTES = 2 * 2**20
_HINTS = "/hints/"
SECONDS = 4.0  # below the worst answer times that are promised


class SizeLimit:
    """Refuses larger bodies with 413 before anything reads them whole, and slow ones with 408."""

    def __init__(self, app: ASGIApp, *, seconds: float = SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        most = MAX_HINT_BYTES if scope["path"].startswith(_HINTS) else MAX_BYTES
        detail = f"The body is larger than {most} bytes."
        if not length.isdigit() or int(length) > most:
            answer = problems.response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        arrived, is_whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal arrived, is_whole
            # Afterwards it is asked whether the caller has gone, which may take as long as the answer.
            message = await (receive() if is_whole else _before(until, receive))
            is_whole = not message.get("more_body", False)
            arrived += len(message.get("body", b""))
            if arrived > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
            return message

        await self._app(scope, counted, send)


async def _before(until: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout_at(until):
            return await receive()
    except TimeoutError as error:
        raise HTTPException(
            HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time.", {"Connection": "close"}
        ) from error
