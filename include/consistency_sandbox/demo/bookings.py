"""The demo's bookings: one that was announced and never made, and an outage of the calendar that ends by itself.

The booking path is as careless as the one that made the bad morning: it takes a 200 for a booking. What protects it is
real: the booking service in a process of its own, asked over HTTP, and a Cal.com that fails on demand.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from consistency_sandbox.demo.booking_service import serving
from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.faults import Kind
from data_consistency.db.transactions import transaction
from data_consistency.ledger import api_keys
from data_consistency.runtime import Runtime

RETELL_KEY = "key_of_the_demo_0000000001"
_RETELL_CALL = "call_0000000000000000000000d3mo"
_COMPANY = 1
_RECOVERY_SECONDS = 90.0
_HINT_SECONDS = 20.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The booking service, asked with the key of one company."""

    client: httpx.Client

    def ask(self, path: str, body: Mapping[str, object]) -> dict[str, object]:
        """One request."""
        return dict(self.client.post(path, json=body).raise_for_status().json())


def open_service(rt: Runtime, environ: Mapping[str, str], stack: ExitStack) -> Service:
    """A service that acts on what it finds, until the stack ends."""
    now = rt.now()
    with transaction(rt.engine) as connection:
        key = api_keys.create(connection, company_id=_COMPANY, name="demo", expires_at=None, actor="demo", now=now)
    url = stack.enter_context(serving(environ, "--enforce"))
    return Service(client=stack.enter_context(httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"})))


def announce(rt: Runtime, service: Service, fake: FakeCalcom, say: Say) -> int:
    """A booking that Cal.com answers with 200 and never makes; the caller is told that all is well.

    Returns:
        The call.
    """
    fake.fail(Kind.SAYS_ERROR, path="/v2/bookings")
    answer = httpx.post(
        f"{fake.url}/v2/bookings", json={}, headers={"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-02-25"}
    )
    call = _announced(rt)
    say(f"  Cal.com answered {answer.status_code}; the agent told the caller that the appointment is booked")
    told = service.ask("/v1/bookings/rollback", {"call_id": call})
    say(f"  POST /v1/bookings/rollback: {told['verdict']}, {told['reason']}: {told['action']}")
    return call


def outage(service: Service, fake: FakeCalcom, say: Say) -> dict[str, object]:
    """Cal.com refuses connections; three failures open the breaker, two probes close it when Cal.com is back."""
    with fake.down():
        for _ in range(3):
            _book(service, fake)
        began = time.monotonic()
        refused = service.ask("/v1/breakers/calcom/permit", {})
        took = (time.monotonic() - began) * 1000
        say(
            f"  three connections refused; the next call is not made: {refused['why']}, told in {took:.1f} ms by HTTP,"
            f" ask again in {refused['retry_after']:.0f} s"
        )
    opened = time.monotonic()
    while _state(service) != "closed" and time.monotonic() - opened < _RECOVERY_SECONDS:
        _book(service, fake)
        time.sleep(0.5)
    recovered = time.monotonic() - opened
    say(f"  Cal.com is back: {_state(service)} again after {recovered:.0f} s, by two probes and nobody's hand")
    return {"breaker_refused": int(not refused["granted"]), "breaker_recovered": int(_state(service) == "closed")}


def hint(rt: Runtime, service: Service, call: int, say: Say) -> float | None:
    """Send the service what Retell sends, signed as Retell signs it.

    Returns:
        Seconds until the call was taken back; None: it was not, within a while.
    """
    body = json.dumps({"event": "call_analyzed", "call": {"call_id": _RETELL_CALL}}).encode()
    said = str(round(time.time() * 1000))
    digest = hmac.new(RETELL_KEY.encode(), body + said.encode(), hashlib.sha256).hexdigest()
    began = time.monotonic()
    headers = {"x-retell-signature": f"v={said},d={digest}"}
    answer = service.client.post("/hints/retell", content=body, headers=headers).raise_for_status()
    while not taken_back(rt, call):
        if time.monotonic() - began > _HINT_SECONDS:
            say(f"  POST /hints/retell: {answer.json()['hint']}; nothing came of it in {_HINT_SECONDS:.0f} s")
            return None
        time.sleep(0.05)
    seconds = round(time.monotonic() - began, 1)
    say(f"  POST /hints/retell: {answer.json()['hint']}; taken back {seconds} s after the hint")
    return seconds


def taken_back(rt: Runtime, call: int) -> bool:
    """Whether the call claims nothing any more, with audit and a question to a person."""
    with rt.engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT appointment_made, session_outcome,"
                " (SELECT COUNT(*) FROM consistency_corrections AS c WHERE c.entity_id = calls.id"
                " AND c.rule = 'appointment_rollback'),"
                " (SELECT COUNT(*) FROM manual_review_queue AS q WHERE q.entity_id = calls.id AND q.priority = 1)"
                " FROM calls WHERE id = :call"
            ),
            {"call": call},
        ).one()
    return (not row[0]) and row[1] == "creation_failed" and row[2] >= 1 and row[3] >= 1


def _book(service: Service, fake: FakeCalcom) -> None:
    """One guarded call of a booking path."""
    permit = service.ask("/v1/breakers/calcom/permit", {})
    if not permit["granted"]:
        return
    try:
        status = httpx.get(f"{fake.url}/v2/me", headers={"Authorization": f"Bearer {KEY}"}, timeout=5).status_code
    except httpx.TransportError:
        service.ask("/v1/breakers/calcom/failure", {"permit": permit["permit"], "cause": "ConnectError"})
        return
    path = "failure" if status >= 500 else "success"
    service.ask(f"/v1/breakers/calcom/{path}", {"permit": permit["permit"]})


def _state(service: Service) -> str:
    return str(service.client.get("/v1/breakers/calcom").raise_for_status().json()["state"])


def _announced(rt: Runtime) -> int:
    """The call as the agent's webhook writes it: made after another of the same company, with a claim of its own."""
    now = rt.now().replace(microsecond=0)
    with rt.engine.begin() as connection:
        made = connection.execute(
            text(
                "INSERT INTO calls (company_id, branch_id, phone_number_id, retell_call_id, direction, from_number,"
                " to_number, status, session_outcome, appointment_made, booking_confirmed, appointment_link_status,"
                " customer_link_status, created_at, updated_at)"
                " SELECT company_id, branch_id, phone_number_id, :retell_call_id, 'inbound', 'anonymous',"
                " to_number, 'completed', 'appointment_booked', 1, 1, 'linked', 'anonymous', :now, :now"
                " FROM calls WHERE company_id = :company ORDER BY id LIMIT 1"
            ),
            {"retell_call_id": _RETELL_CALL, "company": _COMPANY, "now": now},
        )
        return int(made.lastrowid)
