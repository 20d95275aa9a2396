"""Companies apart: what one has connected, and how slow that is, is nobody else's matter."""

import asyncio
import threading

import httpx
import pytest
from fastapi.testclient import TestClient

from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.rows import evidence
from data_consistency.booking.settlement import Action, Question
from data_consistency.booking.verdict import Calendar, Tell
from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar.mirror import set_aside
from data_consistency.calendar.reconciliation import conclude
from data_consistency.detect.evidence import silences
from data_consistency.rules import CALCOM
from data_consistency.runtime import Runtime
from data_consistency.web.app import create_app
from tests import bookings, worlds
from tests.booking_service import make_key, problem
from tests.patience import PATIENCE

_READ = {
    "read in whole": "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom:1', UTC_TIMESTAMP(6))",
    "begun": (
        "INSERT INTO consistency_calcom_readings (company_id, kind, run_id, created_at, updated_at)"
        " VALUES (1, 'changes', 'r', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))"
    ),
}


@pytest.mark.every_server
@pytest.mark.parametrize("how", _READ)
def test_a_connected_calendar_is_its_companys_alone(rt: Runtime, how: str) -> None:
    """Where there is one, silence is no absence; where there is none, nothing waits for it."""
    worlds.execute(rt.engine, "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', UTC_TIMESTAMP(6))")
    worlds.execute(rt.engine, _READ[how])
    connected, none = bookings.add_call(rt), bookings.add_call(rt, company_id=2)

    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        settled = [
            guard.rollback_on_failure(call, guard.validate_appointment_creation(call)) for call in (connected, none)
        ]

    assert [(Action.QUEUED, Tell.BEING_CHECKED), (Action.ROLLED_BACK, Tell.NOT_BOOKED)] == [
        (one.action, one.result.tell) for one in settled
    ]


def _was_read(rt: Runtime, *, hours_ago: float, horizon: float | None = 1) -> None:
    for kind, hours in (("changes", hours_ago), ("horizon", horizon)):
        worlds.execute(
            rt.engine,
            "REPLACE INTO consistency_calcom_readings (company_id, kind, completed_at, run_id, created_at, updated_at)"
            " VALUES (1, :kind, UTC_TIMESTAMP(6) - INTERVAL :minutes MINUTE, 'r', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
            kind=kind,
            minutes=None if hours is None else int(hours * 60),
        )


@pytest.mark.parametrize(("changes", "horizon"), [(1, 1), (4, 1), (1, 29), (1, 31), (1, None), (4, 31)])
def test_what_is_silent_for_rules_is_silent_for_corrections(rt: Runtime, changes: float, horizon: float | None) -> None:
    """Of the only company the source as a whole says the same as its calendar."""
    claim = worlds.add_call(rt.engine, session_outcome="appointment_booked")
    rule = next(rule for rule in rt.suites()["calls"].rules if rule.id == "booking_claim_has_appointment")
    _was_read(rt, hours_ago=changes, horizon=horizon)
    conclude(rt, [1], run_id="r")

    with rt.transaction() as connection:
        is_silent = bool(silences(connection, [CALCOM], rt.now()))

    refusal = pipeline.preview_rule(rt, rule, (claim,))[0].refusal
    assert is_silent == ((changes, horizon) not in {(1, 1), (1, 29)})
    assert is_silent == (refusal == "calendar_is_silent")


@pytest.mark.parametrize("hours_ago", [1, 4])
def test_corrections_ask_the_calendar_of_the_calls_company(rt: Runtime, hours_ago: int) -> None:
    """One connected calendar, read lately or not, neither holds nor proves anything of a company that has none."""
    _was_read(rt, hours_ago=hours_ago)
    beat = "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', UTC_TIMESTAMP(6) - INTERVAL :h HOUR)"
    worlds.execute(rt.engine, beat, h=hours_ago)
    rules = {rule.id: rule for rule in rt.suites()["calls"].rules}
    claims = [worlds.add_call(rt.engine, company_id=one, session_outcome="appointment_booked") for one in (1, 2)]
    failed = [worlds.add_call(rt.engine, company_id=one, booking_failed=1) for one in (1, 2)]
    for company, call in enumerate(failed, 1):
        worlds.add_appointment(rt.engine, company_id=company, call_id=call, status="confirmed")

    def refusals(rule: str, calls: list[int]) -> list[str | None]:
        found = {item.entity_id: item.refusal for item in pipeline.preview_rule(rt, rules[rule], tuple(calls))}
        return [found[call] for call in calls]

    silent = "calendar_is_silent" if hours_ago > 3 else None
    assert [silent, None] == refusals("booking_claim_has_appointment", claims)
    assert ["calendar_does_not_say_so", None] == refusals("appointment_is_flagged_on_call", failed)
    with rt.transaction() as connection:
        connected = [
            evidence(connection, BookingRequest(call_id=call, company_id=company)).calendar is Calendar.SILENT
            for company, call in enumerate(claims, 1)
        ]
    assert [True, False] == connected


def test_a_booking_that_nobody_can_read_keeps_its_companys_claims_alone(rt: Runtime) -> None:
    """It may be the call's, unless it was made at another time or names another call."""
    _was_read(rt, hours_ago=1)
    rule = next(rule for rule in rt.suites()["calls"].rules if rule.id == "booking_claim_has_appointment")
    claims = tuple(worlds.add_call(rt.engine, company_id=one, session_outcome="appointment_booked") for one in (1, 2))

    def refusals(**values: object) -> list[str | None]:
        row = {"calcom_id": 71, "event_type_id": None, "created_at_calcom": None, "metadata_call_id": None, **values}
        with rt.transaction() as connection:
            set_aside(connection, 1, [{**row, "calcom_uid": "riddle", "unreadable": "start"}], now=rt.now())
        found = {item.entity_id: item.refusal for item in pipeline.preview_rule(rt, rule, claims)}
        return [found[call] for call in claims]

    assert ["booking_cannot_be_read", None] == refusals()
    assert [None, None] == refusals(created_at_calcom=worlds.long_ago(300))
    assert [None, None] == refusals(metadata_call_id="call_of_another")


def test_a_silent_calendar_holds_its_own_company_alone(rt: Runtime, breakers: Breakers) -> None:
    """Sixty of its requests wait or are told to come again; others are served, and the service says that it lives."""
    slow, other = bookings.add_call(rt), bookings.add_call(rt, company_id=2)
    keys = {company: make_key(rt, company) for company in (1, 2)}
    answered = threading.Event()

    def ask(question: Question) -> Calendar | None:
        if question.company_id == 1:
            answered.wait(PATIENCE)
            return Calendar.SILENT
        return None

    async def scene(guard: BookingGuard) -> tuple[list[httpx.Response], list[httpx.Response]]:
        transport = httpx.ASGITransport(create_app(rt, guard, breakers))
        async with httpx.AsyncClient(transport=transport, base_url="http://guard", timeout=PATIENCE) as client:

            async def settle(company: int, call: int) -> httpx.Response:
                headers = {"Authorization": f"Bearer {keys[company]}"}
                return await client.post("/v1/bookings/rollback", json={"call_id": call}, headers=headers)

            waiting = [asyncio.create_task(settle(1, slow)) for _ in range(60)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            others = [await settle(2, other), await client.get("/health")]
            answered.set()
            return others, await asyncio.gather(*waiting)

    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=ask) as guard:
        others, waited = asyncio.run(scene(guard))

    assert [200, 200] == [one.status_code for one in others]
    assert "rolled_back" == others[0].json()["action"]
    assert {200, 429} == {one.status_code for one in waited}
    assert all("retry-after" in one.headers for one in waited if one.status_code == 429)


def test_too_many_requests_are_told_to_wait(rt: Runtime, breakers: Breakers) -> None:
    """Of one key; another company's goes on."""
    call = bookings.add_call(rt)
    one, other = ({"Authorization": f"Bearer {make_key(rt, company)}"} for company in (1, 2))
    with BookingGuard(rt) as guard:
        # A bucket that fills in weeks: however slow the machine, none comes back during the test.
        app = create_app(rt, guard, breakers, requests_per_second=1e-6, burst=3)
        with TestClient(app) as client:
            answers = [client.post("/v1/bookings/validate", json={"call_id": call}, headers=one) for _ in range(5)]
            others = client.post("/v1/bookings/validate", json={"call_id": call}, headers=other)

    assert [200, 200, 200, 429, 429] == [answer.status_code for answer in answers]
    assert int(answers[-1].headers["retry-after"]) >= 1
    problem(answers[-1])
    assert 429 != others.status_code
