"""The booking guard on a real database: what is confirmed, repaired, taken back, told, or looked at again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action, Question
from data_consistency.booking.verdict import Calendar, Verdict
from data_consistency.db.retrying import retry_transient
from data_consistency.errors import DatabaseUnavailable, WrongUse
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import bookings, worlds
from tests.people import ADMIN

pytestmark = pytest.mark.every_server


@pytest.fixture
def guard(rt: Runtime) -> Iterator[BookingGuard]:
    """A guard that acts; no calendar is connected."""
    with BookingGuard(rt, mode=Mode.ENFORCE) as made:
        yield made


# What the system before promised of its validation, by its intended meaning.


def test_a_linked_recent_appointment_with_the_same_id_and_flags_is_confirmed(rt: Runtime, guard: BookingGuard) -> None:
    """The result names the appointment."""
    call = bookings.add_call(rt)
    appointment = bookings.add_appointment(rt, call, calcom_v2_booking_id="bk1")

    result = guard.validate_appointment_creation(call, appointment, "bk1")

    assert (True, Verdict.CONFIRMED, None) == (result.success, result.verdict, result.reason)
    assert appointment == result.details["appointment_id"]


def test_without_an_id_the_newest_appointment_of_the_call_is_looked_at(rt: Runtime, guard: BookingGuard) -> None:
    """A cancelled one that is newer is not it."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, 60)
    newest = bookings.add_appointment(rt, call, 20)
    bookings.add_appointment(rt, call, 5, status="cancelled")

    assert newest == guard.validate_appointment_creation(call).details["appointment_id"]


def test_an_unknown_appointment_is_not_found(rt: Runtime, guard: BookingGuard) -> None:
    """The details carry what was expected, and of which call."""
    call = bookings.add_call(rt)

    result = guard.validate_appointment_creation(call, 999_999)

    assert (False, "appointment_not_found") == (result.success, result.reason)
    assert (999_999, call) == (result.details["expected_id"], result.details["call_id"])


def test_a_call_without_appointment_is_not_linked(rt: Runtime, guard: BookingGuard) -> None:
    """Deleted ones do not count."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, deleted_at=bookings.now(rt))

    assert "appointment_not_linked" == guard.validate_appointment_creation(call).reason


def test_another_calls_appointment_is_told_with_both_ids(rt: Runtime, guard: BookingGuard) -> None:
    """It is a contradiction, not an absence."""
    call, other = bookings.add_call(rt), bookings.add_call(rt)
    appointment = bookings.add_appointment(rt, other)

    result = guard.validate_appointment_creation(call, appointment)

    assert ("appointment_wrong_call", Verdict.CONTRADICTED) == (result.reason, result.verdict)
    assert (other, call) == (result.details["appointment_call_id"], result.details["expected_call_id"])


def test_another_booking_id_is_told_with_both_values(rt: Runtime, guard: BookingGuard) -> None:
    """Compared as text."""
    call = bookings.add_call(rt)
    appointment = bookings.add_appointment(rt, call, calcom_v2_booking_id="bk1")

    result = guard.validate_appointment_creation(call, appointment, "bk2")

    assert "calcom_booking_id_mismatch" == result.reason
    assert (["bk1"], "bk2") == (result.details["appointment_calcom_id"], result.details["expected_calcom_id"])


@pytest.mark.parametrize(
    "column",
    ["calcom_v2_booking_id", "calcom_v2_booking_uid", "calcom_booking_uid", "external_id", "calcom_booking_id"],
)
def test_every_column_that_holds_ids_is_compared(rt: Runtime, guard: BookingGuard, column: str) -> None:
    """A number stands in one column, a uid in another, and both are the booking's."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, **{"calcom_v2_booking_id": None, column: "4711"})

    assert guard.validate_appointment_creation(call, external_booking_id="4711").success
    assert not guard.validate_appointment_creation(call, external_booking_id="471").success


def test_an_appointment_of_ten_minutes_ago_is_too_old(rt: Runtime, guard: BookingGuard) -> None:
    """Its age is positive; the limit is told."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, 600)

    result = guard.validate_appointment_creation(call)

    assert "appointment_too_old" == result.reason
    assert 300 == result.details["max_age_seconds"]
    assert 600 <= int(str(result.details["age_seconds"])) < 660


@pytest.mark.parametrize(
    ("values", "issue"),
    [
        ({"appointment_made": 0}, "appointment_made is not set"),
        ({"session_outcome": "call_ended"}, "session_outcome is not a booked one"),
        ({"session_outcome": None}, "session_outcome is not a booked one"),
        ({"appointment_link_status": "pending_creation"}, "appointment_link_status is not linked"),
    ],
)
def test_flags_that_say_otherwise_are_named(
    rt: Runtime, guard: BookingGuard, values: dict[str, object], issue: str
) -> None:
    """The booking stands all the same."""
    call = bookings.add_call(rt, **values)
    bookings.add_appointment(rt, call)

    result = guard.validate_appointment_creation(call)

    assert ("call_flags_inconsistent", [issue]) == (result.reason, result.details["issues"])
    assert result.booking_stands


def test_a_rollback_takes_every_column_back_that_says_booked(rt: Runtime, guard: BookingGuard) -> None:
    """Also those that the system before forgot; one finding, one audit row, one review item of the first priority."""
    call = bookings.add_call(rt, appointment_id=888_888, converted_appointment_id=888_888, converted_to_appointment=1)
    before = bookings.columns(rt, call)

    result = guard.validate_appointment_creation(call)
    settled = guard.rollback_on_failure(call, result)

    after = bookings.columns(rt, call)
    assert Action.ROLLED_BACK == settled.action
    assert {
        "appointment_made": 0,
        "booking_confirmed": 0,
        "call_successful": 0,
        "converted_to_appointment": 0,
        "session_outcome": "creation_failed",
        "appointment_link_status": "creation_failed",
        "appointment_linked_at": None,
        "appointment_id": None,
        "converted_appointment_id": None,
        "booking_failed": 1,
        "booking_failure_reason": "appointment_not_linked",
        "requires_manual_processing": 1,
    }.items() <= after.items()
    assert 1 == bookings.count(rt, "consistency_corrections", f"run_id = '{settled.run_id}'")
    assert 1 == bookings.count(rt, "manual_review_queue", "priority = 1 AND status = 'pending' AND company_id = 1")
    assert 1 == bookings.count(
        rt, "data_consistency_alerts", "alert_type = 'appointment_rollback' AND auto_corrected = 0 AND company_id = 1"
    )

    undone = decisions.undo(rt, ADMIN, run_id=settled.run_id)

    assert 1 == undone.undone
    assert {**before, "updated_at": None} == {**bookings.columns(rt, call), "updated_at": None}


def test_a_rollback_is_told_by_mail(rt: Runtime, guard: BookingGuard) -> None:
    """The finding is critical and nobody has been told; the next run tells it once, in words that say what is wrong."""
    call = bookings.add_call(rt)
    guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert 1 == pipeline.notify_findings(rt, run_id="r1")
    assert 0 == pipeline.notify_findings(rt, run_id="r2")
    assert [("[critical] bookings were announced that exist nowhere, and were taken back in their calls",)] == (
        worlds.execute(rt.engine, "SELECT subject FROM consistency_outbox")
    )


def test_a_more_specific_outcome_is_kept(rt: Runtime, guard: BookingGuard) -> None:
    """Only what says booked is taken back."""
    call = bookings.add_call(rt, session_outcome="callback_requested")

    guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert "callback_requested" == bookings.columns(rt, call)["session_outcome"]


def test_a_confirmed_booking_changes_nothing(rt: Runtime, guard: BookingGuard) -> None:
    """Neither the call nor any table of ours."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call)
    before = bookings.columns(rt, call)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert (Action.NONE, before) == (settled.action, bookings.columns(rt, call))
    assert 0 == bookings.count(rt, "data_consistency_alerts") + bookings.count(rt, "manual_review_queue")


def test_a_call_that_succeeds_is_made_once() -> None:
    """No wait."""
    waits: list[float] = []

    assert 7 == retry_transient(lambda: 7, sleep=waits.append)
    assert [] == waits


@pytest.mark.parametrize(("failures", "attempts", "made"), [(2, 3, 3), (4, 5, 5)])
def test_failures_that_pass_are_repeated(failures: int, attempts: int, made: int) -> None:
    """Up to the number that was asked for."""
    calls: list[int] = []

    def call() -> str:
        calls.append(1)
        if len(calls) <= failures:
            raise DatabaseUnavailable("away")
        return "there"

    assert "there" == retry_transient(call, attempts=attempts, sleep=lambda _seconds: None)
    assert made == len(calls)


def test_the_last_error_is_raised_after_waits_that_grow() -> None:
    """Two waits of one and two seconds, each up to half a second longer; an error that stays is not repeated."""
    waits: list[float] = []
    errors = iter([DatabaseUnavailable("1"), DatabaseUnavailable("2"), DatabaseUnavailable("3")])

    def call() -> None:
        raise next(errors)

    with pytest.raises(DatabaseUnavailable, match="3"):
        retry_transient(call, sleep=waits.append)
    assert 2 == len(waits)
    assert 1.0 <= waits[0] <= 1.5
    assert 2.0 <= waits[1] <= 2.5
    assert sum(waits) >= 3
    with pytest.raises(ValueError, match="wrong"):
        retry_transient(lambda: int("wrong"), sleep=waits.append)
    assert 2 == len(waits)


# The graded verdict.


def test_flags_that_differ_are_repaired_with_audit(rt: Runtime, guard: BookingGuard) -> None:
    """By the rule and the correction that the five-minute check uses."""
    call = bookings.add_call(rt, appointment_made=0, appointment_link_status="pending_creation", session_outcome=None)
    bookings.add_appointment(rt, call)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert (Action.REPAIRED, True) == (settled.action, settled.result.success)
    assert {"appointment_made": 1, "appointment_link_status": "linked"}.items() <= bookings.columns(rt, call).items()
    assert 1 == bookings.count(rt, "consistency_corrections", "rule = 'appointment_is_flagged_on_call'")


def test_flags_that_no_rule_may_change_are_for_a_person(rt: Runtime, guard: BookingGuard) -> None:
    """A more specific outcome is never overwritten."""
    call = bookings.add_call(rt, session_outcome="callback_requested")
    bookings.add_appointment(rt, call)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert Action.SENT_TO_REVIEW == settled.action
    assert settled.result.booking_stands
    assert "callback_requested" == bookings.columns(rt, call)["session_outcome"]


def test_an_appointment_that_another_link_names_is_not_absent(rt: Runtime, guard: BookingGuard) -> None:
    """A row that may be the booking keeps the call as it is."""
    appointment = bookings.add_appointment(rt, None)
    call = bookings.add_call(rt, appointment_id=appointment)
    before = bookings.columns(rt, call)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert (Action.SENT_TO_REVIEW, Verdict.CONTRADICTED) == (settled.action, settled.result.verdict)
    assert before == bookings.columns(rt, call)


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_an_appointment_that_never_was_is_absent(rt: Runtime, guard: BookingGuard, status: str) -> None:
    """A rejected row is no evidence."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call, status=status)

    settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert Action.ROLLED_BACK == settled.action


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (Calendar.BOOKED, Action.SENT_TO_REVIEW),
        (Calendar.NOT_BOOKED, Action.ROLLED_BACK),
        (Calendar.SILENT, Action.QUEUED),
    ],
)
def test_the_calendar_is_asked_before_anything_is_taken_back(rt: Runtime, answer: Calendar, action: Action) -> None:
    """A booking there is a contradiction, silence no answer."""
    asked: list[Question] = []

    def ask(question: Question) -> Calendar:
        asked.append(question)
        return answer

    call = bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=ask) as guard:
        request = BookingRequest(call_id=call, external_booking_id="bk9")
        settled = guard.settle(request, guard.validate(request))

    assert action == settled.action
    (question,) = asked
    assert (1, "bk9", None) == (question.company_id, question.booking_id, question.announced_at)
    assert bookings.columns(rt, call)["retell_call_id"] == question.retell_call_id


def test_a_calendar_that_fails_is_silent(rt: Runtime) -> None:
    """Whatever it raises: nothing is taken back."""

    def ask(_question: Question) -> Calendar:
        raise RuntimeError("the circuit is open")

    call = bookings.add_call(rt)
    before = bookings.columns(rt, call)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=ask) as guard:
        settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert (Action.QUEUED, Verdict.UNKNOWN) == (settled.action, settled.result.verdict)
    assert before == bookings.columns(rt, call)


def test_a_mirror_proves_bookings_and_never_their_absence(rt: Runtime, guard: BookingGuard) -> None:
    """Booked there: for a person. Read an hour ago without it: looked at again."""
    worlds.execute(
        rt.engine, "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom:1', UTC_TIMESTAMP(6))"
    )
    unknown, mirrored = bookings.add_call(rt), bookings.add_call(rt)
    retell = bookings.columns(rt, mirrored)["retell_call_id"]
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, status, starts_at, ends_at, metadata_call_id,"
        " seen_at, changed_at) VALUES (1, 'bk', 'accepted', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), :call,"
        " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
        call=retell,
    )

    actions = [
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call)).action
        for call in (unknown, mirrored)
    ]

    assert [Action.QUEUED, Action.SENT_TO_REVIEW] == actions


def test_an_id_that_nobody_can_check_is_for_a_person(rt: Runtime, guard: BookingGuard) -> None:
    """The caller says the calendar booked, and no calendar is connected: the time there may be taken."""
    call = bookings.add_call(rt)
    request = BookingRequest(call_id=call, external_booking_id="bk7")

    settled = guard.settle(request, guard.validate(request))

    assert Action.SENT_TO_REVIEW == settled.action


def test_in_shadow_nothing_is_changed(rt: Runtime) -> None:
    """The verdict is told, and what would be done."""
    call = bookings.add_call(rt)
    before = bookings.columns(rt, call)
    with BookingGuard(rt) as guard:
        settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert (Action.WOULD_ACT, "appointment_not_linked") == (settled.action, settled.result.reason)
    assert before == bookings.columns(rt, call)
    assert 0 == bookings.count(rt, "data_consistency_alerts") + bookings.count(rt, "manual_review_queue")


def test_the_check_agrees_with_the_guard(rt: Runtime, guard: BookingGuard) -> None:
    """After the guard acted, the rules of the batch find nothing of it to correct."""
    absent = bookings.add_call(rt)
    differing = bookings.add_call(rt, appointment_made=0, session_outcome=None)
    bookings.add_appointment(rt, differing)
    for call in (absent, differing):
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call))
    worlds.execute(rt.engine, "UPDATE calls SET created_at = created_at - INTERVAL 2 DAY")
    pipeline.begin(rt, "r1", "check", "test")

    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    counts = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")

    assert 0 == counts.corrected
    assert {
        "booking_claim_has_appointment",
        "appointment_is_flagged_on_call",
        "failed_booking_has_no_flag",
        "linked_call_has_appointment",
    }.isdisjoint({rule for (rule,) in worlds.execute(rt.engine, "SELECT alert_type FROM data_consistency_alerts")})


# Tenants and bad input.


def test_another_companys_call_is_not_there(rt: Runtime, guard: BookingGuard) -> None:
    """Nothing of it is told, and nothing is done."""
    call = bookings.add_call(rt, company_id=2)
    request = BookingRequest(call_id=call, company_id=1)

    result = guard.validate(request)

    assert ("call_not_found", False) == (result.reason, result.success)
    assert Action.NONE == guard.settle(request, result).action


def test_another_companys_appointment_is_not_found(rt: Runtime, guard: BookingGuard) -> None:
    """Even with its right id."""
    call, other = bookings.add_call(rt), bookings.add_call(rt, company_id=2)
    appointment = bookings.add_appointment(rt, other, company_id=2)

    result = guard.validate_appointment_creation(call, appointment, company_id=1)

    assert "appointment_not_found" == result.reason
    assert str(other) not in {str(value) for value in result.details.values()}


@pytest.mark.parametrize("call", [0, -1, True, None, "7 OR 1=1", 2**64, 1.5, object()])
def test_what_is_no_call_is_refused(guard: BookingGuard, call: object) -> None:
    """The message names the field and not the value."""
    with pytest.raises(WrongUse, match=r"^call: not an id") as error:
        guard.validate_appointment_creation(call)
    assert "OR" not in str(error.value)


@pytest.mark.parametrize("booking", ["", "x" * 192, "a\nb", 7])
def test_what_is_no_booking_id_is_refused(guard: BookingGuard, booking: object) -> None:
    """Text of a sane length without control characters."""
    with pytest.raises(WrongUse, match=r"^external_booking_id: not a booking's"):
        guard.validate_appointment_creation(1, external_booking_id=booking)  # type: ignore[arg-type]


# What it costs.


def test_a_good_booking_costs_one_statement(rt: Runtime, guard: BookingGuard) -> None:
    """One trip, and no new connection once there is one."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call)
    guard.validate_appointment_creation(call)
    seen: list[str] = []
    connected: list[object] = []
    event.listen(guard._reader, "before_cursor_execute", lambda _c, _k, statement, *_rest: seen.append(statement))
    event.listen(guard._reader, "connect", lambda *_args: connected.append(1))

    for _ in range(5):
        assert guard.validate_appointment_creation(call).success

    assert 5 == len(seen)
    assert [] == connected


def test_many_callers_at_once_make_no_connection(rt: Runtime, guard: BookingGuard) -> None:
    """Those made ahead serve them all: to wait for one costs less than to make one."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call)
    connected: list[object] = []
    guard.connect()
    event.listen(guard._reader, "connect", lambda *_args: connected.append(1))

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda _: guard.validate_appointment_creation(call), range(320)))

    assert all(result.success for result in results)
    assert [] == connected


# Looking again.


def test_what_was_unknown_is_settled_by_a_later_look(rt: Runtime) -> None:
    """Its age counts from when it was announced."""
    answers = [Calendar.SILENT, Calendar.NOT_BOOKED]
    call, booked = bookings.add_call(rt), bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=lambda *_args: answers.pop(0)) as guard:
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call))
        assert {} == guard.recheck_due()
        worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET due_at = due_at - INTERVAL 1 HOUR")

        assert {"settled": 1} == guard.recheck_due()
        assert {} == guard.recheck_due()

    assert "creation_failed" == bookings.columns(rt, call)["session_outcome"]
    assert "appointment_booked" == bookings.columns(rt, booked)["session_outcome"]


def test_what_stays_unknown_is_for_a_person_at_last(rt: Runtime) -> None:
    """Five looks, then a review item; nothing was ever taken back."""
    call = bookings.add_call(rt)
    before = bookings.columns(rt, call)
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=lambda *_args: Calendar.SILENT) as guard:
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call))
        ended = []
        for _ in range(5):
            worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET due_at = due_at - INTERVAL 2 HOUR")
            ended += list(guard.recheck_due())

    assert ["waiting"] * 4 + ["given_up"] == ended
    assert before == bookings.columns(rt, call)
    assert 1 == bookings.count(rt, "manual_review_queue", f"entity_id = {call} AND priority = 1")
