"""Decisions under races, kills and lost answers: whoever comes first, and whatever dies, one truth is left."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event

from data_consistency import pipeline
from data_consistency.errors import DataConsistencyError
from data_consistency.ledger.items import Reason
from data_consistency.project import shipped
from data_consistency.review import decisions
from data_consistency.review.decisions import Item
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.people import ADMIN, ANN, BOB
from tests.questions import ask

_DIRECTION = "call_direction_present"
_STATE = {
    "calls": "SELECT id, direction, consistency_changed_at FROM calls ORDER BY id",
    "findings": "SELECT id, status, auto_corrected, resolution_notes FROM data_consistency_alerts ORDER BY id",
    "items": "SELECT id, status, assigned_to, decision, decided_by FROM manual_review_queue ORDER BY id",
    "incidents": "SELECT id, status, decided_by FROM consistency_incidents ORDER BY id",
    "audit": "SELECT id, run_id FROM consistency_corrections ORDER BY id",
    "undos": "SELECT correction_id FROM consistency_undos ORDER BY 1",
    "events": "SELECT hash FROM consistency_events ORDER BY id",
    "runs": "SELECT id, status FROM consistency_runs ORDER BY id",
}


def _again(rt: Runtime, **settings: str) -> Runtime:
    """The same database as another process sees it."""
    return worlds.runtime(rt.engine.url.render_as_string(hide_password=False), **settings)


def _state(rt: Runtime) -> dict[str, list[tuple[object, ...]]]:
    return {name: worlds.execute(rt.engine, statement) for name, statement in _STATE.items()}


def _at_once(*work: Callable[[], object]) -> list[object]:
    """What several threads come to that begin at one moment; the name of the error where they fail."""
    ready, results = threading.Barrier(len(work)), []

    def do(one: Callable[[], object]) -> None:
        ready.wait()
        try:
            results.append(one())
        except DataConsistencyError as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=do, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_eight_processes_of_two_reviewers_decide_once(rt: Runtime) -> None:
    """By command: one decision is made, its repetitions say so, the other reviewer is told whose it is."""
    item = ask(_again(rt, OPTED_OUT_COMPANIES="1"))
    url = rt.engine.url.render_as_string(hide_password=False)

    def begin(name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "data_consistency", "queue", "approve", str(item.id), "--shown", item.token],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=shipped().home,
            env={**os.environ, "PYTHONPATH": str(Path(shipped().home, "include")), "LOGNAME": name,
                 "CONSISTENCY_DB_URL": url, "CONSISTENCY_DRY_RUN": "false"},
        )  # fmt: skip

    processes = [(name, begin(name)) for name in ["ann", "bob"] * 4]
    said = [(name, *process.communicate(), process.returncode) for name, process in processes]

    ((winner,),) = worlds.execute(rt.engine, "SELECT decided_by FROM manual_review_queue")
    mine = [out for name, out, _, status in said if f"cli:{name}" == winner and status == 0]
    others = [(error, status) for name, _, error, status in said if f"cli:{name}" != winner]
    assert (4, 3) == (len(mine), sum(", as before" in out for out in mine)), said
    assert {64} == {status for _, status in others}
    assert all(f"is resolved: approved by {winner}" in error for error, _ in others)
    assert [(1,)] == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_corrections")
    assert pipeline.verify_audit(rt).first is None


def test_of_two_different_decisions_one_is_made(rt: Runtime) -> None:
    """Approved or dismissed, with row, finding and audit to match; never both."""
    for _ in range(5):
        item = ask(_again(rt, OPTED_OUT_COMPANIES="1"))
        one, other = _again(rt), _again(rt)

        _at_once(
            lambda rt=one, item=item: decisions.approve(rt, item.id, ANN, shown=item.token),  # type: ignore[misc]
            lambda rt=other, item=item: decisions.dismiss(  # type: ignore[misc]
                rt, item.id, BOB, shown=item.token, reason=Reason.KNOWN
            ),
        )

        ((decision, finding, direction, audited),) = worlds.execute(
            rt.engine,
            "SELECT q.decision, a.status, c.direction, (SELECT COUNT(*) FROM consistency_corrections AS x"
            " WHERE x.entity_id = c.id) FROM manual_review_queue AS q INNER JOIN calls AS c ON c.id = q.entity_id"
            " INNER JOIN data_consistency_alerts AS a ON a.fingerprint = q.fingerprint WHERE q.id = :id",
            id=item.id,
        )
        assert (decision, finding, direction, audited) in {
            ("approved", "corrected", "inbound", 1),
            ("dismissed", "dismissed", None, 0),
        }


def test_a_person_and_a_run_change_a_row_once(rt: Runtime) -> None:
    """Whoever comes second finds it done."""
    for number in range(4):
        item = ask(_again(rt, OPTED_OUT_COMPANIES="1"))
        run = _again(rt)
        worlds.execute(rt.engine, "UPDATE data_consistency_alerts SET status = 'open' WHERE status = 'in_review'")

        _at_once(
            lambda item=item: decisions.approve(_again(rt), item.id, ANN, shown=item.token),  # type: ignore[misc]
            lambda number=number, run=run: pipeline.correct_table(  # type: ignore[misc]
                run, table="calls", run_id=f"race{number}", actor="test", rule_id=_DIRECTION
            ),
        )

        assert [(1,)] == worlds.execute(
            rt.engine, "SELECT COUNT(*) FROM consistency_corrections WHERE entity_id = :id", id=item.entity_id
        )
        assert "inbound" == worlds.row(rt.engine, "calls", item.entity_id)["direction"]
    assert pipeline.verify_audit(rt).first is None


def test_two_people_take_a_run_back_once(rt: Runtime) -> None:
    """Each row by one of them; nobody restores what the other has restored."""
    for _ in range(6):
        worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", rule_id=_DIRECTION)

    counts = _at_once(*(lambda: decisions.undo(_again(rt), ADMIN, run_id="r1").undone for _ in range(2)))

    assert [0, 6] == sorted(counts)  # type: ignore[type-var]
    assert [(6,)] == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_undos")


class Killed(BaseException):
    """The process is no more."""


def _dying(rt: Runtime, after: int) -> tuple[Runtime, list[str]]:
    """A process whose connection is cut, and which dies, after so many statements."""
    dying, sent = _again(rt), list[str]()

    def die(connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)
        if len(sent) == after:
            thread = connection.connection.dbapi_connection.thread_id()  # type: ignore[attr-defined]
            worlds.execute(rt.engine, f"KILL {thread}")
            raise Killed

    event.listen(dying.engine, "after_cursor_execute", die)
    return dying, sent


def _approve(rt: Runtime, item: Item) -> object:
    return decisions.approve(rt, item.id, ANN, shown=item.token)


def _dismiss(rt: Runtime, item: Item) -> object:
    return decisions.dismiss(rt, item.id, ANN, shown=item.token, reason=Reason.KNOWN)


def _claim(rt: Runtime, item: Item) -> object:
    return decisions.claim(rt, item.id, ANN)


def _undo(rt: Runtime, item: Item) -> object:
    return decisions.undo(rt, ADMIN, table="calls", entity_id=item.entity_id)


@pytest.mark.parametrize("decide", [_approve, _dismiss, _claim, _undo])
def test_a_decision_killed_between_any_two_statements_leaves_all_or_nothing(
    rt: Runtime, decide: Callable[[Runtime, Item], object]
) -> None:
    """Before its last statement nothing has happened; made again it is made, once."""
    item = ask(_again(rt, OPTED_OUT_COMPANIES="1"))
    if decide is _undo:
        people.approve(rt, item.id, ANN)
    before, after = _state(rt), 0
    while True:
        after += 1
        dying, sent = _dying(rt, after)
        try:
            decide(dying, item)
        except Killed:
            assert before == _state(rt), sent[-1]
        else:
            break
        finally:
            dying.engine.dispose()

    assert after > 5
    done = _state(rt)
    assert all(before[name] != done[name] for name in ("items", "events") if decide is not _undo)
    if decide is not _undo:
        decide(rt, item)
    unlike = {name for name, rows in _state(rt).items() if rows != done[name]}
    assert unlike <= ({"events", "items"} if decide is _claim else set())
    assert pipeline.verify_audit(rt).first is None


def test_an_approved_plan_killed_between_any_two_statements_is_applied_once(rt: Runtime) -> None:
    """The same run, repeated, ends what it began: each row once, by its approval."""
    strict = _again(rt, MAX_CORRECTIONS="1")
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(3)]
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    pipeline.correct_table(strict, table="calls", run_id="r1", actor="test", rule_id=_DIRECTION)
    (incident,) = decisions.list_incidents(rt)
    decisions.approve_incident(rt, incident.id, ADMIN)
    pipeline.begin(rt, "r2", "check", "test")
    after = 0
    while True:
        after += 1
        dying, sent = _dying(strict, after)
        with suppress(Killed):
            pipeline.correct_table(dying, table="calls", run_id="r2", actor="test", rule_id=_DIRECTION)
        dying.engine.dispose()
        changed = worlds.execute(rt.engine, "SELECT COUNT(*) FROM calls WHERE direction = 'inbound'")
        audited = worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_corrections WHERE authority = 'plan'")
        assert changed == audited
        if len(sent) < after:
            break

    assert [(3,)] == audited
    assert {"applied"} == {row.outcome for row in decisions.show_incident(rt, incident.id, ADMIN).rows}
    assert {"inbound"} == {worlds.row(rt.engine, "calls", call)["direction"] for call in calls}
    assert pipeline.verify_audit(rt).first is None
