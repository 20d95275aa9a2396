"""Calls that move or cancel an appointment, and bookings that were moved: none of it is a booking that failed."""

from collections.abc import Iterator

import pytest

from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.opening import open_guard
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action
from data_consistency.booking.verdict import Calendar, Verdict
from data_consistency.runtime import Runtime
from tests import bookings, worlds

_CHANGES = ["appointment_rescheduled", "appointment_cancelled"]


@pytest.fixture
def guard(rt: Runtime) -> Iterator[BookingGuard]:
    """A guard that acts, and whose calendar holds nothing."""
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=lambda _question: Calendar.NOT_BOOKED) as made:
        yield made


@pytest.mark.parametrize("outcome", _CHANGES)
def test_a_call_that_changed_an_appointment_never_failed_to_book(
    rt: Runtime, guard: BookingGuard, outcome: str
) -> None:
    """Whatever is missing: nothing of it is taken back, and in the end a person looks."""
    call = bookings.add_call(rt, session_outcome=outcome, appointment_made=0)
    before = bookings.columns(rt, call)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))
    for _ in range(5):
        worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET due_at = due_at - INTERVAL 2 HOUR")
        guard.recheck_due()

    assert (Action.QUEUED, Verdict.UNKNOWN, "change_not_shown") == (
        settled.action,
        settled.result.verdict,
        settled.result.reason,
    )
    assert before == bookings.columns(rt, call)
    assert 1 == bookings.count(rt, "manual_review_queue", f"entity_id = {call}")


@pytest.mark.parametrize("outcome", _CHANGES)
def test_an_appointment_that_shows_the_change_confirms_it(rt: Runtime, guard: BookingGuard, outcome: str) -> None:
    """It is an earlier call's, and older than any booking of this one."""
    earlier = bookings.add_call(rt)
    changed = bookings.add_appointment(rt, earlier, 90_000, rescheduled_count=1, calcom_v2_booking_uid="bk-new")
    named = bookings.add_call(rt, session_outcome=outcome, appointment_id=changed)
    announced = bookings.add_call(rt, session_outcome=outcome)

    for request in (
        BookingRequest(call_id=named),
        BookingRequest(call_id=announced, appointment_id=changed),
        BookingRequest(call_id=announced, external_booking_id="bk-new"),
    ):
        assert (True, Verdict.CONFIRMED) == ((said := guard.validate(request)).success, said.verdict)


def test_a_call_that_changed_and_booked_is_judged_by_its_booking(rt: Runtime, guard: BookingGuard) -> None:
    """Its own appointment is looked at as ever."""
    call = bookings.add_call(rt, session_outcome="appointment_rescheduled")
    appointment = bookings.add_appointment(rt, call)

    assert appointment == guard.validate_appointment_creation(call).details["appointment_id"]


def test_two_ids_of_one_moved_booking_are_one(rt: Runtime, fake: FakeCalcom) -> None:
    """The row carries the id before the move, the caller announces the one after it: nobody is asked."""
    fake.world.clock.advance((rt.now() - fake.world.clock.now().replace(tzinfo=None)).total_seconds())
    call = bookings.add_call(rt)
    name = bookings.columns(rt, call)["retell_call_id"]
    first, other = fake.add(metadata={"call_id": name}), fake.add(metadata={"call_id": "call_of_another"})
    moved = fake.act("move", uid=first.uid)
    assert moved is not None
    bookings.add_appointment(rt, call, calcom_v2_booking_id=None, calcom_v2_booking_uid=first.uid)
    environ = {"CONSISTENCY_CALCOM_KEY": "cal_live_fake", "CONSISTENCY_CALCOM_URL": fake.url}

    with open_guard(rt, mode=Mode.ENFORCE, actor="test", environ=environ) as (guard, _breakers):
        requests = [BookingRequest(call_id=call, external_booking_id=uid) for uid in (moved.uid, other.uid)]
        same, different = (guard.settle(request, guard.validate(request)) for request in requests)

    assert (Action.NONE, Verdict.CONFIRMED) == (same.action, same.result.verdict)
    assert (Action.SENT_TO_REVIEW, "calcom_booking_id_mismatch") == (different.action, different.result.reason)
