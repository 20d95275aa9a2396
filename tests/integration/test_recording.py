"""The ledger under races: a scan never overwrites what changed after it began; tenants and ranges stay apart."""

import threading
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.correct import applying
from data_consistency.correct.applying import Order
from data_consistency.errors import WrongUse
from data_consistency.ledger import incidents, runs
from data_consistency.pipeline import check
from data_consistency.review import decisions
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from tests import worlds
from tests.patience import PATIENCE
from tests.people import ADMIN

_RULE = "call_direction_present"


def _look(rt: Runtime, table: str = "calls", kind: str = "full") -> check.Look:
    with rt.transaction() as connection:
        return check.look(connection, rt, rt.suites()[table], kind, Scope(kind="range"))


def _record(rt: Runtime, seen: check.Look, run_id: str = "late") -> object:
    pipeline.begin(rt, run_id, "check", "test")
    return check.record(rt, rt.suites()[seen.scan.table], seen, run_id=run_id)


def _check(rt: Runtime, run_id: str, table: str = "calls", **options: object) -> object:
    pipeline.begin(rt, run_id, "check", "test")
    return pipeline.check_table(rt, table=table, run_id=run_id, **options)  # type: ignore[arg-type]


def _correct(rt: Runtime, run_id: str) -> int:
    pipeline.begin(rt, run_id, "correct", "test", dry_run=False)
    return pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", dry_run=False).corrected


def _states(rt: Runtime, rule: str = _RULE) -> list[tuple[object, ...]]:
    return worlds.execute(
        rt.engine,
        "SELECT entity_id, status, reopened FROM data_consistency_alerts WHERE alert_type = :rule ORDER BY entity_id",
        rule=rule,
    )


def test_a_scan_that_is_older_than_a_correction_does_not_reopen_it(rt: Runtime) -> None:
    """Nobody is told twice of a row that was put right meanwhile, and the report counts it as corrected."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt, "first")
    seen = _look(rt)

    corrected = _correct(rt, "meanwhile")
    late = _record(rt, seen)

    assert (1, 0, 0) == (corrected, late.reopened, late.opened)  # type: ignore[attr-defined]
    assert [(call, "corrected", 0)] == _states(rt)


def test_a_correction_that_commits_while_a_scan_is_recorded_has_the_last_word(rt: Runtime) -> None:
    """The recorder waits for the finding's lock and judges the row as it is then."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt, "first")
    worlds.execute(rt.engine, "UPDATE data_consistency_alerts SET status = 'resolved'")
    seen = _look(rt)
    suite = rt.suites()["calls"]
    rule = next(rule for rule in suite.rules if rule.id == _RULE)
    order = Order(suite=suite, rule=rule, run_id="meanwhile", actor="test", now=rt.now())
    recording = threading.Thread(target=_record, args=(rt, seen))

    with rt.transaction() as connection:
        applying.apply(connection, order, [call])
        recording.start()
        _wait_for_lock(rt)
    recording.join(PATIENCE)

    assert [(call, "corrected", 0)] == _states(rt)


def _wait_for_lock(rt: Runtime) -> None:
    asking = "SELECT id FROM information_schema.processlist WHERE info LIKE '%lock_findings%' AND id <> CONNECTION_ID()"
    while not worlds.execute(rt.engine, asking):
        pass


def test_a_scan_that_is_older_than_an_undo_does_not_resolve_what_came_back(rt: Runtime) -> None:
    """What was taken back is wrong again, whatever a scan saw before."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt, "first")
    _correct(rt, "fix")
    seen = _look(rt)

    decisions.undo(rt, ADMIN, run_id="fix")
    late = _record(rt, seen)

    assert 0 == late.resolved  # type: ignore[attr-defined]
    assert [(call, "open", 1)] == _states(rt)


def test_a_row_that_was_mended_after_the_scan_is_not_opened(rt: Runtime) -> None:
    """Neither is one opened that somebody put right before the scan was recorded, nor one that was deleted."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(3)]
    seen = _look(rt)
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id = :id", id=calls[0])
    worlds.execute(rt.engine, "DELETE FROM calls WHERE id = :id", id=calls[1])

    late = _record(rt, seen)

    assert 1 == late.opened  # type: ignore[attr-defined]
    assert [(calls[2], "open", 0)] == _states(rt)


def test_a_finding_that_a_newer_check_opened_is_not_resolved_by_an_older_scan(rt: Runtime) -> None:
    """A check of what changed overtakes the daily one."""
    call = worlds.add_call(rt.engine)
    _check(rt, "first")
    seen = _look(rt)
    worlds.execute(rt.engine, "UPDATE calls SET direction = NULL WHERE id = :id", id=call)
    _check(rt, "newer")

    _record(rt, seen)

    assert [(call, "open", 0)] == _states(rt)


def test_a_check_of_one_company_leaves_the_others_alone(rt: Runtime) -> None:
    """Findings of other companies are neither seen nor resolved, also among changed rows."""
    calls = [worlds.add_call(rt.engine, direction=None, company_id=company) for company in (1, 2)]
    _check(rt, "first")
    worlds.execute(rt.engine, "UPDATE calls SET sentiment = 'x'")

    for kind in ("changed", "full"):
        found = _check(rt, kind, kind=kind, company_id=1)

        assert 0 == found.resolved  # type: ignore[attr-defined]
        assert [(call, "open", 0) for call in calls] == _states(rt)


def test_ranges_add_up_to_the_whole_table(rt: Runtime) -> None:
    """Counts and findings of ranges that touch are those of one full check, an open end included."""
    calls = [worlds.add_call(rt.engine, direction=None if n % 3 else "inbound") for n in range(10)]
    edges = [(0, calls[0] - 1), (calls[0], calls[3]), (calls[3] + 1, calls[8]), (calls[8] + 1, None)]

    parts = [_check(rt, f"r{n}", kind="range", first_id=a, last_id=b) for n, (a, b) in enumerate(edges)]
    before = _states(rt)
    whole = _check(rt, "whole", kind="full")

    assert whole.rows_checked == sum(part.rows_checked for part in parts)  # type: ignore[attr-defined]
    assert whole.violations[_RULE] == sum(part.violations.get(_RULE, 0) for part in parts)  # type: ignore[attr-defined]
    assert (0, 0, 0) == (whole.opened, whole.reopened, whole.resolved)  # type: ignore[attr-defined]
    assert before == _states(rt)


def test_a_range_of_nothing_reads_nothing(rt: Runtime) -> None:
    """The range 0 to 0 is not the whole table."""
    worlds.add_call(rt.engine, direction=None)

    found = _check(rt, "nothing", kind="range", first_id=0, last_id=0)

    assert (0, {}) == (found.rows_checked, found.violations)  # type: ignore[attr-defined]
    assert [] == _states(rt)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "full", "last_id": 5}, "kind 'full' has no range"),
        ({"kind": "changed", "first_id": 5}, "kind 'changed' has no range"),
        ({"kind": "range", "first_id": 5, "last_id": 4}, "ids 5 to 4: the range holds none"),
    ],
)
def test_a_range_that_means_nothing_is_refused(rt: Runtime, options: dict[str, object], message: str) -> None:
    """A bound is never passed over in silence."""
    with pytest.raises(WrongUse, match=message):
        _check(rt, "r", **options)


def test_runs_of_the_dead_are_ended_and_told_once(rt: Runtime) -> None:
    """A process that was killed leaves a run that nobody goes on with; the next one ends it, and somebody is told."""
    for run_id, kind in (("dead", "check"), ("slow", "report"), ("alive", "check")):
        pipeline.begin(rt, run_id, kind, "test")
    quiet = rt.now() - timedelta(hours=1)
    worlds.execute(rt.engine, "UPDATE consistency_runs SET alive_at = :t WHERE id <> 'alive'", t=quiet)

    for run_id in ("next", "after"):
        pipeline.begin(rt, run_id, "check", "test")

    found = worlds.execute(rt.engine, "SELECT id, status FROM consistency_runs ORDER BY id")
    assert [
        (run, "failed" if run == "dead" else "running") for run in ("after", "alive", "dead", "next", "slow")
    ] == found
    ((error,),) = worlds.execute(rt.engine, "SELECT error FROM consistency_runs WHERE id = 'dead'")
    assert str(error).startswith("ended: no sign of life since ")
    (told,) = decisions.list_incidents(rt)
    assert (incidents.RUN_DIED, "check", 1) == (told.kind, told.rule, told.found)
    assert "run dead" in told.detail

    pipeline.finish(rt, "next")

    assert [] == decisions.list_incidents(rt)


def test_a_step_is_a_sign_of_life(rt: Runtime) -> None:
    """A run whose tasks still check is not ended, however long ago it began."""
    worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "long", "check", "test")
    worlds.execute(rt.engine, "UPDATE consistency_runs SET alive_at = :t", t=rt.now() - timedelta(hours=5))
    pipeline.check_table(rt, table="calls", run_id="long")

    with rt.transaction() as connection:
        assert [] == runs.end_dead(connection, rt.now())
