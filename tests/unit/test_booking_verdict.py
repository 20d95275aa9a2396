"""The verdict of the rows, and what a caller may be told: none offers a second booking while the first may live."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.booking.judging import judge, surely_absent, unverifiable
from data_consistency.booking.request import BookingRequest, plausible
from data_consistency.booking.verdict import BookingReading, Reason, Tell, Verdict
from data_consistency.errors import WrongUse

_AT = datetime(2026, 11, 23, 8)
_REQUEST = BookingRequest(call_id=7)
_FINE = BookingReading(
    call_id=7,
    company_id=1,
    retell_call_id="call_ab",
    appointment_made=True,
    session_outcome="appointment_booked",
    has_booked_outcome=True,
    appointment_link_status="linked",
    appointment_id=70,
    appointment_call_id=7,
    appointment_status="confirmed",
    appointment_created_at=_AT,
    age_seconds=3,
    calendar_ids=frozenset({"bk"}),
    live_appointment_id=70,
)


def test_an_applications_clock_ahead_by_seconds_is_no_future() -> None:
    """Ten seconds are two clocks."""
    assert judge(_REQUEST, replace(_FINE, age_seconds=-10), at=_AT).success


@pytest.mark.parametrize(
    ("age", "reason"),
    [(-3600, Reason.IN_FUTURE), (-7200, Reason.IN_FUTURE), (360, Reason.TOO_OLD), (90_000, Reason.TOO_OLD)],
)
def test_a_live_row_of_this_call_stands_whenever_it_was_made(age: int, reason: Reason) -> None:
    """Local time stored as UTC, a repeat six minutes later: odd, each with its own reason, and nobody need look."""
    said = judge(_REQUEST, replace(_FINE, age_seconds=age), at=_AT)

    assert (Verdict.CONTRADICTED, reason) == (said.verdict, said.reason)
    assert (True, Tell.BOOKED, True) == (said.booking_stands, said.tell, said.is_of_times_alone)


@pytest.mark.parametrize(
    "asked",
    [
        {"appointment_status": "cancelled"},  # the older of two
        {"appointment_status": "rejected"},
        {"appointment_id": None, "appointment_call_id": None, "appointment_status": None},  # one that is gone
        {"appointment_call_id": 8},
    ],
)
def test_another_live_appointment_of_the_call_stands(asked: dict[str, object]) -> None:
    """Whichever of its appointments was asked for; then it is no absence."""
    request = BookingRequest(call_id=7, appointment_id=70)

    said = judge(request, replace(_FINE, **asked, live_appointment_id=71), at=_AT)  # type: ignore[arg-type]
    alone = judge(request, replace(_FINE, **asked, live_appointment_id=None), at=_AT)  # type: ignore[arg-type]

    assert (Verdict.CONTRADICTED, True, Tell.BOOKED, 71) == (
        said.verdict, said.booking_stands, said.tell, said.details["live_appointment_id"]
    )  # fmt: skip
    assert ("unknown", Tell.BEING_CHECKED) == (alone.booking_stands, alone.tell)


def test_absent_by_the_rows_alone_is_not_absent_yet() -> None:
    """Nobody has asked the calendar; only a proved absence lets another be offered."""
    said = judge(_REQUEST, replace(_FINE, appointment_id=None, live_appointment_id=None), at=_AT)

    told = [
        (one.booking_stands, one.tell) for one in (said, surely_absent(said), unverifiable(_REQUEST, at=_AT, cause="x"))
    ]

    assert Verdict.ABSENT is said.verdict
    assert [("unknown", Tell.BEING_CHECKED), (False, Tell.NOT_BOOKED), ("unknown", Tell.BEING_CHECKED)] == told


def test_a_cancellation_that_was_wanted_is_told_as_such() -> None:
    """The appointment stands no more, and that is right."""
    reading = replace(
        _FINE, is_change=True, appointment_was_changed=True, appointment_status="cancelled", live_appointment_id=None
    )

    said = judge(_REQUEST, reading, at=_AT)

    assert (True, False, Tell.CHANGED) == (said.success, said.booking_stands, said.tell)


@given(
    live=st.sampled_from([None, 70, 71]),
    owner=st.sampled_from([7, 8]),
    status=st.sampled_from([None, "confirmed", "pending", "cancelled", "rejected"]),
    age=st.none() | st.integers(-100_000, 100_000),
    change=st.booleans(),
    changed=st.booleans(),
    flags=st.booleans(),
    booking=st.sampled_from([None, "bk", "other"]),
)
def test_no_answer_offers_a_second_booking_while_one_lives(
    live: int | None, owner: int, status: str | None, age: int | None, booking: str | None, *, change: bool,
    changed: bool, flags: bool,
) -> None:  # fmt: skip
    """Whatever the rows say: where the call has a live appointment the answer says so, and none says `not booked`."""
    reading = replace(
        _FINE, appointment_id=None if status is None else 70, appointment_call_id=None if status is None else owner,
        appointment_status=status, age_seconds=age, is_change=change, appointment_made=flags, live_appointment_id=live,
        appointment_was_changed=changed and status is not None,
    )  # fmt: skip

    said = judge(BookingRequest(call_id=7, external_booking_id=booking), reading, at=_AT)

    assert said.tell is not Tell.NOT_BOOKED
    if live is not None and not change:
        assert said.booking_stands is True


def test_a_time_that_cannot_be_one_is_not_believed() -> None:
    """A day away; an hour is a zone, and is."""
    near, far = (BookingRequest(call_id=7, announced_at=_AT + timedelta(hours=hours)) for hours in (1, 30))

    assert near == plausible(near, _AT)
    assert plausible(far, _AT).announced_at is None


def test_a_time_with_a_zone_is_the_same_instant() -> None:
    """Or refused, where our calendar has no such time."""
    berlin = timezone(timedelta(hours=1))

    assert _AT == BookingRequest(call_id=7, announced_at=datetime(2026, 11, 23, 9, tzinfo=berlin)).announced_at
    assert _AT == BookingRequest(call_id=7, announced_at=_AT.replace(tzinfo=UTC)).announced_at
    with pytest.raises(WrongUse, match="announced_at"):
        BookingRequest(call_id=7, announced_at=datetime(1, 1, 1, tzinfo=berlin))


@pytest.mark.parametrize("key", ["", "x" * 192, "a\nb"])
def test_what_is_no_key_is_refused(key: str) -> None:
    """By the name of the field."""
    with pytest.raises(WrongUse, match=r"^idempotency_key: not a key"):
        BookingRequest(call_id=7, company_id=1, idempotency_key=key)


def test_a_key_is_a_companys_own() -> None:
    """Whoever sees all companies must say whose it is."""
    with pytest.raises(WrongUse, match=r"^idempotency_key: .*name the company"):
        BookingRequest(call_id=7, idempotency_key="k")
