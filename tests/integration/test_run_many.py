"""Many rows go in few trips: what a driver sends row by row costs a check its five minutes."""

from sqlalchemy import event

from data_consistency import pipeline
from data_consistency.db import sql
from data_consistency.runtime import Runtime
from tests import worlds


def _statements(rt: Runtime) -> int:
    with rt.engine.connect() as connection:
        return int(connection.exec_driver_sql("SHOW GLOBAL STATUS LIKE 'Com_insert'").one()[1])


def test_findings_audit_and_review_are_written_in_few_statements(rt: Runtime) -> None:
    """As many as before when there are four times as many rows."""
    url = rt.engine.url.render_as_string(hide_password=False)
    rt = worlds.runtime(url, MAX_CORRECTIONS="1000", MAX_CORRECTION_RATIO="1")
    taken = []
    for rows in (50, 200):
        for _ in range(rows):
            worlds.add_call(rt.engine, direction=None)
            worlds.add_call(rt.engine, session_outcome="appointment_booked", appointment_made=1)
        before = _statements(rt)
        pipeline.begin(rt, f"r{rows}", "check", "test")
        pipeline.check_table(rt, table="calls", run_id=f"r{rows}", kind="full")
        counts = pipeline.correct_table(
            rt, table="calls", run_id=f"r{rows}", actor="test", rule_id="call_direction_present"
        )
        pipeline.fill_review_queue(rt, run_id=f"r{rows}")
        taken.append(_statements(rt) - before)
        assert counts.corrected >= rows

    rt.engine.dispose()
    assert taken[1] <= taken[0] + 2


def test_no_rows_are_no_statement(rt: Runtime) -> None:
    """And nothing is sent."""
    sent: list[str] = []
    event.listen(rt.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))
    with rt.engine.connect() as connection:
        sql.run_many(connection, "insert_correction", [])

    assert [] == sent
