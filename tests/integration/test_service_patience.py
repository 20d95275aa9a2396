"""The booking service where callers, or the database, let it wait: everybody else is answered."""

import socket
from contextlib import ExitStack

import httpx
from sqlalchemy import text

from data_consistency.runtime import Runtime
from tests import bookings
from tests.booking_service import Service, problem
from tests.patience import PATIENCE

_HEAD = b"POST /v1/bookings/validate HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\n"


def _connect(service: Service) -> socket.socket:
    host, _, port = service.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def test_hundreds_of_half_requests_without_a_key_keep_nobody_out(rt: Runtime, service: Service) -> None:
    """Half a head, or a head with half a body: who has a key is answered meanwhile."""
    call = bookings.add_call(rt)
    with ExitStack() as opened:
        for number in range(560):
            half = opened.enter_context(_connect(service))
            half.sendall(_HEAD if number % 2 else _HEAD + b"Content-Length: 100\r\n\r\n{")

        answer = service.post("/v1/bookings/validate", {"call_id": call})

    assert 200 == answer.status_code


def test_who_has_no_key_is_answered_before_the_body_is_read(service: Service) -> None:
    """And the connection ends; the body never comes."""
    with _connect(service) as half:
        half.sendall(_HEAD + b"Content-Length: 100\r\n\r\n{")
        answer = b"".join(iter(lambda: half.recv(1000), b""))

    assert answer.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in answer.lower()


def test_a_database_that_hangs_is_waited_for_no_longer_than_a_caller_waits(rt: Runtime, service: Service) -> None:
    """Keys that were never read cannot be looked up; what needs no database is answered, and later everything."""
    call = bookings.add_call(rt)
    with rt.engine.connect() as other:
        other.execute(text("LOCK TABLES consistency_api_keys WRITE"))
        hanging = service.post("/v1/bookings/validate", {"call_id": call})
        alive = httpx.get(f"{service.url}/health", timeout=PATIENCE)
        other.execute(text("UNLOCK TABLES"))
    settled = service.post("/v1/bookings/validate", {"call_id": call})
    while settled.status_code == 503:  # it asks the database again after a pause
        settled = service.post("/v1/bookings/validate", {"call_id": call})

    assert 503 == problem(hanging)["status"]
    assert (200, 200) == (alive.status_code, settled.status_code)
