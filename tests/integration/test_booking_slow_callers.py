"""Callers that are slow, that send halves, or that have no key: nobody else waits for them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from data_consistency.runtime import Runtime
from data_consistency.web import arrival
from data_consistency.web.deadlines import Deadlines
from tests import bookings
from tests.booking_service import Service, make_key
from tests.patience import PATIENCE

_HEAD = (
    b"POST /v1/bookings/rollback HTTP/1.1\r\nHost: guard\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
)


@contextmanager
def _connections(service: Service, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Connections of one address that say this and nothing more."""
    where = urlsplit(service.url)
    with ExitStack() as held:
        made = []
        for _ in range(count):
            one = held.enter_context(socket.create_connection((where.hostname, where.port), PATIENCE))
            one.sendall(said)
            made.append(one)
        yield made


def _from_another_address(service: Service, call: int) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as client:
        return client.post(
            f"{service.url}/v1/bookings/validate",
            json={"call_id": call},
            headers={"Authorization": f"Bearer {service.key}"},
            timeout=PATIENCE,
        )


@pytest.mark.parametrize("said", [b"", _HEAD, _HEAD + b"\r\n{"], ids=["nothing", "half a head", "half a body"])
def test_nobody_waits_for_halves_of_another_address(rt: Runtime, service: Service, said: bytes) -> None:
    """More of them than there is room for: the oldest are told when to come again, newer ones are closed in time."""
    call = bookings.add_call(rt)
    with _connections(service, arrival.MOST + 150, said) as held:
        assert 200 == _from_another_address(service, call).status_code
        if said == _HEAD:
            assert b"Retry-After: " in held[0].recv(1000)
            assert b"" == held[-1].recv(1000)

    assert 200 == service.post("/v1/bookings/validate", {"call_id": call}).status_code


def test_who_has_no_key_is_told_before_the_body_is_waited_for(rt: Runtime, service: Service) -> None:
    """None, or a wrong one; with a right one the body has a deadline."""
    keys = {"": b"401", "Bearer wrong": b"401", f"Bearer {make_key(rt, 1, 'slow')}": b"408"}
    for key, status in keys.items():
        head = _HEAD + (f"Authorization: {key}\r\n".encode() if key else b"") + b"\r\n{"
        with _connections(service, 1, head) as (one,):
            assert one.recv(4000).startswith(b"HTTP/1.1 " + status), status


async def _ask(*, late: bool) -> tuple[list[Message], list[str]]:
    """What a caller gets from work that is done at once, or only after the answer; and what became of the work."""
    sent: list[Message] = []
    done: list[str] = []
    is_answered, is_done = asyncio.Event(), asyncio.Event()

    async def work(_scope: Scope, _receive: Receive, send: Send) -> None:
        if late:
            await is_answered.wait()
        done.append("work")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        is_done.set()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    seconds = 0.01 if late else PATIENCE
    await Deadlines(work, other_seconds=seconds)({"type": "http", "path": "/", "headers": []}, receive, send)
    answered = list(sent)
    is_answered.set()
    await is_done.wait()
    assert answered == sent  # late work says nothing more
    return sent, done


def test_an_answer_that_takes_too_long_is_given_up_and_the_work_goes_on() -> None:
    """The caller is told when to come again."""
    in_time, _ = asyncio.run(_ask(late=False))
    late, done = asyncio.run(_ask(late=True))

    assert [200, 503] == [sent[0]["status"] for sent in (in_time, late)]
    assert (b"retry-after", b"5") in late[0]["headers"]
    assert ["work"] == done
