"""Every rule finds its violating rows and no other, and its correction does what the examples say, once."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from consistency_sandbox.trial import examples
from consistency_sandbox.trial.examples import NOW
from consistency_sandbox.trial.trial import try_rule
from data_consistency.correct import applying
from data_consistency.detect.scan import scan_table
from data_consistency.project import shipped
from data_consistency.rules import Mode, Rule, Suite, load_suites
from data_consistency.rules.outcomes import Scan, Scope
from tests.strategies import APPOINTMENT, CALL

pytestmark = pytest.mark.every_server

SUITES = load_suites(shipped())
EXAMPLES = examples.read_all(SUITES.values(), shipped().example_folders())
RULES = [pytest.param(rule, id=rule.id) for suite in SUITES.values() for rule in suite.rules]
CORRECTING = [rule for suite in SUITES.values() for rule in suite.rules if rule.mode is Mode.CORRECT]


def _scan(connection: Connection, table: str, ids: list[int]) -> Scan:
    return scan_table(connection, SUITES[table], Scope(kind="ids", ids=tuple(ids)), NOW)


def _correct(engine: Engine, rule: Rule, ids: list[int]) -> applying.Batch:
    order = applying.Order(suite=SUITES[rule.table], rule=rule, run_id="test", actor="test", now=NOW)
    with engine.begin() as connection:
        return applying.apply(connection, order, ids)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_what_people_do(rule: Rule) -> None:
    """A rule that asks people tells them how to decide."""
    assert rule.review_hint or rule.mode in {Mode.ALERT, Mode.SHADOW}


@pytest.mark.parametrize("rule", RULES)
def test_rule_does_what_its_examples_say(rules_engine: Engine, rule: Rule) -> None:
    """It finds the violating rows and no other; its correction makes of them what is written, once, for every rule."""
    trial = try_rule(rules_engine, SUITES[rule.table], rule, EXAMPLES[rule.id])

    assert trial.difference is None
    assert (trial.violating, trial.satisfying, trial.to_correct) == (
        trial.found,
        trial.left_alone,
        trial.corrected_as_said,
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALL, min_size=1, max_size=6),
    appointments=st.lists(APPOINTMENT, min_size=0, max_size=6),
)
def test_one_row_is_judged_as_in_the_whole(
    rules_engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]
) -> None:
    """Checking one row and checking the table agree on random rows."""
    load_random(rules_engine, calls, appointments)
    with rules_engine.connect() as connection:
        for suite in SUITES.values():
            _one_by_one_agrees(connection, suite)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALL, min_size=1, max_size=6),
    appointments=st.lists(APPOINTMENT, min_size=0, max_size=6),
)
def test_corrections_come_to_rest(
    rules_engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]
) -> None:
    """Whatever the rows, a second round of all corrections changes nothing: no two rules undo each other."""
    load_random(rules_engine, calls, appointments)
    first, second = _correct_everything(rules_engine), _correct_everything(rules_engine)

    assert [] == second, first


def _correct_everything(engine: Engine) -> list[tuple[str, int]]:
    done = []
    for rule in CORRECTING:
        with engine.connect() as connection:
            ids = scan_table(connection, SUITES[rule.table], Scope(kind="full"), NOW).ids_of(rule.id)
        batch = _correct(engine, rule, ids)
        assert () == batch.unfixed
        done += [(rule.id, row_id) for row_id in batch.corrected]
    return done


def load_random(engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]) -> None:
    """A world of these calls and appointments alone, beside what the examples of every rule find there."""
    with engine.connect() as connection:
        examples.clear(connection)
        for table, rows in EXAMPLES["call_direction_present"].world.items():
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
