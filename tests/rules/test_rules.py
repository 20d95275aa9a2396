"""Every rule finds its violating rows and no other, and its correction does what the examples say, once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db import corrections
from data_consistency.db.scan import scan_table
from data_consistency.findings import Scan, Scope
from data_consistency.rules import Mode, Rule, Suite, load_suites
from tests.rules import examples
from tests.rules.examples import TABLES, RuleExamples

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC).replace(tzinfo=None)
SUITES = load_suites(project_root() / "expectations", project_root() / "sql" / "corrections")
EXAMPLES = {table: examples.read_examples(table) for table in TABLES}
RULES = [pytest.param(rule, EXAMPLES[rule.table].get(rule.id), id=rule.id) for s in SUITES.values() for rule in s.rules]
_ACTING = {Mode.REVIEW, Mode.CORRECT}
CORRECTED = [param for param in RULES if param.values[0].mode is Mode.CORRECT]


def _scan(connection: Connection, table: str, ids: list[int]) -> Scan:
    return scan_table(connection, SUITES[table], Scope(kind="ids", ids=tuple(ids)), NOW)


def _ids(rows: tuple[examples.Example, ...]) -> list[int]:
    return [row.id for row in rows]


def _correct(engine: Engine, rule: Rule, ids: list[int]) -> corrections.Batch:
    order = corrections.Order(suite=SUITES[rule.table], rule=rule, run_id="test", actor="test", now=NOW)
    with engine.begin() as connection:
        return corrections.apply(connection, order, ids)


def test_every_rule_has_examples_and_every_example_a_rule() -> None:
    """A rule without examples, or examples of no rule, is a mistake."""
    assert {t: {rule.id for rule in SUITES[t].rules} for t in SUITES} == {t: set(EXAMPLES[t]) for t in EXAMPLES}


@pytest.mark.parametrize(("rule", "rows"), RULES)
def test_examples_are_complete(rule: Rule, rows: RuleExamples) -> None:
    """There are violating and satisfying rows, and a corrected one for each violating row that is corrected."""
    assert rows.violating
    assert rows.satisfying
    assert rows.corrected == (len(rows.violating) if rule.mode is Mode.CORRECT else 0)
    assert rule.review_hint or rule.mode in {Mode.ALERT, Mode.SHADOW}


@pytest.mark.parametrize(("rule", "rows"), RULES)
def test_rule_finds_its_violating_rows(rules_engine: Engine, rule: Rule, rows: RuleExamples) -> None:
    """The finder returns the violating rows and leaves the satisfying ones alone."""
    with rules_engine.connect() as connection:
        examples.load(connection, rows)
        scan = _scan(connection, rule.table, _ids(rows.violating) + _ids(rows.satisfying))

    assert _ids(rows.violating) == scan.ids_of(rule.id)


@pytest.mark.parametrize(("rule", "rows"), CORRECTED)
def test_correction_corrects_once(rules_engine: Engine, rule: Rule, rows: RuleExamples) -> None:
    """Violating rows become the corrected ones or are refused; nothing else changes, nor does a second run."""
    everything = _ids(rows.violating) + _ids(rows.satisfying)
    with rules_engine.connect() as connection:
        examples.load(connection, rows)
        before = examples.read_rows(connection, rule.table)
    first = _correct(rules_engine, rule, everything)
    with rules_engine.connect() as connection:
        after = examples.read_rows(connection, rule.table)
    _correct(rules_engine, rule, everything)
    with rules_engine.connect() as connection:
        again = examples.read_rows(connection, rule.table)

    refusals = {item.entity_id: item.refusal for item in first.proposals if item.refusal}
    expected: dict[int, dict[str, Any]] = {}
    for row in rows.violating:
        changes = row.corrected if isinstance(row.corrected, dict) else {}
        expected[row.id] = {column: after[row.id][column] for column in changes}
        assert changes == expected[row.id], (row.id, row.row)
    assert refusals == {row.id: row.corrected for row in rows.violating if isinstance(row.corrected, str)}
    assert () == first.unfixed
    changed = {row_id for row_id in before if before[row_id] != after[row_id]}
    assert set(first.corrected) == changed == {row.id for row in rows.violating if isinstance(row.corrected, dict)}
    assert again == after


@pytest.mark.parametrize(("rule", "rows"), CORRECTED)
def test_a_correction_leaves_no_new_work(rules_engine: Engine, rule: Rule, rows: RuleExamples) -> None:
    """Nothing that asks for a correction or a person is wrong after a correction that was not wrong before."""
    with rules_engine.connect() as connection:
        examples.load(connection, rows)
        before = _broken(connection, rule.table, _ids(rows.violating))
    corrected = _correct(rules_engine, rule, _ids(rows.violating)).corrected
    with rules_engine.connect() as connection:
        after = _broken(connection, rule.table, list(corrected))

    assert {} == {row_id: new for row_id, left in after.items() if (new := left - before[row_id])}


def _broken(connection: Connection, table: str, ids: list[int]) -> dict[int, set[str]]:
    """The rules that a row violates, but for those that only report."""
    scan = _scan(connection, table, ids)
    broken = {
        row.entity_id: {r.id for n, r in enumerate(scan.evaluated_rules) if row.bits >> n & 1 and r.mode in _ACTING}
        for row in scan.violations
    }
    assert all(row.bits for row in scan.violations)
    return broken


def _pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


_CALL = st.fixed_dictionaries(
    {
        "company_id": _pick(1, 2),
        "direction": _pick(None, "", "inbound", "INBOUND", "outbound"),
        "from_number": _pick(None, "anonymous", "+491713920001", "+4917604069001", "0171 3920001"),
        "status": _pick("completed", "in_progress"),
        "transcript": _pick(None, "", "-"),
        "session_outcome": _pick(None, "appointment_booked", "information_only", "creation_failed", "call_ended"),
        "appointment_made": _pick(0, 1),
        "booking_confirmed": _pick(None, 0, 1),
        "appointment_link_status": _pick("linked", "unlinked", "creation_failed", "pending_creation"),
        "customer_id": _pick(None, 1, 2, 3, 999),
        "customer_name": _pick(None, "guten Tag", "Petra König", "Anna"),
        "customer_link_status": _pick("linked", "name_only", "anonymous", "pending_review", "unlinked", "failed"),
        "customer_link_method": _pick(None, "phone_match", "manual_link", "auto_created"),
        "customer_link_confidence": _pick(None, 0, 55, 85, 101),
        "appointment_id": _pick(None, 30001, 30002, 999999),
        "converted_appointment_id": _pick(None, 30001, 999999),
        "converted_to_appointment": _pick(0, 1),
        "call_successful": _pick(None, 0, 1),
        "booking_failed": _pick(0, 0, 1),
        "call_status": _pick(None, "ended", "ongoing", "analyzed", "busy"),
        "duration_sec": _pick(None, -1, 60),
        "duration_ms": _pick(None, 60_000, 600_000),
        "start_timestamp": _pick(None, "2026-03-20 09:00:00"),
        "end_timestamp": _pick(None, "2026-03-20 09:01:00", "2026-03-20 08:00:00"),
        "customer_name_verified": _pick(0, 0, 1),
        "verification_method": _pick(None, "phone_match", "anonymous_name", "manual"),
        "to_number": _pick(None, "+493023125100", "030 23125300"),
    }
)
_APPOINTMENT = st.fixed_dictionaries(
    {
        "company_id": _pick(1, 2),
        "call_id": _pick(None, 1, 2, 3, 4, 999),
        "customer_id": _pick(None, 1, 2),
        "status": _pick("confirmed", "completed", "cancelled", "failed", "no-show"),
        "staff_id": _pick(None, "s1"),
        "requires_manual_review": _pick(0, 1),
        "manual_review_flagged_at": _pick(None, "2026-03-21 08:00:00"),
        "rescheduled_count": _pick(0, 1),
        "source": _pick("web", "retell_ai"),
        "starts_at": _pick(None, "2026-03-01 09:00:00", "2026-04-02 09:00:00"),
        "ends_at": _pick(None, "2026-03-01 09:30:00", "2026-04-02 09:30:00"),
        "calcom_sync_status": _pick("synced", "pending"),
        "calcom_booking_id": _pick(None, 1, 2),
        "calcom_v2_booking_uid": _pick(None, "1", "2", "a"),
        "deleted_at": _pick(None, None, "2026-03-21 08:00:00"),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(_CALL, min_size=1, max_size=6),
    appointments=st.lists(_APPOINTMENT, min_size=0, max_size=6),
)
def test_one_row_is_judged_as_in_the_whole(
    rules_engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]
) -> None:
    """Checking one row and checking the table agree on random rows."""
    _load_random(rules_engine, calls, appointments)
    with rules_engine.connect() as connection:
        for table in TABLES:
            _one_by_one_agrees(connection, SUITES[table])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(_CALL, min_size=1, max_size=6),
    appointments=st.lists(_APPOINTMENT, min_size=0, max_size=6),
)
def test_corrections_come_to_rest(
    rules_engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]
) -> None:
    """Whatever the rows, a second round of all corrections changes nothing: no two rules undo each other."""
    _load_random(rules_engine, calls, appointments)
    first, second = _correct_everything(rules_engine), _correct_everything(rules_engine)

    assert [] == second, first


def _correct_everything(engine: Engine) -> list[tuple[str, int]]:
    done = []
    for rule in (param.values[0] for param in CORRECTED):
        with engine.connect() as connection:
            ids = scan_table(connection, SUITES[rule.table], Scope(kind="full"), NOW).ids_of(rule.id)
        batch = _correct(engine, rule, ids)
        assert () == batch.unfixed
        done += [(rule.id, row_id) for row_id in batch.corrected]
    return done


def _load_random(engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]) -> None:
    with engine.connect() as connection:
        examples.clear(connection)
        for table, rows in EXAMPLES["calls"]["call_direction_present"].world.items():
            examples.insert(connection, table, rows)
        examples.insert(connection, "calls", [{"id": n, "retell_call_id": f"r{n}"} | c for n, c in enumerate(calls, 1)])
        examples.insert(connection, "appointments", [{"id": 30000 + n} | a for n, a in enumerate(appointments, 1)])
        connection.commit()


def _one_by_one_agrees(connection: Connection, suite: Suite) -> None:
    whole = scan_table(connection, suite, Scope(kind="full"), NOW)
    bits = {row.entity_id: row.bits for row in whole.violations}
    for row_id in examples.read_rows(connection, suite.table):
        single = _scan(connection, suite.table, [row_id])

        assert bits.get(row_id, 0) == (single.violations[0].bits if single.violations else 0)
