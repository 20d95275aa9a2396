"""The life of an accelerator: put on, used, stale, gone, replaced, taken away; what is found stays the same."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner, Result

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.detect import accelerated
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.errors import DatabaseRefused, SchemaNotReady, WrongUse
from data_consistency.health import examination, sign
from data_consistency.review import decisions
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from data_consistency.schema import accelerating, drift, migrations
from tests import worlds
from tests.people import ADMIN
from tests.rounds import run_all

pytestmark = pytest.mark.every_server

_FULL = Scope(kind="full")
_DIRECTION = "call_direction_present"


@pytest.fixture
def fast(rt: Runtime) -> Runtime:
    """A runtime whose calls are accelerated."""
    _on(rt, "calls")
    return rt


def _on(rt: Runtime, table: str, suite: Suite | None = None) -> dict[str, accelerating.Answer]:
    found = accelerating.switch_on(rt.engine, suite or rt.suite_of(table), actor="test", now=rt.now())
    return {answer.rule: answer for answer in found}


def _answered(rt: Runtime, suite: Suite | None = None, scope: Scope = _FULL) -> set[str]:
    """The rules of calls that the accelerator answers now."""
    suite = suite or rt.suite_of("calls")
    with rt.transaction() as connection:
        known = accelerated.ask(connection, facts_of(connection, "calls"), suite.rules, scope)
    return {suite.rules[number].id for number in known.numbers}


def _found(rt: Runtime, rule: str, suite: Suite | None = None) -> list[int]:
    with rt.transaction() as connection:
        return scan_table(connection, suite or rt.suite_of("calls"), _FULL, rt.now()).ids_of(rule)


def _ours(rt: Runtime) -> list[str]:
    rows = worlds.execute(
        rt.engine,
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND column_name LIKE 'consistency_violations%' ORDER BY column_name",
    )
    return [str(row[0]) for row in rows]


def _faults(rt: Runtime) -> list[str]:
    with rt.transaction() as connection:
        return [str(fault) for fault in drift.look(connection) if fault.name.startswith("accelerator")]


def _type(rt: Runtime, *words: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False)


def _changed(suite: Suite, rule: str) -> Suite:
    """The suite with a rule that has another condition."""
    return replace(
        suite,
        rules=tuple(
            replace(one, condition="direction IN ('inbound', 'outbound', 'sideways')") if one.id == rule else one
            for one in suite.rules
        ),
    )


def test_a_table_says_what_is_wrong_with_it(fast: Runtime) -> None:
    """Rules of the own row exactly, those with a clock by what the row alone must be like."""
    bad = worlds.add_call(fast.engine, direction=None)
    worlds.add_call(fast.engine)
    stuck = worlds.add_call(fast.engine, status="in_progress")
    answers = _on(fast, "calls")

    assert {_DIRECTION, "call_is_not_stuck"} <= _answered(fast)
    assert ([bad], [stuck]) == (_found(fast, _DIRECTION), _found(fast, "call_is_not_stuck"))
    assert "accelerated" == answers[_DIRECTION].how
    assert ("split", "asks the clock") == (answers["call_is_not_stuck"].how, answers["call_is_not_stuck"].reason)
    assert "scanned" == answers["call_has_one_appointment"].how
    assert answers["call_has_one_appointment"].reason == "reads appointments"


def test_the_application_does_not_see_it(fast: Runtime) -> None:
    """Neither by a star nor by an INSERT without names, nor can a row's bits be written."""
    call = worlds.add_call(fast.engine, direction=None)

    assert not {"consistency_violations", "consistency_violations_2"} & worlds.row(fast.engine, "calls", call).keys()
    worlds.execute(fast.engine, "CREATE TABLE copied LIKE companies")
    with pytest.raises(DBAPIError):
        worlds.execute(fast.engine, "UPDATE calls SET consistency_violations = 1")


def test_no_value_that_a_column_takes_makes_a_write_fail(fast: Runtime) -> None:
    """Whatever stands there is computed without an error and without a warning, in a strict session too."""
    ends = {"duration_sec": -(2**31), "duration_ms": 2**31 - 1, "customer_link_confidence": -999.99}
    call = worlds.add_call(
        fast.engine, **ends, customer_name="x" * 255, gateway_mode="%\\_'", session_outcome="\U0001f600"
    )

    assert "call_duration_is_possible" in _answered(fast)
    assert [call] == _found(fast, "call_duration_is_possible")


def test_a_change_by_a_key_that_cascades_is_seen(fast: Runtime) -> None:
    """No trigger fires for it, and no change column moves."""
    customer = worlds.add_customer(fast.engine)
    linked = {"customer_link_status": "linked", "customer_link_confidence": 100, "customer_link_method": "manual_link"}
    call = worlds.add_call(fast.engine, customer_id=customer, **linked)
    assert [] == _found(fast, "linked_call_has_customer")

    worlds.execute(fast.engine, "DELETE FROM customers WHERE id = :id", id=customer)

    assert "linked_call_has_customer" in _answered(fast)
    assert [call] == _found(fast, "linked_call_has_customer")


def test_a_changed_rule_is_scanned_until_it_is_built_anew(fast: Runtime) -> None:
    """Its key is another; those of the others still hold. Then a second column takes the place of the first."""
    worlds.add_call(fast.engine, direction="sideways")
    suite = _changed(fast.suite_of("calls"), _DIRECTION)

    between = _answered(fast, suite)
    found_between = _found(fast, _DIRECTION, suite)
    _on(fast, "calls", suite)

    assert _DIRECTION not in between
    assert "linked_call_has_customer" in between
    assert [] == found_between == _found(fast, _DIRECTION, suite)
    assert _DIRECTION in _answered(fast, suite)
    assert ["consistency_violations_2"] == _ours(fast)
    assert ["1 of its"] == [fault.partition("whole: ")[2][:8] for fault in _faults(fast)]


@pytest.mark.parametrize(
    "harm",
    [
        ("ALTER TABLE calls DROP COLUMN consistency_violations",),
        ("ALTER TABLE calls DROP INDEX consistency_violations_index",),
        ("ALTER TABLE calls MODIFY COLUMN gateway_mode VARCHAR(60) NULL",),
        (
            "ALTER TABLE calls DROP INDEX consistency_violations_index, DROP COLUMN consistency_violations",
            "ALTER TABLE calls ADD COLUMN consistency_violations BIGINT UNSIGNED"
            " GENERATED ALWAYS AS (NULLIF(0, 0)) VIRTUAL INVISIBLE COMMENT '{said}'",
            "ALTER TABLE calls ADD INDEX consistency_violations_index (consistency_violations)",
        ),
    ],
    ids=["column", "index", "base", "expression"],
)
def test_what_is_not_as_it_was_made_is_not_believed(fast: Runtime, harm: tuple[str, ...]) -> None:
    """Everything is found by a scan, and the doctor says so; `on` mends it."""
    call = worlds.add_call(fast.engine, direction=None)
    said = worlds.execute(
        fast.engine,
        "SELECT column_comment FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND column_name = 'consistency_violations'",
    )[0][0]
    for statement in harm:
        with fast.engine.begin() as connection:
            connection.exec_driver_sql(statement.replace("{said}", said))

    assert set() == _answered(fast)
    assert [call] == _found(fast, _DIRECTION)
    assert 1 == len(_faults(fast))
    assert "accelerate on calls" in _faults(fast)[0]
    _on(fast, "calls")
    assert _DIRECTION in _answered(fast)
    assert [] == _faults(fast)


def test_the_next_run_tells_of_a_comment_that_was_changed(fast: Runtime) -> None:
    """What a run remembers of a schema in which nothing was missing knows the keys in the comment, too."""
    for number in range(2):
        pipeline.begin(fast, f"r{number}", "check", "test")
    made = str(worlds.execute(fast.engine, "SHOW CREATE TABLE calls")[0][1])
    (column,) = (line.strip().rstrip(",") for line in made.splitlines() if "`consistency_violations` " in line)
    changed = re.sub(r"COMMENT '[^']*'", "COMMENT 'data consistency accelerator 1:000000000000'", column)
    with fast.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE calls MODIFY COLUMN {changed}".replace("%", "%%"))

    pipeline.begin(fast, "r2", "check", "test")

    assert [("open",)] == worlds.execute(fast.engine, "SELECT status FROM consistency_incidents WHERE kind = 'drift'")


def test_parts_that_nearly_every_row_has_are_no_bits(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would be asked of every row, and cost every write."""
    monkeypatch.setattr(accelerating, "_FEW", 1)
    for _ in range(3):
        worlds.add_call(rt.engine, status="in_progress", direction=None)

    answers = _on(rt, "calls")

    assert ("scanned", "asks the clock; 3 rows would have to be asked") == (
        answers["call_is_not_stuck"].how,
        answers["call_is_not_stuck"].reason,
    )
    # What is wrong is a bit, however often it is wrong.
    assert "accelerated" == answers[_DIRECTION].how


def test_rules_with_too_many_rows_are_scanned(fast: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a bad morning every row is read once, and what the others find is still asked of the index."""
    monkeypatch.setattr(accelerated, "MAX_CANDIDATES", 2)
    wrong = [worlds.add_call(fast.engine, direction=None) for _ in range(3)]
    failed = worlds.add_call(fast.engine, booking_failed=1)

    answered = _answered(fast)

    assert _DIRECTION not in answered
    assert "failed_booking_has_reason" in answered
    assert (wrong, [failed]) == (_found(fast, _DIRECTION), _found(fast, "failed_booking_has_reason"))


def test_a_range_is_asked_of_its_rows_and_a_company_is_not(fast: Runtime) -> None:
    """Of one company's rows an index over all would read those of others."""
    first, second = (worlds.add_call(fast.engine, direction=None) for _ in range(2))
    scope = Scope(kind="range", first_id=second, last_id=second)
    with fast.transaction() as connection:
        facts, rules = facts_of(connection, "calls"), fast.suite_of("calls").rules
        known = accelerated.ask(connection, facts, rules, scope)
        ranged = scan_table(connection, fast.suite_of("calls"), scope, fast.now())

    assert first < second
    assert ((second,), [second]) == (known.ids, ranged.ids_of(_DIRECTION))
    assert set() == _answered(fast, scope=Scope(kind="full", company_id=1))
    assert set() == _answered(fast, scope=Scope(kind="ids", ids=(first,)))


def test_corrections_and_undo_are_exact_with_it(fast: Runtime) -> None:
    """The column is neither written nor audited, and follows what is written."""
    calls = [worlds.add_call(fast.engine, direction=value) for value in (None, "", "sideways")]
    before = [worlds.row(fast.engine, "calls", call) for call in calls]

    corrected = run_all(fast, "r1")["calls"]
    between = _found(fast, _DIRECTION)
    counts = decisions.undo(fast, ADMIN, run_id="r1")

    assert (3, []) == (corrected, between)
    assert (3, 0) == (counts.undone, counts.refused)
    assert before == [worlds.row(fast.engine, "calls", call) for call in calls]
    assert calls == _found(fast, _DIRECTION)


def test_what_cannot_be_altered_is_refused_in_a_sentence(rt: Runtime) -> None:
    """A stranger's column, a table without a free key, and a wish of before."""
    worlds.execute(rt.engine, "ALTER TABLE customers ADD COLUMN consistency_violations INT")
    with pytest.raises(SchemaNotReady, match=r"column customers\.consistency_violations is not ours"):
        _on(rt, "customers")
    worlds.execute(rt.engine, "ALTER TABLE customers DROP COLUMN consistency_violations")
    for number in range(64):
        try:
            worlds.execute(rt.engine, f"ALTER TABLE customers ADD INDEX k{number} (name)")
        except DBAPIError:
            break
    with pytest.raises(SchemaNotReady, match="as many keys as the server allows"):
        _on(rt, "customers")
    migrations.migrate(rt.engine, change_columns=False)
    with pytest.raises(WrongUse, match="nothing of ours is wanted"):
        _on(rt, "calls")


def test_a_view_is_refused(rt: Runtime) -> None:
    """Nothing can be added to what a mapping makes."""
    worlds.execute(rt.engine, "SET SESSION foreign_key_checks = 0")
    worlds.execute(rt.engine, "RENAME TABLE customers TO clients")
    worlds.execute(rt.engine, "CREATE VIEW customers AS SELECT * FROM clients")

    with pytest.raises(SchemaNotReady, match="customers is a view"):
        _on(rt, "customers")


@pytest.fixture
def poor(rt: Runtime) -> Iterator[Runtime]:
    """A runtime whose account may read and write, and alter nothing."""
    schema = rt.engine.url.database
    with rt.engine.begin() as connection:
        connection.exec_driver_sql("CREATE USER 't_poor'@'localhost' IDENTIFIED BY 'secret'")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{schema}`.* TO 't_poor'@'localhost'")
    url = rt.engine.url.set(username="t_poor", password="secret")  # of a throw-away server
    runtime = worlds.runtime(url.render_as_string(hide_password=False))
    yield runtime
    runtime.engine.dispose()
    with rt.engine.begin() as connection:
        connection.exec_driver_sql("DROP USER 't_poor'@'localhost'")


def test_without_the_right_to_alter_it_is_refused(poor: Runtime) -> None:
    """And nothing is half made."""
    with pytest.raises(DatabaseRefused):
        _on(poor, "calls")

    assert [] == _ours(poor)


def test_an_expression_that_the_server_refuses_is_left_out_alone(rt: Runtime) -> None:
    """Its rule is scanned; the others are answered."""
    worlds.execute(
        rt.engine,
        "ALTER TABLE calls MODIFY COLUMN customer_link_status"
        " VARCHAR(20) CHARACTER SET latin1 NOT NULL DEFAULT 'unlinked'",
    )
    answers = _on(rt, "calls")

    assert "the server refuses" in answers["linked_call_has_customer"].reason
    assert "linked_call_has_customer" not in _answered(rt)
    assert _DIRECTION in _answered(rt)


def test_off_and_a_rollback_leave_nothing(rt: Runtime) -> None:
    """Neither column nor index, on any table."""
    for table in ("calls", "customers"):
        _on(rt, table)
    assert accelerating.switch_off(rt.engine, "calls", actor="test", now=rt.now())
    assert not accelerating.switch_off(rt.engine, "calls", actor="test", now=rt.now())
    assert set() == _answered(rt)
    assert [] == _faults(rt)
    assert ["consistency_violations"] == _ours(rt)

    migrations.rollback(rt.engine)

    assert [] == _ours(rt)


def test_the_commands_say_what_they_did(rt: Runtime) -> None:
    """On, list, off; of a table without a suite in one sentence."""
    on = _type(rt, "accelerate", "on", "calls")
    listed = json.loads(_type(rt, "accelerate", "list", "--json").stdout)
    told = _type(rt, "accelerate", "list")
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN consistency_violations")
    gone = _type(rt, "accelerate", "list").stdout
    off = _type(rt, "accelerate", "off", "calls", "--json")

    assert (0, 0) == (on.exit_code, told.exit_code)
    assert "call_direction_present" in on.stdout
    assert {"calls": "on", "customers": "off"}.items() <= {one["table"]: one["state"] for one in listed}.items()
    assert "calls: on" in told.stdout
    assert "calls: stale, the column is gone; every rule is scanned" in gone
    assert {"table": "calls", "was_on": True} == json.loads(off.stdout)


def test_the_doctor_knows_of_it(fast: Runtime) -> None:
    """Healthy, gone, and not wanted."""

    def said() -> tuple[bool, str]:
        others = set(sign.ALL) - {"accelerator"}
        (found,) = examination.examine(fast, environ={}, leave_out=others)
        return found.ok, found.detail

    assert (True, "on calls") == said()
    worlds.execute(fast.engine, "ALTER TABLE calls DROP COLUMN consistency_violations")
    assert (False, "accelerator of calls is not used as a whole: the column is gone; every rule is scanned") == said()
    accelerating.switch_off(fast.engine, "calls", actor="test", now=fast.now())
    assert (True, "none is wanted") == said()
