"""A row that the database refuses, under whatever number: a person's; all other rows, rules and tables go on."""

import pytest
from pymysql import Connection
from sqlalchemy import event, text

from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.settlement import Action
from data_consistency.ledger import queue
from data_consistency.runtime import Runtime
from tests import bookings, worlds
from tests.rounds import findings, run_all

pytestmark = pytest.mark.every_server

_DIRECTION = "call_direction_present"
_NAME = "Max Mustermann"
_AS = "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO ="
_REFUSALS = {
    "signal": f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_NAME}'",
    "signal_like_a_missing_right": f"{_AS} 1142, MESSAGE_TEXT = '{_NAME}'",
    "signal_like_a_server_that_is_read_only": f"{_AS} 1290, MESSAGE_TEXT = '{_NAME}'",
    "signal_like_a_deadlock": f"{_AS} 1213, MESSAGE_TEXT = '{_NAME}'",
    "signal_like_a_lost_connection": f"{_AS} 1020, MESSAGE_TEXT = '{_NAME}'",
    "signal_like_a_limit_of_time": f"{_AS} 3024, MESSAGE_TEXT = '{_NAME}'",
    "signal_of_an_unknown_number": f"{_AS} 9999, MESSAGE_TEXT = '{_NAME}'",
    "a_table_that_is_gone": "INSERT INTO nowhere (id) VALUES (1)",
    "a_foreign_key": "INSERT INTO guests (id) VALUES (4711)",
    "a_double_key": "INSERT INTO guests (id) VALUES (1), (1)",
    "a_value_that_is_missing": "INSERT INTO guests (id) VALUES (NULL)",
    "a_value_out_of_range": "SET NEW.customer_link_confidence = 1e30",
    "a_subselect_of_two_rows": "SET NEW.company_id = (SELECT id FROM companies)",
}


def _refuse(rt: Runtime, call: int, what: str) -> None:
    worlds.execute(
        rt.engine,
        "CREATE TABLE guests (id BIGINT UNSIGNED PRIMARY KEY,"
        " CONSTRAINT of_nobody FOREIGN KEY (id) REFERENCES companies (id))",
    )
    worlds.execute(
        rt.engine,
        f"CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW IF OLD.id = {call} THEN {what}; END IF",
    )


def _asked(rt: Runtime) -> list[tuple[object, ...]]:
    with rt.transaction() as connection:
        items = queue.list_items(connection)
    return [(item.rule_id, item.context["why"], item.entity_id) for item in items]


@pytest.mark.parametrize("what", _REFUSALS)
def test_one_row_is_a_persons_and_the_rest_goes_on(rt: Runtime, caplog: pytest.LogCaptureFixture, what: str) -> None:
    """Rows of the same rule, of later rules and of later tables are corrected; nobody quotes what the trigger says."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(5)]
    phantom = worlds.add_call(rt.engine, appointment_made=1, session_outcome="appointment_booked")
    customer = worlds.add_customer(rt.engine, email="")
    _refuse(rt, calls[2], _REFUSALS[what])

    run_all(rt, "r1")

    assert ["inbound", "inbound", None, "inbound", "inbound"] == [
        worlds.row(rt.engine, "calls", call)["direction"] for call in calls
    ]
    assert 0 == worlds.row(rt.engine, "calls", phantom)["appointment_made"]
    assert worlds.row(rt.engine, "customers", customer)["email"] is None
    assert [(_DIRECTION, "database_refused", calls[2])] == _asked(rt)
    assert (_DIRECTION, calls[2], "in_review") in findings(rt)
    said = worlds.execute(rt.engine, "SELECT context FROM manual_review_queue")
    assert "refused the row" in str(said)
    assert _NAME not in caplog.text + str(said)


def test_a_row_that_is_alone_is_a_persons_too(rt: Runtime) -> None:
    """The next run finds nothing to do; the row is counted once."""
    call = worlds.add_call(rt.engine, direction=None)
    _refuse(rt, call, _REFUSALS["signal_like_a_missing_right"])
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")

    first = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")
    second = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")

    assert (1, 1, 0) == (first.planned, first.refused, first.corrected)
    assert (0, 0) == (second.planned, second.refused)
    assert [(_DIRECTION, "database_refused", call)] == _asked(rt)


def test_a_constraint_of_the_table_is_named_without_what_stands_in_the_row(rt: Runtime) -> None:
    """So that whoever looks at it knows where to look."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(3)]
    worlds.execute(rt.engine, "UPDATE calls SET summary = 'spoilt' WHERE id = :id", id=calls[0])
    worlds.execute(
        rt.engine,
        "ALTER TABLE calls ADD CONSTRAINT stays_open CHECK (summary <> 'spoilt' OR direction IS NULL)",
    )

    run_all(rt, "r1")

    assert [None, "inbound", "inbound"] == [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]
    said = worlds.execute(rt.engine, "SELECT context FROM manual_review_queue")
    assert "refused the row" in str(said)


def test_a_row_that_somebody_holds_waits_and_the_rest_goes_on(rt: Runtime) -> None:
    """Nobody is asked about it: the next run corrects it, when it is free."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(3)]
    phantom = worlds.add_call(rt.engine, appointment_made=1, session_outcome="appointment_booked")
    hurried = worlds.runtime(rt.engine.url.render_as_string(hide_password=False))
    event.listen(hurried.engine, "connect", _hurry)
    pipeline.begin(hurried, "r1", "check", "test")
    pipeline.check_table(hurried, table="calls", run_id="r1")

    with rt.engine.begin() as other:
        other.execute(text("UPDATE calls SET summary = 'theirs' WHERE id = :id"), {"id": calls[1]})
        counts = pipeline.correct_table(hurried, table="calls", run_id="r1", actor="test")
    directions = [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]
    again = pipeline.correct_table(hurried, table="calls", run_id="r1", actor="test", rule_id=_DIRECTION)

    hurried.engine.dispose()
    assert ["inbound", None, "inbound"] == directions
    assert (3, 1) == (counts.corrected, counts.waiting)
    assert 0 == worlds.row(rt.engine, "calls", phantom)["appointment_made"]
    assert [] == _asked(rt)
    assert (1, 0) == (again.corrected, again.refused)


def _hurry(connection: Connection, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")


def test_a_rule_that_cannot_be_corrected_ends_no_other(rt: Runtime) -> None:
    """The run is told as failed, with the rule; the others have been corrected."""
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, direction=None)
    customer = worlds.add_customer(rt.engine, email="")
    worlds.execute(rt.engine, "CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW INSERT INTO nowhere VALUES (1)")
    for table in ("calls", "customers"):
        pipeline.begin(rt, "r1", "check", "test")
        pipeline.check_table(rt, table=table, run_id="r1")

    done = pipeline.correction_run(rt, actor="test")

    assert [f"table calls: not corrected to the end: {_DIRECTION}"] == [why.split(" (")[0] for why in done.failed]
    assert {"calls": 0, "customers": 1, "appointments": 0} == {
        counts.table: counts.corrected
        for counts in done.tables
        if counts.table in {"calls", "customers", "appointments"}
    }
    assert worlds.row(rt.engine, "customers", customer)["email"] is None
    assert [("failed",)] == worlds.execute(rt.engine, "SELECT status FROM consistency_runs WHERE kind = 'correct'")


def test_a_call_that_the_guard_may_not_take_back_is_a_persons(rt: Runtime) -> None:
    """The caller is answered, and not by an error of the database."""
    call = bookings.add_call(rt)
    _refuse(rt, call, _REFUSALS["signal"])

    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        settled = guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert Action.SENT_TO_REVIEW == settled.action
    assert 1 == worlds.row(rt.engine, "calls", call)["appointment_made"]
    assert 1 == bookings.count(rt, "manual_review_queue", "status = 'pending'")
