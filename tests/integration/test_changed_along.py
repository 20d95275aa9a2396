"""Columns that the database or a trigger of somebody else changes along with a correction: audited, restored, named."""

import json
from datetime import datetime

import pytest

from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN
from tests.rounds import run_all

pytestmark = pytest.mark.every_server

_THEN = datetime(2026, 1, 2, 3, 4, 5)  # as the driver hands it out
_NAME = "Max Mustermann"


def _maintained(rt: Runtime) -> None:
    worlds.execute(
        rt.engine,
        "ALTER TABLE calls MODIFY COLUMN updated_at TIMESTAMP NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP",
    )


def _updated_at(rt: Runtime, call: int) -> object:
    return worlds.execute(rt.engine, "SELECT updated_at FROM calls WHERE id = :id", id=call)[0][0]


def test_a_time_that_the_database_sets_is_audited_and_restored(rt: Runtime) -> None:
    """Exactly what stood there stands there again."""
    _maintained(rt)
    call = worlds.add_call(rt.engine, direction=None, updated_at=_THEN)
    before = worlds.execute(rt.engine, "SELECT * FROM calls")

    run_all(rt, "r1")
    ((old, new),) = worlds.execute(rt.engine, "SELECT before_values, after_values FROM consistency_corrections")
    moved = _updated_at(rt, call)
    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert moved != _THEN
    assert {"direction": None, "updated_at": "2026-01-02T03:04:05"} == json.loads(str(old))
    assert {"direction", "updated_at"} == json.loads(str(new)).keys()
    assert (1, 0, ()) == (counts.undone, counts.refused, counts.left_rows)
    assert before == worlds.execute(rt.engine, "SELECT * FROM calls")


def test_a_time_that_has_moved_since_keeps_nothing_from_being_undone(rt: Runtime) -> None:
    """Somebody wrote another column: ours is restored, and the time is said not to be."""
    _maintained(rt)
    call = worlds.add_call(rt.engine, direction=None, updated_at=_THEN)
    run_all(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET summary = 'new', updated_at = '2026-02-02' WHERE id = :id", id=call)

    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert (1, 0) == (counts.undone, counts.refused)
    assert (f"calls {call} (updated_at)",) == counts.left_rows
    assert worlds.row(rt.engine, "calls", call)["direction"] is None


def test_what_a_trigger_changes_in_another_column_is_named_and_not_quoted(
    rt: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be what somebody said: the event and undo name the column alone."""
    call = worlds.add_call(rt.engine, direction=None)
    worlds.execute(rt.engine, f"CREATE TRIGGER along BEFORE UPDATE ON calls FOR EACH ROW SET NEW.summary = '{_NAME}'")

    run_all(rt, "r1")
    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert worlds.row(rt.engine, "calls", call)["direction"] is None
    assert (f"calls {call} (summary)",) == counts.left_rows
    details = worlds.execute(rt.engine, "SELECT detail FROM consistency_events WHERE kind = 'correction'")
    assert [["summary"], ["summary"]] == [json.loads(str(detail))["along"] for (detail,) in details]
    audit = worlds.execute(rt.engine, "SELECT * FROM consistency_corrections")
    assert "columns=summary" in caplog.text
    assert _NAME not in f"{audit} {details} {caplog.text}"


def test_a_row_of_which_a_trigger_changes_only_another_column_is_audited(rt: Runtime) -> None:
    """Ours is kept as it was by the trigger, another is not: that something was changed is not lost."""
    call = worlds.add_call(rt.engine, direction=None)
    worlds.execute(
        rt.engine,
        "CREATE TRIGGER instead BEFORE UPDATE ON calls FOR EACH ROW"
        f" SET NEW.direction = OLD.direction, NEW.summary = '{_NAME}'",
    )

    run_all(rt, "r1")

    assert [(call,)] == worlds.execute(rt.engine, "SELECT entity_id FROM consistency_corrections")
    ((detail,),) = worlds.execute(rt.engine, "SELECT detail FROM consistency_events WHERE kind = 'correction'")
    assert ["summary"] == json.loads(str(detail))["along"]
