"""Booking, cancelling, moving: sent once, and an unclear answer is cleared up by reading."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consistency_sandbox.fake_calcom import BEGIN, FakeCalcom, Kind
from data_consistency.calendar.calcom import SELF_HOSTED, CalcomClient, Limits, NewBooking, Outcome, Standing, Status
from data_consistency.calendar.calcom.errors import (
    CalcomError,
    CredentialRefused,
    RateLimited,
    Refusal,
    Refused,
    Unavailable,
)

Connect = Callable[..., CalcomClient]
_NEW = NewBooking(
    event_type_id=100,
    start=BEGIN + timedelta(days=1),
    call_id="call-1",
    attendee_name="Ada",
    attendee_time_zone="Europe/Berlin",
    attendee_email="ada@example.org",
)
_PHONE = replace(_NEW, attendee_email=None, attendee_phone="+4930123456")


def _posts(fake: FakeCalcom) -> int:
    return sum(one.method == "POST" for one in fake.world.log)


def test_a_booking_is_made(fake: FakeCalcom, connect: Connect) -> None:
    """With the call in its metadata."""
    booked = connect().book(_NEW)

    assert booked.outcome is Outcome.BOOKED
    assert booked.booking is not None
    assert ("call-1", _NEW.start, 100) == (booked.booking.call_id, booked.booking.start, booked.booking.event_type_id)
    assert [("POST", "2026-02-25", 201)] == [(one.method, one.version, one.status) for one in fake.world.log]


@pytest.mark.parametrize("new", [_NEW, _PHONE], ids=["mail", "phone"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": Kind.BODY_B, "status": 500},
        {"kind": Kind.BODY_A, "status": 400, "message": "User either already has booking at this time"},
        {"kind": Kind.BODY_B, "status": 409, "message": "booking_conflict_error"},
        {"kind": Kind.BODY_A, "status": 400, "message": "payment failed"},
        {"kind": Kind.TRUNCATED, "status": 201},
        {"kind": Kind.SAYS_ERROR, "status": 201},
        {"kind": Kind.HTML},
        {"kind": Kind.SILENCE},
        {"kind": Kind.RESET},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}" if isinstance(fault, dict) else None,
)
def test_an_error_although_booked(fake: FakeCalcom, connect: Connect, new: NewBooking, fault: dict[str, Any]) -> None:
    """Stored, and the answer lost or wrong: found by reading, and nothing is sent twice."""
    fake.world.switches.write_lag = 5.0
    fake.world.faults.clear()
    fake.fail(commit=True, method="POST", **fault)

    booked = connect(limits=Limits(read=0.2, request=0.4)).book(new)

    assert booked.outcome is Outcome.BOOKED
    assert booked.booking is not None
    assert booked.error is not None
    assert [2.0, 8.0] == fake.world.clock.slept
    assert 1 == _posts(fake)


@pytest.mark.parametrize("versions", [None, SELF_HOSTED], ids=["cursor", "offset"])
def test_nobody_knows(fake: FakeCalcom, connect: Connect, versions: Any) -> None:
    """Nothing found after the last look: unverified, not absent."""
    fake.fail(Kind.BODY_B, method="POST")

    booked = connect(**({"versions": versions} if versions else {})).book(_NEW)

    assert (Outcome.UNVERIFIED, None) == (booked.outcome, booked.booking)
    assert [2.0, 8.0, 20.0] == fake.world.clock.slept
    assert 1 == _posts(fake)


def test_another_call_has_the_place(fake: FakeCalcom, connect: Connect) -> None:
    """Its booking is named."""
    other = fake.add(start=_NEW.start.isoformat(), attendee_email="ada@example.org", metadata={"call_id": "call-0"})

    booked = connect().book(_NEW)

    assert booked.outcome is Outcome.CONFLICT
    assert booked.booking is not None
    assert other.uid == booked.booking.uid


@pytest.mark.parametrize(("metadata", "outcome"), [({"call_id": "call-0"}, Outcome.CONFLICT), ({}, Outcome.UNVERIFIED)])
def test_somebody_else_has_the_place(
    fake: FakeCalcom, connect: Connect, metadata: dict[str, str], outcome: Outcome
) -> None:
    """Found by the event type at last; a booking that tells nothing of itself decides nothing."""
    fake.add(start=_NEW.start.isoformat(), metadata=metadata)

    assert outcome is connect().book(_NEW).outcome


def test_a_cancelled_or_distant_booking_explains_nothing(fake: FakeCalcom, connect: Connect) -> None:
    """Live ones near the start only."""
    fake.add(
        start=_NEW.start.isoformat(), attendee_email="ada@example.org", status="cancelled", metadata={"call_id": "x"}
    )
    fake.add(
        start=(_NEW.start + timedelta(hours=2)).isoformat(),
        attendee_email="ada@example.org",
        metadata={"call_id": "call-1"},
    )
    fake.fail(Kind.BODY_B, method="POST")

    assert Outcome.UNVERIFIED is connect().book(_NEW).outcome


def test_looks_that_fail_are_followed_by_others(fake: FakeCalcom, connect: Connect) -> None:
    """The second look finds what the first could not ask for."""
    fake.fail(Kind.BODY_B, commit=True, method="POST")
    fake.fail(Kind.EMPTY, method="GET", times=2)

    booked = connect(limits=Limits(retries=1, retries_of_a_walk=1)).book(_NEW)

    assert Outcome.BOOKED is booked.outcome


def test_a_repeat_for_a_type_with_confirmation_gets_the_first_booking(fake: FakeCalcom, connect: Connect) -> None:
    """201 for another call's booking is a conflict all the same."""
    client = connect()
    asked = replace(_NEW, event_type_id=200)
    first = client.book(asked)

    again, foreign = client.book(asked), client.book(replace(asked, call_id="call-2"))

    assert (Outcome.BOOKED, Outcome.BOOKED, Outcome.CONFLICT) == (first.outcome, again.outcome, foreign.outcome)
    assert first.booking is not None
    assert first.booking == again.booking == foreign.booking
    assert first.booking.status is Status.PENDING


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": BEGIN - timedelta(hours=1)}, Refusal.OUT_OF_BOUNDS),
        ({"event_type_id": 400}, Refusal.CONFIGURATION),
    ],
)
def test_a_plain_refusal_is_raised_at_once(
    fake: FakeCalcom, connect: Connect, changes: dict[str, Any], refusal: Refusal
) -> None:
    """Nothing was booked, and nobody waits to find that out."""
    with pytest.raises(Refused) as raised:
        connect().book(replace(_NEW, **changes))

    assert refusal is raised.value.refusal
    assert [] == fake.world.clock.slept


def test_what_was_never_sent_is_raised_at_once(fake: FakeCalcom, connect: Connect) -> None:
    """No connection, a wrong key, a limit: surely not booked."""
    client, stranger = connect(), connect(key="cal_wrong")

    with fake.down(), pytest.raises(Unavailable):
        client.book(_NEW)
    with pytest.raises(CredentialRefused):
        stranger.book(_NEW)
    fake.fail(Kind.LIMIT, method="POST")
    with pytest.raises(RateLimited):
        client.book(_NEW)
    assert [] == fake.world.clock.slept
    assert 2 == _posts(fake)


def test_cancelling_twice_reaches_the_goal_twice(fake: FakeCalcom, connect: Connect) -> None:
    """The second refusal is checked against the booking."""
    row = fake.add()
    client = connect()

    first, second = client.cancel(row.uid, reason="ill"), client.cancel(row.uid)

    assert (Standing.VOID, Standing.VOID) == (first[0].standing, second[0].standing)
    assert {"cancellationReason": "ill"} == fake.world.log[0].body


def test_cancelling_what_may_not_be_is_refused(fake: FakeCalcom, connect: Connect) -> None:
    """Ended, or a reason is missing: the booking is still live, whatever the words are."""
    ended = fake.add(start=(BEGIN - timedelta(days=1)).isoformat())
    strict = fake.add(event_type=300)
    client = connect()

    for uid, reason in ((ended.uid, "ill"), (strict.uid, "")):
        with pytest.raises(Refused):
            client.cancel(uid, reason=reason)
    live = fake.add()
    fake.fail(Kind.BODY_A, method="POST", message="it has been cancelled already")
    with pytest.raises(Refused):
        client.cancel(live.uid)
    assert Standing.VOID is client.cancel(strict.uid, reason="ill")[0].standing


def test_a_move_is_a_new_booking(fake: FakeCalcom, connect: Connect) -> None:
    """New uid and number, links both ways, the call carried over; three of them make a chain."""
    client = connect()
    booked = client.book(_NEW).booking
    assert booked is not None
    chain = [booked]

    for day in (2, 3):
        chain.append(client.reschedule(chain[-1].uid, BEGIN + timedelta(days=day), reason="later"))

    first, second, third = (client.get(row.uid)[0] for row in chain)
    assert (Standing.MOVED, Standing.MOVED, Standing.LIVE) == (first.standing, second.standing, third.standing)
    assert (second.uid, third.uid) == (first.rescheduled_to_uid, second.rescheduled_to_uid)
    assert (first.uid, second.uid) == (second.rescheduled_from_uid, third.rescheduled_from_uid)
    assert {"call-1"} == {row.call_id for row in (first, second, third)}
    assert 1 == len({row.ics_uid for row in (first, second, third)})
    with pytest.raises(Refused):
        client.reschedule(first.uid, BEGIN + timedelta(days=9))


@pytest.mark.parametrize("operation", ["cancel", "reschedule"])
def test_an_unclear_answer_to_a_change_is_an_error(fake: FakeCalcom, connect: Connect, operation: str) -> None:
    """Sent once; the caller gets the booking to find out."""
    row = fake.add()
    client = connect()
    fake.fail(Kind.BODY_B, commit=True, method="POST")

    with pytest.raises(CalcomError):
        client.cancel(row.uid) if operation == "cancel" else client.reschedule(row.uid, BEGIN + timedelta(days=5))

    assert 1 == _posts(fake)
    assert Standing.LIVE is not client.get(row.uid)[0].standing


def test_an_empty_answer_to_a_creation_is_unclear(fake: FakeCalcom, connect: Connect) -> None:
    """An array without a booking proves nothing, so it is looked for."""
    fake.fail(Kind.EMPTY_DATA, commit=True, method="POST")

    assert Outcome.BOOKED is connect().book(_NEW).outcome
