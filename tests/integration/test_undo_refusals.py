"""Undo where the database says no: row by row, read again, with the reason, and never all or nothing."""

import pytest
from pymysql import Connection
from sqlalchemy import event, text
from typer.testing import CliRunner

from data_consistency.cli import build_app
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN
from tests.rounds import findings, run_all

pytestmark = pytest.mark.every_server

_DIRECTION = "call_direction_present"
_NAME = "Max Mustermann"


def _corrected(rt: Runtime, directions: list[str | None]) -> list[int]:
    calls = [worlds.add_call(rt.engine, direction=direction) for direction in directions]
    run_all(rt, "r1")
    assert {"inbound"} == set(_directions(rt, calls))
    return calls


def _directions(rt: Runtime, calls: list[int]) -> list[object]:
    return [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]


def _trigger(rt: Runtime, call: int, what: str) -> None:
    worlds.execute(
        rt.engine, f"CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW IF OLD.id = {call} THEN {what}; END IF"
    )


@pytest.mark.parametrize("number", [1644, 1142, 1213, 3024, 9999])
def test_a_row_that_the_database_refuses_is_told_and_the_others_are_restored(
    rt: Runtime, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    """By the command: row, column and number, never what the trigger says; the status says that not all came back."""
    calls = _corrected(rt, [None, "", "sideways", None])
    _trigger(rt, calls[2], f"SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = '{_NAME}'")

    done = CliRunner(env={"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}).invoke(
        build_app(), ["undo", "--run", "r1"], catch_exceptions=False
    )

    assert [None, "", "inbound", None] == _directions(rt, calls)
    assert 1 == done.exit_code
    assert "undone 3, refused 1" in done.output
    assert f"refused: calls {calls[2]} (" in done.output
    assert f"(error {number})" in done.output
    assert _NAME not in done.output + caplog.text
    assert 3 == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_undos")[0][0]
    assert (_DIRECTION, calls[2], "corrected") in findings(rt)
    assert (_DIRECTION, calls[0], "open") in findings(rt)


def test_a_row_that_is_kept_otherwise_than_it_is_written_is_refused(rt: Runtime) -> None:
    """Read again after writing: it is left as the correction made it, neither one thing nor the other."""
    calls = _corrected(rt, [None, None, None])
    _trigger(rt, calls[0], "SET NEW.direction = 'kept'")

    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert ["inbound", None, None] == _directions(rt, calls)
    assert (2, 1) == (counts.undone, counts.refused)
    assert (f"calls {calls[0]} (direction: the database keeps another value than is written)",) == counts.refused_rows


def test_a_row_that_somebody_holds_is_told_and_the_others_are_restored(rt: Runtime) -> None:
    """Undo it later: nothing of it is lost."""
    calls = _corrected(rt, [None, None, None])
    hurried = worlds.runtime(rt.engine.url.render_as_string(hide_password=False))
    event.listen(hurried.engine, "connect", _hurry)

    with rt.engine.begin() as other:
        other.execute(text("UPDATE calls SET summary = 'theirs' WHERE id = :id"), {"id": calls[1]})
        counts = decisions.undo(hurried, ADMIN, run_id="r1")
    hurried.engine.dispose()
    again = decisions.undo(rt, ADMIN, run_id="r1")

    assert (2, 1) == (counts.undone, counts.refused)
    assert (f"calls {calls[1]} (somebody else holds the row; undo it later)",) == counts.refused_rows
    assert (1, 0) == (again.undone, again.refused)
    assert [None, None, None] == _directions(rt, calls)


def _hurry(connection: Connection, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")


def test_changes_of_one_row_are_taken_back_one_after_the_other(rt: Runtime) -> None:
    """The newest first, so that what stood there before all of them stands there again."""
    (call,) = _corrected(rt, ["sideways"])
    worlds.execute(rt.engine, "UPDATE calls SET direction = '' WHERE id = :id", id=call)
    run_all(rt, "r2", kind="full")

    first = decisions.undo(rt, ADMIN, run_id="r2")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id = :id", id=call)
    second = decisions.undo(rt, ADMIN, rule=_DIRECTION)

    assert (1, 1) == (first.undone, second.undone)
    assert ["sideways"] == _directions(rt, [call])


def test_many_different_values_cost_one_statement(rt: Runtime) -> None:
    """A correction and its undo write a batch at once, whatever stood in its rows."""
    calls = [worlds.add_call(rt.engine, direction=f"wrong{number}") for number in range(20)]
    seen: list[str] = []
    event.listen(rt.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))

    run_all(rt, "r1")
    corrected = [text for text in seen if text.startswith("UPDATE calls")]
    seen.clear()
    decisions.undo(rt, ADMIN, run_id="r1")
    undone = [text for text in seen if text.startswith("UPDATE calls")]

    assert (1, 1) == (len(corrected), len(undone))
    assert [f"wrong{number}" for number in range(20)] == _directions(rt, calls)
