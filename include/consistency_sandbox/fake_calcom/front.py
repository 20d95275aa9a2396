"""The fake server as an ASGI application: latency, faults on the wire, the log, then the API."""

import asyncio
import socket
import struct
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope, Send

from consistency_sandbox.fake_calcom import control
from consistency_sandbox.fake_calcom.api import Api, Call
from consistency_sandbox.fake_calcom.faults import Fault, Kind
from consistency_sandbox.fake_calcom.records import iso
from consistency_sandbox.fake_calcom.reply import Reply
from consistency_sandbox.fake_calcom.world import Logged, World

_DRIP_SECONDS = 0.02


class FakeApp:
    """ASGI application over one world."""

    def __init__(self, world: World, *, stop: Callable[[], None] = lambda: None) -> None:
        self.api = Api(world)
        self._world = world
        self._control = control.build(self.api, stop=stop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not scope["path"].startswith("/v2"):
            await self._control(scope, receive, send)
            return
        call = await _call(scope, receive)
        fault = self._world.take_fault(call.method, call.path)
        await self._dawdle()
        if fault is None or fault.commit:
            reply = await self.api.answer(call)
        if fault is not None and fault.breaks_connection:
            self._note(call, None)
            await _break(fault, receive, send)
            return
        if fault is not None:
            reply = fault.reply(call.path, iso(self._world.clock.now()))
        self._note(call, reply.status)
        if call.method == "GET" and call.path == "/v2/bookings" and self._world.between_pages:
            control.act(self._world, self._world.between_pages.popleft())
        await self.api.webhooks.deliver()  # before the answer, so that whoever has it knows what was told
        await _send(reply, send)

    async def _dawdle(self) -> None:
        switches = self._world.switches
        tail = self._world.random.expovariate(1 / switches.latency_tail) if switches.latency_tail else 0.0
        await asyncio.sleep(switches.latency + tail)

    def _note(self, call: Call, status: int | None) -> None:
        self._world.log.append(
            Logged(
                method=call.method,
                path=call.path,
                query=call.query,
                version=call.headers.get("cal-api-version"),
                body=call.document,
                status=status,
            )
        )


async def _call(scope: Scope, receive: Receive) -> Call:
    body = b""
    while True:
        message: Message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Call(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body=body,
    )


async def _send(reply: Reply, send: Send) -> None:
    headers = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
    await _head(reply.status, headers, send)
    await send({"type": "http.response.body", "body": reply.body})


async def _head(status: int, headers: dict[str, str], send: Send) -> None:
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})


async def _break(fault: Fault, receive: Receive, send: Send) -> None:
    """Answer badly, or not at all, until the client gives up."""
    if fault.kind is not Kind.SILENCE:
        await _head(200, {"content-type": "application/json", "content-length": "100000"}, send)
        await send({"type": "http.response.body", "body": b'{"status":', "more_body": True})
    if fault.kind is Kind.RESET:
        _cut(send)
        return
    gone = asyncio.ensure_future(_gone(receive))
    while not gone.done():
        await asyncio.wait([gone], timeout=_DRIP_SECONDS)
        if fault.kind is Kind.DRIP:
            await send({"type": "http.response.body", "body": b" ", "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cut(send: Send) -> None:
    """Reset the connection; ASGI knows no such thing, so we take the server's own socket."""
    transport = send.__self__.transport  # type: ignore[attr-defined]  # uvicorn's request cycle
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
