"""Requests that do not arrive: a deadline for head and body, and room for those who come next."""

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from data_consistency.web import arrival
from data_consistency.web.size_limit import SizeLimit
from tests.patience import PATIENCE

_SECONDS = 0.3


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture
def port() -> Iterator[int]:
    """A small server with short deadlines, and room for three half requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        SizeLimit(ExceptionMiddleware(_echo), seconds=_SECONDS),
        http=arrival.protocol(_SECONDS, 3),
        log_config=None,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield int(listener.getsockname()[1])
    server.should_exit = True
    thread.join()
    listener.close()


def _half(port: int, said: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n") -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    opened.sendall(said)
    return opened


def _ask(port: int) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    client.request("POST", "/", body=b"x")
    status = client.getresponse().status
    client.close()
    return status


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_a_head_that_does_not_arrive_ends_its_connection(port: int, said: bytes) -> None:
    """However much of it has come; nothing is answered."""
    with _half(port, said) as half:
        assert b"" == half.recv(100)
    assert 200 == _ask(port)


def test_the_head_of_a_second_request_has_a_deadline_too(port: int) -> None:
    """One good request does not open the door for ever."""
    with _half(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") as half:
        first = half.recv(1000)
        half.sendall(b"GET / HT")
        rest = b"".join(iter(lambda: half.recv(1000), b""))

    assert first.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1" not in rest


def test_newcomers_push_the_oldest_half_request_out(port: int) -> None:
    """Whole requests are answered all the time."""
    halves = [_half(port) for _ in range(8)]

    answered = _ask(port)

    assert 200 == answered
    for half in halves:
        half.close()


def test_a_body_that_does_not_arrive_is_refused(port: int) -> None:
    """Told as such, and the connection ends."""
    with _half(port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf") as half:
        answer = b"".join(iter(lambda: half.recv(1000), b""))

    assert answer.startswith(b"HTTP/1.1 408")
