"""Bodies end where nobody needs more, and arrive in time: counted and timed while they do, not trusted to say so."""

import asyncio
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.web import problems

MAX_BYTES = 16_384
SECONDS = 4.0  # below the worst answer times that are promised
_DETAIL = f"The body is larger than {MAX_BYTES} bytes."


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
        if not length.isdigit() or int(length) > MAX_BYTES:
            await _refuse(scope, receive, send)
            return
        arrived, is_whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal arrived, is_whole
            # Afterwards it is asked whether the caller has gone, which may take as long as the answer.
            message = await (receive() if is_whole else _before(until, receive))
            is_whole = not message.get("more_body", False)
            arrived += len(message.get("body", b""))
            if arrived > MAX_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _DETAIL)
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


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problems.response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _DETAIL, {"Connection": "close"})
    await answer(scope, receive, send)
