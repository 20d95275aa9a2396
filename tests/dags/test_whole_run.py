"""The check as three tasks of all tables: what fails keeps nothing else from being done, and idle runs cost little."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from data_consistency import errors, pipeline
from data_consistency.airflow.operators import NotifyOperator
from data_consistency.db import sql
from data_consistency.runtime import Runtime
from tests import worlds
from tests.task_instances import Task, context_of


@pytest.mark.parametrize(
    ("met", "raised"),
    [
        (["CheckNotEvaluated", "InvalidRule", "DatabaseUnavailable"], "DatabaseUnavailable"),
        (["CheckNotEvaluated", "InvalidRule"], "InvalidRule"),
        (["CheckNotEvaluated", "CheckNotEvaluated"], "CheckNotEvaluated"),
        (["Unforeseen", "OutcomeUnknown"], "OutcomeUnknown"),
    ],
)
def test_what_may_pass_decides_whether_all_tables_are_tried_again(rt: Runtime, met: list[str], raised: str) -> None:
    """And what an incident tells of hides no cause that nothing else tells of."""
    from data_consistency.airflow.whole_run import raise_worst

    several = {str(number): getattr(errors, name)("x") for number, name in enumerate(met)}
    with pytest.raises(errors.DataConsistencyError) as found:
        raise_worst(several, rt)

    assert raised == type(found.value).__name__
    assert len(met) - 1 == len(found.value.also)  # type: ignore[attr-defined]


def test_a_table_that_breaks_keeps_no_other_from_being_checked_and_corrected(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it breaks of, also what nobody foresaw; its text, which may quote data, is left out."""
    from data_consistency.airflow.operators import CheckTablesOperator, CorrectTablesOperator
    from data_consistency.pipeline import tables
    from data_consistency.pipeline.check import check_table

    def breaking(rt: Runtime, *, table: str, **more: Any) -> Any:
        if table == "appointments":
            raise KeyError("Eva Muster")
        return check_table(rt, table=table, **more)

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr(tables, "check_table", breaking)
    worlds.add_call(rt.engine, direction=None)
    task = Task()

    with pytest.raises(errors.Unforeseen, match="KeyError") as raised:
        CheckTablesOperator(task_id="check").execute(context_of(task))
    counts = CorrectTablesOperator(task_id="correct", check="check", plan_only=True).execute(context_of(task))

    assert "Muster" not in str(raised.value)
    assert sorted(rt.suites().keys() - {"appointments"}) == sorted(counts["tables"])
    assert 1 == counts["planned"]


def test_nothing_is_corrected_where_nothing_was_checked(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that died has said nothing."""
    from airflow.sdk.exceptions import AirflowSkipException

    from data_consistency.airflow.operators import CorrectTablesOperator

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))

    with pytest.raises(AirflowSkipException):
        CorrectTablesOperator(task_id="correct", check="check").execute(context_of())


def test_what_fails_while_people_are_told_keeps_nothing_else_from_being_told(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue cannot be filled: messages are made and delivered, and the run is noted as failed."""
    from data_consistency import pipeline
    from data_consistency.airflow.operators import BeginRunOperator, TellOperator

    def refuse(*_args: object, **_options: object) -> None:
        raise errors.DatabaseRefused("no")

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    BeginRunOperator(task_id="begin", kind="check").execute(context_of())
    monkeypatch.setattr(pipeline, "fill_review_queue", refuse)

    with pytest.raises(errors.DatabaseRefused):
        TellOperator(task_id="tell").execute(context_of())

    assert [("failed", "failed tasks: tell")] == worlds.execute(rt.engine, "SELECT status, error FROM consistency_runs")
    assert [("alerts",)] == worlds.execute(rt.engine, "SELECT name FROM consistency_heartbeats WHERE name = 'alerts'")


def test_the_log_has_a_group_for_each_table(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Airflow folds them: what begins is ended before the next begins."""
    from data_consistency.airflow.operators import CheckTablesOperator

    lines: list[str] = []
    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    task = CheckTablesOperator(task_id="check")
    monkeypatch.setattr(task.log, "info", lambda text, *words: lines.append(text % words))

    task.execute(context_of())

    begun = [line.removeprefix("::group::") for line in lines[::2]]
    assert ["bookings", *rt.suites(), "people"] == begun
    assert {"::endgroup::"} == set(lines[1::2])


def test_a_run_with_nothing_to_do_is_few_statements(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its beginning to its end: two of each table, and what all of them share."""
    from data_consistency.airflow.hook import ConsistencyHook
    from data_consistency.airflow.operators import CheckTablesOperator

    sent: list[str] = []
    worlds.add_call(rt.engine, consistency_changed_at=worlds.long_ago())
    monkeypatch.setattr(ConsistencyHook, "runtime", lambda _self: rt)
    for _ in range(2):
        CheckTablesOperator(task_id="check").execute(context_of())
    with rt.engine.connect() as connection:
        sql.walls_of(connection)
    event.listen(rt.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))

    counts = CheckTablesOperator(task_id="check").execute(context_of())

    taken = len(sent)
    assert "nothing found" == _note(rt)
    assert 0 == counts["found"]
    assert taken <= 33 + 2 * len(rt.suites()), sent


def _note(rt: Runtime) -> str:
    from data_consistency import pipeline

    return pipeline.totals_of(rt, "consistency_check__scheduled__2").said


@pytest.mark.parametrize(
    ("kind", "minutes", "queued"), [("reconcile", 1, 0), ("check", 1, 1), ("reconcile", 6, 1), ("reconcile", None, 1)]
)
def test_what_is_new_is_left_to_the_check_under_way(rt: Runtime, kind: str, minutes: int | None, queued: int) -> None:
    """It may be about to put right what it has found; one that ended, or never will, is not waited for."""
    call = worlds.add_call(rt.engine, appointment_made=1, session_outcome="appointment_booked")
    pipeline.begin(rt, "c1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="c1")
    if minutes is None:
        pipeline.finish(rt, "c1")
    else:
        begun = rt.now() - timedelta(minutes=minutes)
        worlds.execute(rt.engine, "UPDATE consistency_runs SET started_at = :begun WHERE id = 'c1'", begun=begun)
    pipeline.begin(rt, "other", kind, "test")

    told = NotifyOperator(task_id="notify").work(rt, "other", context_of())

    assert queued == told["queued"], call
