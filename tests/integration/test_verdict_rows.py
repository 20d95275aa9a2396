"""How many verdicts are kept: a check every five minutes adds no row that says nothing new."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.errors import CheckNotEvaluated
from data_consistency.runtime import Runtime
from tests import worlds

_RULE = "call_direction_present"


def _verdicts(rt: Runtime) -> list[tuple[object, ...]]:
    return worlds.execute(
        rt.engine, "SELECT run_id FROM consistency_rule_results WHERE rule = :rule ORDER BY id", rule=_RULE
    )


def _check(rt: Runtime, run_id: str) -> int:
    pipeline.begin(rt, run_id, "check", "test")
    return pipeline.check_table(rt, table="calls", run_id=run_id).rows_checked


def _silent_check(rt: Runtime, run_id: str) -> None:
    """A check of what changed, of which there is something; the rule's column is away."""
    worlds.execute(rt.engine, "UPDATE calls SET summary = :run", run=run_id)
    pipeline.begin(rt, run_id, "check", "test")
    with pytest.raises(CheckNotEvaluated):
        pipeline.check_table(rt, table="calls", run_id=run_id)


def test_a_rule_that_stays_silent_is_a_verdict_once_a_day(rt: Runtime) -> None:
    """Every run tells it all the same; the next day says it again, and so does another reason."""
    worlds.add_call(rt.engine)
    _check(rt, "r0")
    worlds.execute(rt.engine, "DELETE FROM consistency_rule_results")
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    for run in ("r1", "r2", "r3"):
        _silent_check(rt, run)
    a_day = _verdicts(rt)

    began = rt.clock()
    _silent_check(replace(rt, clock=lambda: began + timedelta(days=1)), "r4")

    assert [("r1",)] == a_day
    assert [("r1",), ("r4",)] == _verdicts(rt)


def test_a_check_in_which_all_is_well_adds_no_verdict(rt: Runtime) -> None:
    """Rows were read; the daily check says of all rules how they are."""
    worlds.add_call(rt.engine)
    _check(rt, "r0")
    worlds.execute(rt.engine, "UPDATE calls SET summary = 'new'")

    checked = _check(rt, "r1")

    assert checked > 0
    assert [] == worlds.execute(rt.engine, "SELECT rule FROM consistency_rule_results WHERE run_id = 'r1'")
