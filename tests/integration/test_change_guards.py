"""What an UPDATE of a correction repeats, whatever was looked at before; and undo, which no trigger repairs again."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from data_consistency import pipeline
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from data_consistency.schema import triggers
from tests import worlds
from tests.people import ADMIN

_DIRECTION = "call_direction_present"
_FLAG = "appointment_is_flagged_on_call"


def _correct(rt: Runtime, rule: str, meanwhile: Callable[[object], object]) -> pipeline.CorrectionCounts:
    """A run, in the middle of whose transaction, right before its UPDATE, something happens."""
    watched = worlds.runtime(rt.engine.url.render_as_string(hide_password=False))
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")

    def happen(connection: object, cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith("UPDATE calls AS t"):
            meanwhile(cursor)

    event.listen(watched.engine, "before_cursor_execute", happen)
    try:
        return pipeline.correct_table(watched, table="calls", run_id="r1", actor="test", rule_id=rule)
    finally:
        watched.engine.dispose()


def test_evidence_that_goes_at_the_last_moment_is_no_evidence(rt: Runtime) -> None:
    """Rows of other tables are not locked: the UPDATE asks for the violated condition again."""
    call = worlds.add_call(rt.engine, appointment_made=0, session_outcome=None)
    appointment = worlds.add_appointment(rt.engine, call_id=call, source="phone", status="confirmed")

    counts = _correct(
        rt,
        _FLAG,
        lambda _: worlds.execute(rt.engine, "DELETE FROM appointments WHERE id = :id", id=appointment) and None,
    )

    assert (1, 0) == (counts.planned, counts.corrected)
    assert 0 == worlds.row(rt.engine, "calls", call)["appointment_made"]
    assert [(0,)] == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_corrections")


@pytest.mark.parametrize("there", ["sideways", ""])
def test_values_that_were_not_there_before_are_not_overwritten(rt: Runtime, there: str) -> None:
    """The row still violates its rule, but otherwise: the UPDATE asks for the values of before."""
    call = worlds.add_call(rt.engine, direction=None)

    _correct(
        rt,
        _DIRECTION,
        # By the cursor of the transaction itself, since nobody else can: the row is locked.
        lambda cursor: cursor.execute(f"UPDATE calls SET direction = '{there}' WHERE id = {call}"),  # type: ignore[attr-defined]
    )

    assert there == worlds.row(rt.engine, "calls", call)["direction"]


def test_undo_is_not_repaired_by_our_triggers(rt: Runtime) -> None:
    """They are installed, and would make the call inbound again; afterwards they work as before."""
    call = worlds.add_call(rt.engine, direction=None)
    with rt.transaction() as connection:
        triggers.install(connection)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", rule_id=_DIRECTION)

    undone = decisions.undo(rt, ADMIN, run_id="r1").undone

    assert (1, None) == (undone, worlds.row(rt.engine, "calls", call)["direction"])
    fresh = worlds.add_call(rt.engine, direction=None)
    assert "inbound" == worlds.row(rt.engine, "calls", fresh)["direction"]
