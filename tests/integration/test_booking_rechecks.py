"""Looking again at bookings that nobody could verify, and the switches that hold the guard."""

from data_consistency import pipeline
from data_consistency.booking import rows
from data_consistency.booking.guard import BookingGuard, Mode, request_of
from data_consistency.booking.settlement import Action
from data_consistency.booking.verdict import Verdict
from data_consistency.db.transactions import transaction
from data_consistency.ledger import switches
from data_consistency.runtime import Runtime
from tests import worlds


def _call(rt: Runtime) -> int:
    return worlds.add_call(
        rt.engine, session_outcome="appointment_booked", appointment_made=1, appointment_link_status="linked"
    )


def test_the_switch_of_all_corrections_holds_the_guard_too(rt: Runtime) -> None:
    """At once, in a process that is running; what waits to be looked at again goes on waiting."""
    call = _call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        request = request_of(call, None, None, None)
        with transaction(rt.engine) as connection:
            rows.put_recheck(connection, request, requested_at=rt.now(), due_at=rt.now(), cause="test", now=rt.now())
            switches.throw(connection, switches.CORRECTIONS, on=False, actor="test", now=rt.now())

        assert Action.WOULD_ACT is guard.settle(request, guard.validate(request)).action
        assert {"waiting": 1} == guard.recheck_due()
        assert 1 == worlds.row(rt.engine, "calls", call)["appointment_made"]

        with transaction(rt.engine) as connection:
            switches.throw(connection, switches.CORRECTIONS, on=True, actor="test", now=rt.now())
        assert {"settled": 1} == guard.recheck_due()
    assert 0 == worlds.row(rt.engine, "calls", call)["appointment_made"]


def test_the_check_looks_again_at_what_nobody_could_verify(rt: Runtime) -> None:
    """As a step of its own; a dry run leaves it waiting."""
    call = _call(rt)
    with transaction(rt.engine) as connection:
        rows.put_recheck(
            connection,
            request_of(call, None, None, None),
            requested_at=rt.now(),
            due_at=rt.now(),
            cause="test",
            now=rt.now(),
        )

    assert {"waiting": 1} == pipeline.recheck_bookings(rt, actor="test", dry_run=True)
    assert {"settled": 1} == pipeline.recheck_bookings(rt, actor="test")
    assert {} == pipeline.recheck_bookings(rt, actor="test")
    assert "creation_failed" == worlds.row(rt.engine, "calls", call)["session_outcome"]


def test_the_server_ends_a_look_that_takes_too_long(rt: Runtime) -> None:
    """Sooner than the client gives up, and nothing goes on running for nobody; the answer is unknown."""
    call = _call(rt)
    with rt.engine.connect() as blocker, BookingGuard(rt, mode=Mode.ENFORCE, patience_seconds=1.0) as guard:
        blocker.exec_driver_sql("LOCK TABLES calls WRITE")
        result = guard.validate_appointment_creation(call)
        running = blocker.exec_driver_sql(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%%booking_reading%%'"
            " AND id <> CONNECTION_ID()"
        ).scalar_one()
        blocker.exec_driver_sql("UNLOCK TABLES")

    assert (Verdict.UNKNOWN, "not_verifiable") == (result.verdict, result.reason)
    assert 0 == running


def test_a_call_that_somebody_holds_is_not_waited_for(rt: Runtime) -> None:
    """The caller is on the telephone; nothing is half done, and the call is looked at again."""
    call = _call(rt)
    with rt.engine.connect() as blocker, BookingGuard(rt, mode=Mode.ENFORCE, patience_seconds=1.0) as guard:
        result = guard.validate_appointment_creation(call)
        blocker.exec_driver_sql("BEGIN")
        blocker.exec_driver_sql(f"UPDATE calls SET updated_at = updated_at WHERE id = {call}")
        held = guard.rollback_on_failure(call, result)
        blocker.rollback()
        after = worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_corrections")
        freed = guard.rollback_on_failure(call, result)

    assert (Action.QUEUED, Verdict.UNKNOWN) == (held.action, held.result.verdict)
    assert [(0,)] == after
    assert Action.ROLLED_BACK is freed.action
