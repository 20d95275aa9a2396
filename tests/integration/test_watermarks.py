"""Watermarks: back from the future, behind what has not committed, a rule's own; and what idling costs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from data_consistency import pipeline
from data_consistency.db import sql
from data_consistency.detect.opening import open_check
from data_consistency.errors import CheckNotEvaluated
from data_consistency.pipeline import check
from data_consistency.rules import Suite
from data_consistency.runtime import Runtime
from tests import worlds

_RULE = "call_direction_present"
_CALENDAR_RULE = "coming_appointment_is_in_the_calendar"


def _check(rt: Runtime, run_id: str, table: str = "calls", kind: str = "changed") -> object:
    pipeline.begin(rt, run_id, "check", "test")
    return pipeline.check_table(rt, table=table, run_id=run_id, kind=kind)


def _until(rt: Runtime, table: str = "calls", rule: str = "") -> object:
    rows = worlds.execute(
        rt.engine,
        "SELECT changed_until FROM consistency_watermarks WHERE table_name = :table AND rule = :rule",
        table=table,
        rule=rule,
    )
    return rows[0][0] if rows else None


@pytest.mark.parametrize("ahead", ["3 MINUTE", "1 DAY", "10 YEAR"])
def test_a_watermark_in_the_future_is_brought_back_and_nothing_is_missed(rt: Runtime, ahead: str) -> None:
    """One jump of the server's clock does not make every later check blind."""
    call = worlds.add_call(rt.engine)
    _check(rt, "first")
    worlds.execute(rt.engine, f"UPDATE consistency_watermarks SET changed_until = UTC_TIMESTAMP(6) + INTERVAL {ahead}")
    worlds.execute(rt.engine, "UPDATE calls SET direction = NULL WHERE id = :id", id=call)

    found = _check(rt, "second")

    assert {_RULE: 1} == found.violations  # type: ignore[attr-defined]
    ((behind,),) = worlds.execute(
        rt.engine, "SELECT MAX(changed_until) <= UTC_TIMESTAMP(6) FROM consistency_watermarks"
    )
    assert 1 == behind
    assert 1 == _check(rt, "third").rows_checked  # type: ignore[attr-defined]


def test_the_watermark_stays_behind_a_change_that_has_not_committed(rt: Runtime) -> None:
    """However long the transaction takes, what it changed is seen by the check after its commit."""
    calls = [worlds.add_call(rt.engine) for _ in range(2)]
    _check(rt, "first")
    with rt.engine.connect() as other:
        ((begun,),) = other.execute(text("SELECT UTC_TIMESTAMP(6)"))
        other.execute(text("UPDATE calls SET direction = NULL WHERE id = :id"), {"id": calls[0]})
        other.execute(text("DO SLEEP(0.2)"))  # the server tells of transactions what it knew a tenth of a second ago
        _check(rt, "meanwhile")
        assert _until(rt) <= begun  # type: ignore[operator]
        other.commit()

    assert {_RULE: 1} == _check(rt, "after").violations  # type: ignore[attr-defined]
    # The server may show a transaction for a moment after its end.
    while _until(rt) <= begun:  # type: ignore[operator]
        _check(rt, "after")


def test_a_transaction_that_only_reads_holds_nothing_back(rt: Runtime) -> None:
    """What it changes later is stamped later."""
    worlds.add_call(rt.engine)
    with rt.engine.connect() as other:
        ((begun,),) = other.execute(text("SELECT UTC_TIMESTAMP(6) FROM calls LIMIT 1"))
        _check(rt, "first")

    assert _until(rt) > begun  # type: ignore[operator]


@pytest.fixture
def unprivileged(rt: Runtime) -> Iterator[Runtime]:
    """The runtime of a user who may do everything in the schema and see nothing of the server."""
    schema = rt.engine.url.database
    worlds.execute(rt.engine, "CREATE OR REPLACE USER 'narrow'@'localhost'")
    worlds.execute(rt.engine, f"GRANT ALL PRIVILEGES ON {schema}.* TO 'narrow'@'localhost'")
    narrow = worlds.runtime(rt.engine.url.set(username="narrow").render_as_string(hide_password=False))
    yield narrow
    narrow.engine.dispose()
    worlds.execute(rt.engine, "DROP USER 'narrow'@'localhost'")


def test_without_process_the_check_goes_on_and_says_what_it_cannot_see(unprivileged: Runtime) -> None:
    """The overlap stands in, and `doctor` says so."""
    worlds.add_call(unprivileged.engine, direction=None)

    counts = []
    for run_id in ("first", "second"):
        worlds.execute(unprivileged.engine, "UPDATE calls SET sentiment = :run_id", run_id=run_id)
        counts.append(_check(unprivileged, run_id).violations)  # type: ignore[attr-defined]

    assert [{_RULE: 1}, {_RULE: 1}] == counts
    sign = next(sign for sign in pipeline.examine(unprivileged) if sign.name == "watermarks")
    assert sign.ok
    assert "PROCESS" in sign.detail


def test_a_watermark_ahead_of_the_clock_is_a_bad_sign(rt: Runtime) -> None:
    """`doctor` sees it before the next check brings it back, and when it does not move at all."""
    worlds.add_call(rt.engine)
    _check(rt, "first")
    worlds.execute(rt.engine, "UPDATE consistency_watermarks SET changed_until = changed_until + INTERVAL 1 DAY")

    sign = next(sign for sign in pipeline.examine(rt) if sign.name == "watermarks")

    assert not sign.ok
    assert "calls" in sign.detail


def test_a_rule_that_could_not_be_judged_goes_on_from_where_it_was(rt: Runtime) -> None:
    """One silent rule holds back itself alone; what changed meanwhile it judges when it can again."""
    worlds.execute(rt.engine, "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', UTC_TIMESTAMP(6))")
    appointment = worlds.add_appointment(
        rt.engine, status="confirmed", starts_at=rt.now() + timedelta(days=9), ends_at=rt.now() + timedelta(days=9),
        calcom_booking_id=7, calcom_v2_booking_uid="u7",
    )  # fmt: skip
    _check(rt, "first", "appointments")
    judged = _until(rt, "appointments")
    worlds.execute(rt.engine, "UPDATE consistency_heartbeats SET seen_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY")
    with pytest.raises(CheckNotEvaluated, match=_CALENDAR_RULE):
        _check(rt, "silent", "appointments")
    assert judged == _until(rt, "appointments", _CALENDAR_RULE)
    assert _until(rt, "appointments") > judged  # type: ignore[operator]

    # A change of half an hour ago, which the table's own window does not reach.
    worlds.execute(
        rt.engine, "UPDATE consistency_watermarks SET changed_until = changed_until - INTERVAL 1 HOUR WHERE rule <> ''"
    )
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, calcom_id, status, starts_at, ends_at,"
        " seen_at, changed_at) SELECT 1, 'u7', 7, 'cancelled', starts_at, ends_at, NOW(),"
        " UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE FROM appointments WHERE id = :id",
        id=appointment,
    )
    worlds.execute(
        rt.engine,
        "UPDATE appointments SET consistency_changed_at = UTC_TIMESTAMP(6) - INTERVAL 30 MINUTE WHERE id = :id",
        id=appointment,
    )
    worlds.execute(rt.engine, "UPDATE consistency_heartbeats SET seen_at = UTC_TIMESTAMP(6)")
    found = _check(rt, "heard", "appointments")

    assert 1 == found.violations[_CALENDAR_RULE]  # type: ignore[attr-defined]
    assert None is _until(rt, "appointments", _CALENDAR_RULE)


def test_a_full_check_releases_every_rule_that_it_judged(rt: Runtime) -> None:
    """The daily check is the safety net of the watermarks, too."""
    worlds.add_call(rt.engine)
    _check(rt, "first")
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_watermarks (table_name, rule, changed_until, run_id, updated_at)"
        " SELECT table_name, :rule, changed_until, run_id, updated_at FROM consistency_watermarks",
        rule=_RULE,
    )

    _check(rt, "daily", kind="full")

    assert None is _until(rt, "calls", _RULE)


def test_an_idle_check_costs_six_statements_a_table_at_most(rt: Runtime) -> None:
    """Counted by the server: whatever is sent, commits included."""
    for _ in range(5):
        worlds.add_call(rt.engine)
    tables = list(rt.suites())
    for run_id in ("first", "second"):
        for table in tables:
            _check(rt, run_id, table)
    counting = worlds.make_engine(rt.engine.url)

    costs = {}
    with counting.connect() as connection:
        for table in tables:
            before = _questions(connection)
            pipeline.check_table(rt, table=table, run_id="second")
            costs[table] = _questions(connection) - before - 1
    counting.dispose()

    assert {} == {table: cost for table, cost in costs.items() if cost > 6}


def _questions(connection: object) -> int:
    row = connection.execute(text("SHOW GLOBAL STATUS LIKE 'Questions'")).one()  # type: ignore[attr-defined]
    return int(row[1])


def test_an_idle_check_writes_nothing_but_its_watermark(rt: Runtime) -> None:
    """Verdicts that say nothing new are not kept: a day of checks would add tens of thousands of rows."""
    worlds.add_call(rt.engine)
    _check(rt, "first")
    before = _until(rt)

    _check(rt, "second")

    assert [(1,)] == worlds.execute(rt.engine, "SELECT COUNT(DISTINCT run_id) FROM consistency_rule_results")
    assert _until(rt) > before  # type: ignore[operator]


@pytest.mark.parametrize("ahead", ["3 MINUTE", "10 YEAR"])
def test_all_tables_go_on_together_from_the_clock(rt: Runtime, ahead: str) -> None:
    """In one statement, never backwards, and back from a time that is still to come."""
    tables = list(rt.suites())
    for run in ("first", "second"):
        pipeline.begin(rt, run, "check", "test")
        assert {} == pipeline.check_tables(rt, tables, run_id=run).errors
    before = {table: _until(rt, table) for table in tables}
    worlds.execute(
        rt.engine,
        f"UPDATE consistency_watermarks SET changed_until = UTC_TIMESTAMP(6) + INTERVAL {ahead}"
        " WHERE table_name = 'customers'",
    )

    pipeline.begin(rt, "third", "check", "test")
    done = pipeline.check_tables(rt, tables, run_id="third")

    assert tables == done.whole
    assert all(_until(rt, table) > before[table] for table in tables)  # type: ignore[operator]
    assert [(1, "third")] == worlds.execute(
        rt.engine, "SELECT DISTINCT changed_until <= UTC_TIMESTAMP(6), run_id FROM consistency_watermarks"
    )


def test_a_table_that_breaks_stays_where_it_is_while_the_others_go_on(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who did not look does not advance."""
    tables = list(rt.suites())
    pipeline.begin(rt, "first", "check", "test")
    pipeline.check_tables(rt, tables, run_id="first")
    before = {table: _until(rt, table) for table in tables}

    def breaking(connection: object, rt: Runtime, suite: Suite, *more: Any) -> Any:
        if suite.table == "customers":
            raise KeyError(suite.table)
        return look(connection, rt, suite, *more)  # type: ignore[arg-type]

    look = check.look
    monkeypatch.setattr(check, "look", breaking)
    done = pipeline.check_tables(rt, tables, run_id="first")

    assert ["customers"] == list(done.errors)
    assert before["customers"] == _until(rt, "customers")
    assert all(_until(rt, table) > before[table] for table in done.whole)  # type: ignore[operator]


def test_the_opening_is_one_statement(rt: Runtime) -> None:
    """Clock, transactions, watermarks, signs and incidents come in one trip."""
    suite = rt.suites()["appointments"]
    with rt.engine.connect() as connection:
        sql.walls_of(connection)  # asked once a connection
        before = _session(connection)
        opening = open_check(connection, suite)
        after = _session(connection)

    assert 2 == after - before
    assert None is opening.watermark.changed_until
    assert not opening.has_findings


def _session(connection: object) -> int:
    row = connection.execute(text("SHOW SESSION STATUS LIKE 'Questions'")).one()  # type: ignore[attr-defined]
    return int(row[1])
