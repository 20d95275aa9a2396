"""What is asked for: new bookings, windows, queries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_consistency.calendar.calcom.booking import NewBooking, reschedule_body, uid_path
from data_consistency.calendar.calcom.listing import Edge, Query, Window

_ROW = {"uid": "abc", "status": "accepted", "start": "2026-11-23T10:00:00.000Z", "end": "2026-11-23T10:30:00.000Z"}


def _new(**changes: Any) -> NewBooking:
    facts = {
        "event_type_id": 1,
        "start": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "call_id": "c1",
        "attendee_name": "Ada",
        "attendee_time_zone": "Europe/Berlin",
        "attendee_email": "ada@example.org",
    }
    return NewBooking(**{**facts, **changes})


def test_a_new_booking_sends_texts_only() -> None:
    """No end, no empty field, the call in the metadata; and nothing of the person in its repr."""
    new = _new(language="de", length_minutes=45, metadata={"source": "phone"})

    assert new.body() == {
        "start": "2026-11-24T09:00:00Z",
        "eventTypeId": 1,
        "attendee": {"name": "Ada", "timeZone": "Europe/Berlin", "email": "ada@example.org", "language": "de"},
        "metadata": {"source": "phone", "call_id": "c1"},
        "lengthInMinutes": 45,
    }
    assert "Ada" not in repr(new)
    assert "ada@" not in repr(new)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": datetime(2026, 11, 24, 9)},
        {"attendee_email": None},
        {"call_id": ""},
        {"metadata": {"n": 1}},
        {"metadata": {"n": "x" * 501}},
        {"metadata": {"k" * 41: "x"}},
        {"metadata": {str(n): "x" for n in range(50)}},
    ],
)
def test_a_new_booking_that_would_be_lost_is_refused(wrong: dict[str, Any]) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError):
        _new(**wrong)


@pytest.mark.parametrize("uid", ["", "..", "a/b", "a?x=1", "ü", "a" * 192, "a b"])
def test_an_address_is_made_of_uids_only(uid: str) -> None:
    """Nothing else can reach another route; the message does not repeat it."""
    with pytest.raises(ValueError, match="not a uid"):
        uid_path(uid)


def test_windows_are_of_real_times() -> None:
    """No naive time, no end before the beginning, no move to a time without zone."""
    at = datetime(2026, 11, 24, tzinfo=UTC)

    for lower, upper in ((at, at.replace(tzinfo=None)), (at.replace(tzinfo=None), at), (at, at - timedelta(seconds=1))):
        with pytest.raises(ValueError):
            Window(edge=Edge.CREATED, lower=lower, upper=upper)
    with pytest.raises(ValueError):
        reschedule_body(at.replace(tzinfo=None), None)


def test_halves_share_the_middle_and_end_at_a_millisecond() -> None:
    """So that no row falls between them, and halving ends."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    window = Window(edge=Edge.UPDATED, lower=at, upper=at + timedelta(hours=1))

    first, second = window.halves() or (window, window)

    assert (at, first.upper, at + timedelta(hours=1)) == (first.lower, second.lower, second.upper)
    assert Window(edge=Edge.UPDATED, lower=at, upper=at + timedelta(milliseconds=1)).halves() is None


def test_a_query_says_everything_it_filters_by() -> None:
    """Names as the server knows them: it drops others without a word."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    query = Query(
        window=Window(edge=Edge.START, lower=at, upper=at),
        status="past",
        event_type_ids=(1, 2),
        attendee_email="a+b@example.org",
        booking_uid="abc",
    )

    assert query.params() == {
        "afterStart": "2026-11-24T00:00:00.000Z",
        "beforeEnd": "2026-11-25T00:00:00.000Z",
        "status": "past",
        "eventTypeIds": "1,2",
        "attendeeEmail": "a+b@example.org",
        "bookingUid": "abc",
    }
