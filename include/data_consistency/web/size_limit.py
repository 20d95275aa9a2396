"""Bodies end where nobody needs more: counted while they arrive, not trusted to say their length."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_consistency.web import problems

MAX_BYTES = 16_384
_DETAIL = f"The body is larger than {MAX_BYTES} bytes."


class SizeLimit:
    """Refuses larger bodies with 413 before anything reads them whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > MAX_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _DETAIL)
            return message

        await self._app(scope, counted, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problems.response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _DETAIL, {"Connection": "close"})
    await answer(scope, receive, send)
