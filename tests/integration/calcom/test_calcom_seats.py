"""Seats and series on a real server: what the client reads of them, and that one guest's seat is all that he loses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom, Kind
from data_consistency.calendar.calcom import CalcomClient, Edge, NewBooking, Outcome, Query, Standing, Window
from data_consistency.calendar.calcom.errors import BookingNotFound, Refusal, Refused, UnexpectedAnswer
from tests.patience import PATIENCE

Connect = Callable[..., CalcomClient]
_ADA = NewBooking(
    event_type_id=500,
    start=BEGIN + timedelta(days=1),
    call_id="call_a0000000000000000000000000000001",
    attendee_name="Ada",
    attendee_time_zone="Europe/Berlin",
    attendee_email="ada@example.org",
)
_BOB = replace(_ADA, call_id="call_b0000000000000000000000000000002", attendee_email="bob@example.org")


def test_guests_share_a_booking_and_each_has_his_call(fake: FakeCalcom, connect: Connect) -> None:
    """One uid, a seat each; the booking itself has no metadata."""
    client = connect()
    first, second = client.book(_ADA), client.book(_BOB)
    assert first.booking is not None
    assert second.booking is not None

    assert (Outcome.BOOKED, Outcome.BOOKED) == (first.outcome, second.outcome)
    assert first.booking.uid == second.booking.uid
    assert first.booking.seat_uid != second.booking.seat_uid
    (read,) = client.get(first.booking.uid)
    assert {_ADA.call_id, _BOB.call_id} == read.call_names
    assert (True, False, None) == (read.is_seated, read.may_be_any_calls, read.call_id)


def test_one_guest_is_cancelled_and_the_others_stay(fake: FakeCalcom, connect: Connect) -> None:
    """Twice is as good; with the last one the booking is void."""
    client = connect()
    seats = [client.book(new).booking for new in (_ADA, _BOB)]
    ada, bob = (booking for booking in seats if booking is not None)

    for _ in range(2):
        assert Standing.LIVE is client.cancel(ada.uid, seat_uid=ada.seat_uid)[0].standing
    assert {_BOB.call_id} == client.get(ada.uid)[0].call_names
    assert Standing.VOID is client.cancel(ada.uid, seat_uid=bob.seat_uid)[0].standing
    assert {"seatUid": bob.seat_uid} == fake.world.log[-1].body


def test_a_seat_is_cancelled_without_a_reason_and_all_only_with_one(fake: FakeCalcom) -> None:
    """The two exclude each other; the words stand at the top of the answer, too."""
    row = fake.add(event_type=500)
    with httpx.Client(base_url=fake.url, trust_env=False, timeout=PATIENCE) as http:
        http.headers = httpx.Headers({"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-02-25"})
        answers = [
            http.post(f"/v2/bookings/{row.uid}/cancel", json=body)
            for body in ({}, {"seatUid": row.seats[0].uid, "cancellationReason": "ill"}, {"seatUid": "nobody"})
        ]

    assert [400, 400, 400] == [answer.status_code for answer in answers]
    words = [answer.json()["message"] for answer in answers]
    assert "when you are the host" in words[0]
    assert "cancellationReason property is wrong" in words[1]
    assert "does not exist or has already been cancelled" in words[2]


def test_one_guest_goes_to_another_time_alone(fake: FakeCalcom, connect: Connect) -> None:
    """The booking he leaves lives on; a booking that moves as a whole keeps its uid."""
    client = connect()
    ada, bob = (client.book(new).booking for new in (_ADA, _BOB))
    assert ada is not None
    assert bob is not None

    moved = client.reschedule(ada.uid, BEGIN + timedelta(days=2), seat_uid=ada.seat_uid)

    assert (ada.uid, {_ADA.call_id}) == (moved.rescheduled_from_uid, moved.call_names)
    assert ({_BOB.call_id}, Standing.LIVE) == ((left := client.get(ada.uid)[0]).call_names, left.standing)
    assert bob.uid == client.reschedule(bob.uid, BEGIN + timedelta(days=3)).uid


def test_a_full_course_is_a_plain_refusal(fake: FakeCalcom, connect: Connect) -> None:
    """Nothing was booked, and nobody waits to find that out."""
    client = connect()
    for number in range(3):
        client.book(replace(_ADA, call_id=f"call_{number:032x}"))

    with pytest.raises(Refused) as raised:
        client.book(_BOB)

    assert (Refusal.FULL, []) == (raised.value.refusal, fake.world.clock.slept)


def test_a_series_is_answered_as_a_whole(fake: FakeCalcom, connect: Connect) -> None:
    """By create and by the uid of the series; a moved recurrence does not say where it went, its successor does."""
    client = connect()
    made = client.create(replace(_ADA, event_type_id=600))
    series = made[0].recurring_uid
    assert series is not None

    moved = client.reschedule(made[1].uid, BEGIN + timedelta(days=30))

    assert 3 == len(made)
    assert {*(row.uid for row in made), moved.uid} == {row.uid for row in client.get(series)}
    (old,) = client.get(made[1].uid)
    assert (Standing.VOID, None, made[1].uid) == (old.standing, old.rescheduled_to_uid, moved.rescheduled_from_uid)
    assert {Standing.VOID} == {row.standing for row in client.cancel(series)}


def test_hidden_guests_are_hidden_from_the_client(fake: FakeCalcom, connect: Connect) -> None:
    """A key that is not the host's sees a booking that may be anybody's."""
    row = fake.add(event_type=500, metadata={"call_id": _ADA.call_id})
    fake.world.switches.hide_attendees = "get"
    client = connect()
    window = Window(edge=Edge.START, lower=BEGIN, upper=BEGIN + timedelta(days=1))

    assert client.get(row.uid)[0].may_be_any_calls
    assert not client.walk(Query(window=window)).bookings[0].may_be_any_calls
    fake.world.switches.hide_attendees = "always"
    assert client.walk(Query(window=window)).bookings[0].may_be_any_calls


def test_an_unknown_event_type_says_nothing_of_a_booking(fake: FakeCalcom, connect: Connect) -> None:
    """It is a 404 like that of an unknown booking; so is a row that the database beneath misses."""
    client = connect()
    with pytest.raises(Refused) as raised:
        client.book(replace(_ADA, event_type_id=999))
    assert Refusal.CONFIGURATION is raised.value.refusal

    fake.fail(Kind.MESSAGE_ON_TOP, status=404, message="Record to update not found.")
    with pytest.raises(UnexpectedAnswer):
        client.get("abc")
    with pytest.raises(BookingNotFound):
        client.get("abc")
