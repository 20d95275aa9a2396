"""Time and identity of an announcement: whose clock counts, and what a repeat gets."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from typer.testing import CliRunner, Result

from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action, Settlement
from data_consistency.booking.verdict import Calendar, Tell, Verdict
from data_consistency.cli import build_app
from data_consistency.errors import WrongUse
from data_consistency.runtime import Runtime
from tests import bookings, worlds

pytestmark = pytest.mark.every_server


@pytest.fixture
def guard(rt: Runtime) -> Iterator[BookingGuard]:
    """A guard that acts; no calendar is connected."""
    with BookingGuard(rt, mode=Mode.ENFORCE) as made:
        yield made


def _settle(guard: BookingGuard, request: BookingRequest) -> Settlement:
    return guard.settle(request, guard.validate(request))


def _later(rt: Runtime, minutes: int) -> None:
    """Time passes for what the rows and our own tables hold."""
    for statement in (
        "UPDATE appointments SET created_at = created_at - INTERVAL :n MINUTE",
        "UPDATE consistency_announcements SET received_at = received_at - INTERVAL :n MINUTE,"
        " announced_at = announced_at - INTERVAL :n MINUTE",
    ):
        worlds.execute(rt.engine, statement, n=minutes)


def test_a_repeat_six_minutes_later_is_the_same_announcement(rt: Runtime, guard: BookingGuard) -> None:
    """With its key it is judged as of the first time; without one the booking stands all the same."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call)
    request = BookingRequest(call_id=call, company_id=1, idempotency_key="a-1")
    first = _settle(guard, request)
    _later(rt, 6)

    again, nameless = _settle(guard, request), _settle(guard, BookingRequest(call_id=call, company_id=1))

    assert (Action.NONE, True, Tell.BOOKED) == (first.action, first.result.success, first.result.tell)
    assert (first.result.verdict, first.action) == (again.result.verdict, again.action)
    assert ("appointment_too_old", True, Action.NONE) == (
        nameless.result.reason,
        nameless.result.booking_stands,
        nameless.action,
    )
    assert 0 == bookings.count(rt, "manual_review_queue")


def test_a_repeat_of_what_was_taken_back_gets_the_same_answer(rt: Runtime, guard: BookingGuard) -> None:
    """Action and run of whichever acted; of twenty at once one alone does, and all say so."""
    call = bookings.add_call(rt)
    request = BookingRequest(call_id=call, company_id=1, idempotency_key="a-1")
    with ThreadPoolExecutor(20) as pool:
        settled = list(pool.map(lambda _: _settle(guard, request), range(20)))

    again = _settle(guard, request)

    said = {(one.result.verdict, one.result.booking_stands, one.result.tell, one.action, one.run_id) for one in settled}
    assert {(Verdict.ABSENT, False, Tell.NOT_BOOKED, Action.ROLLED_BACK, again.run_id)} == said
    assert [(again.run_id,)] == worlds.execute(rt.engine, "SELECT run_id FROM consistency_corrections")


def test_a_key_is_of_one_announcement_and_one_company(rt: Runtime, guard: BookingGuard) -> None:
    """Used for another it is refused; another company may use the same text."""
    one, other, foreign = bookings.add_call(rt), bookings.add_call(rt), bookings.add_call(rt, company_id=2)
    for call, company in ((one, 1), (foreign, 2)):
        _settle(guard, BookingRequest(call_id=call, company_id=company, idempotency_key="same"))

    before = bookings.columns(rt, other)
    absent = guard.validate(BookingRequest(call_id=other, company_id=1))
    request = BookingRequest(call_id=other, company_id=1, idempotency_key="same")
    for use in (lambda: guard.validate(request), lambda: guard.settle(request, absent)):
        with pytest.raises(WrongUse, match=r"^idempotency_key: it was used for another announcement"):
            use()
    assert before == bookings.columns(rt, other)


def test_the_announcers_clock_counts_where_it_is_named(rt: Runtime, guard: BookingGuard) -> None:
    """An announcement that arrives ten minutes late was made in time; one from a day away is not believed."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, 600)
    made = bookings.now(rt) - timedelta(seconds=590)

    assert guard.validate(BookingRequest(call_id=call, announced_at=made)).success
    for odd in (None, made - timedelta(days=3), made + timedelta(days=3)):
        assert "appointment_too_old" == guard.validate(BookingRequest(call_id=call, announced_at=odd)).reason


@pytest.mark.parametrize("hours", [1, 2])
def test_local_time_that_was_stored_as_utc_is_told_as_such(rt: Runtime, guard: BookingGuard, hours: int) -> None:
    """The booking stands; the reason is of times alone, and nobody is asked."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, -hours * 3600)

    settled = _settle(guard, BookingRequest(call_id=call))

    assert ("appointment_in_future", True, Tell.BOOKED) == (
        settled.result.reason,
        settled.result.booking_stands,
        settled.result.tell,
    )
    assert (Action.NONE, 0) == (settled.action, bookings.count(rt, "manual_review_queue"))


def test_the_older_of_two_appointments_of_a_call_stands(rt: Runtime, guard: BookingGuard) -> None:
    """Cancelled, deleted or another's: the live one of the call is named."""
    call = bookings.add_call(rt)
    older = bookings.add_appointment(rt, call, 200, status="cancelled")
    gone = bookings.add_appointment(rt, call, 100, deleted_at=bookings.now(rt))
    newer = bookings.add_appointment(rt, call, 5)

    for appointment in (older, gone, 99_999):
        said = guard.validate(BookingRequest(call_id=call, appointment_id=appointment))
        assert (True, newer) == (said.booking_stands, said.details["live_appointment_id"])


def test_a_booking_that_only_the_calendar_holds_stands(rt: Runtime) -> None:
    """Its row is missing: a person adds it, and the caller is not offered another."""
    call = bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=lambda _question: Calendar.BOOKED) as guard:
        settled = _settle(guard, BookingRequest(call_id=call))

    assert (Action.SENT_TO_REVIEW, True, Tell.BOOKED) == (
        settled.action,
        settled.result.booking_stands,
        settled.result.tell,
    )


def test_a_repeat_counts_from_the_time_that_was_named_first(rt: Runtime, guard: BookingGuard) -> None:
    """Whoever names the time of each sending is judged by the first; what has become true since is told."""
    call = bookings.add_call(rt)
    appointment = bookings.add_appointment(rt, call, 250)
    first = BookingRequest(call_id=call, company_id=1, announced_at=bookings.now(rt), idempotency_key="a-1")
    assert _settle(guard, first).result.success
    _later(rt, 6)

    again = BookingRequest(call_id=call, company_id=1, announced_at=bookings.now(rt), idempotency_key="a-1")
    assert guard.validate(again).success
    worlds.execute(rt.engine, "UPDATE appointments SET status = 'cancelled' WHERE id = :id", id=appointment)
    settled = _settle(guard, again)
    assert ("appointment_not_live", "unknown") == (settled.result.reason, settled.result.booking_stands)


def test_what_was_handed_over_is_settled_whole(rt: Runtime, guard: BookingGuard) -> None:
    """Also where no more than call and result are handed on: with the key, so that a repeat is one."""
    call = bookings.add_call(rt)
    settled = []
    for _ in range(2):
        result = guard.validate_appointment_creation(call, 99_999, company_id=1, idempotency_key="a-1")
        settled.append(guard.rollback_on_failure(call, result))

    assert [Action.ROLLED_BACK] * 2 == [one.action for one in settled]
    assert settled[0].run_id == settled[1].run_id
    assert 1 == bookings.count(rt, "consistency_corrections")


def test_the_command_knows_time_and_key(rt: Runtime) -> None:
    """As Python and HTTP do; what is no time, or a key of nobody's, is refused by its name."""
    call, other = bookings.add_call(rt), bookings.add_call(rt)
    bookings.add_appointment(rt, call, 600)
    bookings.add_appointment(rt, other)
    made = f"{(bookings.now(rt) - timedelta(seconds=590)).isoformat()}Z"
    command = partial(_typed, rt)

    late = command("validate", call)
    timely = command("rollback", call, "--announced-at", made, "--key", "k", "--company", 1)
    again = command("validate", call, "--key", "k", "--company", 1)
    refused = [
        command("validate", other, "--key", "k", "--company", 1),
        command("validate", other, "--key", "k"),
        command("rollback", other, "--announced-at", "yesterday"),
    ]

    assert ["appointment_too_old", None, None] == [json.loads(one.stdout)["reason"] for one in (late, timely, again)]
    assert [("booked", True)] * 3 == [
        (said["tell"], said["booking_stands"]) for one in (late, timely, again) if (said := json.loads(one.stdout))
    ]
    for one, what in zip(refused, ("used for another", "name the company", "--announced-at: no time"), strict=True):
        assert isinstance(one.exception, WrongUse)
        assert what in str(one.exception)


def _typed(rt: Runtime, *words: object) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner(env=environment).invoke(build_app(), ["booking", *map(str, words), "--json"])


def test_two_announcements_of_one_call_wait_each_for_itself(rt: Runtime) -> None:
    """The second does not take the first one's place; told again, neither waits twice."""
    call = bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=lambda _question: Calendar.SILENT) as guard:
        for booking in ("bk-a", "bk-b", "bk-a"):
            _settle(guard, BookingRequest(call_id=call, external_booking_id=booking, announced_at=bookings.now(rt)))

    waiting = worlds.execute(
        rt.engine,
        "SELECT external_booking_id FROM consistency_booking_rechecks WHERE announced_at IS NOT NULL ORDER BY id",
    )
    assert [("bk-a",), ("bk-b",)] == waiting
