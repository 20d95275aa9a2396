"""The examples of a booking path, in Python and in PHP, against the real service and a real server of the calendar."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.faults import Kind
from consistency_sandbox.servers import packages
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import bookings, worlds
from tests.booking_service import Service
from tests.odd_guard import ODD, OddGuard, odd_guard

_CHECKED = (2, "Your appointment is being checked; we will confirm it.\n")
_TAKEN = (3, "That time is taken; which other one would suit you?\n")
_SEATS, _SERIES = 500, 600  # types of the fake server


@pytest.fixture(params=["python", "php"])
def command(request: pytest.FixtureRequest) -> Sequence[str]:
    """How an example is started."""
    if request.param == "python":
        return (sys.executable, str(shipped().home / "examples" / "booking_path.py"))
    packages.require("php")
    return (str(packages.find("php")), str(shipped().home / "examples" / "booking_path.php"))


def _run(
    command: Sequence[str], service: Service | OddGuard, fake: FakeCalcom, call: int, event_type: int = 100
) -> tuple[int, str]:
    done = subprocess.run(
        [*command, str(call), str(event_type), "2026-11-24T10:00:00Z"],
        capture_output=True, text=True, check=False, timeout=60,
        env={
            **os.environ, "BOOKING_GUARD_URL": service.url, "BOOKING_GUARD_KEY": service.key,
            "CALCOM_URL": fake.url, "CALCOM_KEY": KEY,
        },
    )  # fmt: skip
    assert "" == done.stderr
    return done.returncode, done.stdout


def _call(rt: Runtime, *, with_appointment: bool) -> int:
    call = bookings.add_call(rt)
    if with_appointment:
        bookings.add_appointment(rt, call)
    return call


def test_what_the_caller_is_told_is_true(
    rt: Runtime, service: Service, fake: FakeCalcom, command: Sequence[str]
) -> None:
    """A silent failure is found before anybody is told; a booking that stands is confirmed."""
    good = _call(rt, with_appointment=True)
    fake.fail(Kind.SAYS_ERROR, path="/v2/bookings")
    confirmed = _run(command, service, fake, good)
    silent = _call(rt, with_appointment=False)
    fake.fail(Kind.SAYS_ERROR, path="/v2/bookings")

    told = _run(command, service, fake, silent)

    assert (0, "Your appointment is booked.\n") == confirmed
    assert (1, "The appointment could not be booked; we will call you back.\n") == told
    assert "creation_failed" == worlds.row(rt.engine, "calls", silent)["session_outcome"]


def test_a_booking_whose_rows_are_missing_is_not_denied(
    rt: Runtime, service: Service, fake: FakeCalcom, command: Sequence[str]
) -> None:
    """The calendar gave an id, and nobody can ask it: nobody knows, and no second one is offered."""
    assert _CHECKED == _run(command, service, fake, _call(rt, with_appointment=False))


def test_a_time_that_is_taken_is_told_as_such(
    rt: Runtime, service: Service, fake: FakeCalcom, command: Sequence[str]
) -> None:
    """By another; by the caller's own booking of a moment ago it is booked. Without the guard's word it is neither."""
    _run(command, service, fake, _call(rt, with_appointment=True))

    assert _TAKEN == _run(command, service, fake, _call(rt, with_appointment=False))
    assert (0, "Your appointment is booked.\n") == _run(command, service, fake, _call(rt, with_appointment=True))
    with odd_guard("nobody") as nobody:
        assert _CHECKED == _run(command, nobody, fake, _call(rt, with_appointment=False))


@pytest.mark.parametrize("odd", ODD)
def test_whatever_the_guard_answers_the_path_survives(fake: FakeCalcom, command: Sequence[str], odd: str) -> None:
    """The booking is tried all the same, nothing is told as certain, and no error reaches whoever called."""
    with odd_guard(odd) as guard:
        told = _run(command, guard, fake, 7)

    assert _CHECKED == told
    assert 1 == len(fake.world.log)


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.SILENCE, Kind.HTML, Kind.EMPTY, Kind.TRUNCATED, Kind.EMPTY_DATA])
def test_whatever_the_calendar_answers_it_is_asked_once(fake: FakeCalcom, command: Sequence[str], kind: Kind) -> None:
    """A second request could be refused because of the first; the guard is told, and has the word."""
    fake.fail(kind, path="/v2/bookings", times=2, commit=True)
    with odd_guard("checks") as guard:
        assert _CHECKED == _run(command, guard, fake, 7)

    assert 1 == len(fake.world.log)
    assert 1 == len([path for path, _ in guard.asked if path.endswith(("/success", "/failure"))])


@pytest.mark.parametrize("event_type", [100, _SEATS, _SERIES])
def test_the_id_of_a_seat_or_a_series_is_announced(fake: FakeCalcom, command: Sequence[str], event_type: int) -> None:
    """Each announcement has a key of its own, and the time with its zone."""
    with odd_guard("checks") as guard:
        _run(command, guard, fake, 7, event_type)
        _run(command, guard, fake, 8, event_type)

    said = [body for path, body in guard.asked if path == "/v1/bookings/rollback"]
    first = min(fake.world.all_stored(), key=lambda row: row.start)
    assert (first.seats[0].uid if event_type == _SEATS else first.uid) == said[0]["external_booking_id"]
    assert said[0]["idempotency_key"] != said[1]["idempotency_key"]
    assert str(said[0]["announced_at"]).endswith(("Z", "+00:00"))


def test_an_outage_stops_the_calls(rt: Runtime, service: Service, fake: FakeCalcom, command: Sequence[str]) -> None:
    """Three that fail, and no fourth; refusals on business grounds do not count."""
    calls = [_call(rt, with_appointment=True) for _ in range(5)]
    fake.fail(Kind.BODY_A, path="/v2/bookings", status=409)
    _run(command, service, fake, calls[0])
    fake.fail(Kind.HTML, path="/v2/bookings", times=3, status=503)
    for call in calls[1:4]:
        _run(command, service, fake, call)
    before = len(fake.world.log)

    told = _run(command, service, fake, calls[4])

    assert (1, "The calendar cannot be reached at the moment; we will call you back.\n") == told
    assert before == len(fake.world.log)
