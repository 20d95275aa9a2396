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


@pytest.fixture(params=["python", "php"])
def command(request: pytest.FixtureRequest) -> Sequence[str]:
    """How an example is started."""
    if request.param == "python":
        return (sys.executable, str(shipped().home / "examples" / "booking_path.py"))
    packages.require("php")
    return (str(packages.find("php")), str(shipped().home / "examples" / "booking_path.php"))


def _run(command: Sequence[str], service: Service, fake: FakeCalcom, call: int) -> tuple[int, str]:
    done = subprocess.run(
        [*command, str(call), "100", "2026-11-24T10:00:00Z"],
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
