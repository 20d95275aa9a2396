"""Undo: exactly what was there stands there again, or is refused by name."""

import pytest

from data_consistency.errors import WrongUse
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN
from tests.rounds import findings, run_all

pytestmark = pytest.mark.every_server

_DIRECTION = "call_direction_present"


def test_undo_restores_the_rows_of_a_run_and_the_next_run_corrects_them_again(rt: Runtime) -> None:
    """Exactly as found: values and change time; the findings are open again."""
    calls = [worlds.add_call(rt.engine, direction=value) for value in (None, "", "sideways")]
    before = [worlds.row(rt.engine, "calls", call) for call in calls]
    times = worlds.execute(rt.engine, "SELECT consistency_changed_at FROM calls ORDER BY id")
    run_all(rt, "r1")

    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert (3, 0) == (counts.undone, counts.refused)
    assert before == [worlds.row(rt.engine, "calls", call) for call in calls]
    assert times == worlds.execute(rt.engine, "SELECT consistency_changed_at FROM calls ORDER BY id")
    assert {"open"} == {status for _, _, status in findings(rt)}
    assert 3 == run_all(rt, "r2")["calls"]


def test_undo_refuses_a_row_that_somebody_changed_since(rt: Runtime) -> None:
    """The newer decision wins; the refusal names the row."""
    call = worlds.add_call(rt.engine, direction=None)
    other = worlds.add_call(rt.engine, direction=None)
    gone = worlds.add_call(rt.engine, direction=None)
    run_all(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'outbound' WHERE id = :id", id=call)
    worlds.execute(rt.engine, "DELETE FROM calls WHERE id = :id", id=gone)

    counts = decisions.undo(rt, ADMIN, rule=_DIRECTION)

    assert (1, 2) == (counts.undone, counts.refused)
    assert {f"calls {call} (direction)", f"calls {gone} (row deleted)"} == set(counts.refused_rows)
    assert worlds.row(rt.engine, "calls", other)["direction"] is None


def test_undo_of_one_row_and_of_nothing(rt: Runtime) -> None:
    """A row can be named; undoing everything at once is not offered."""
    one = worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, direction=None)
    run_all(rt, "r1")

    counts = decisions.undo(rt, ADMIN, table="calls", entity_id=one)

    assert 1 == counts.undone
    with pytest.raises(WrongUse, match="say what to undo"):
        decisions.undo(rt, ADMIN)
