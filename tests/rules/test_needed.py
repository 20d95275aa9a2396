"""A check reads what its rules need and no more, and finds what it would find if it read everything."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect.clock import clock_of
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.rules import Suite, violation
from data_consistency.rules.outcomes import Scope
from tests.rules.test_rules import NOW, SUITES, load_random
from tests.strategies import APPOINTMENT, CALL

pytestmark = pytest.mark.every_server


def _everything(connection: Connection, suite: Suite, scope: Scope) -> dict[int, set[str]]:
    """The violated rules of each row, by every fact at once, as its file has it."""
    rows, params = facts_of(connection, suite.table).scoped(scope)
    verdicts = ", ".join(f"{violation(rule.condition)} AS v{number}" for number, rule in enumerate(suite.rules))
    text = f"SELECT f.id, {verdicts} FROM (\n{rows}\n) AS f"  # reviewed files
    found = sql.execute(connection, text, params | clock_of(text, NOW, sql.zone_of(connection)))
    violated = {
        row[0]: {rule.id for rule, is_violated in zip(suite.rules, row[1:], strict=True) if is_violated}
        for row in found
    }
    return {row_id: rules for row_id, rules in violated.items() if rules}


def _together(connection: Connection, suite: Suite, scope: Scope) -> dict[int, set[str]]:
    scan = scan_table(connection, suite, scope, NOW, silent={})
    return {
        row.entity_id: {rule.id for bit, rule in enumerate(scan.evaluated_rules) if row.bits >> bit & 1}
        for row in scan.violations
    }


def _one_by_one(connection: Connection, suite: Suite, scope: Scope) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for rule in suite.rules:
        for row_id, rules in _together(connection, replace(suite, rules=(rule,)), scope).items():
            found.setdefault(row_id, set()).update(rules)
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALL, min_size=1, max_size=6),
    appointments=st.lists(APPOINTMENT, min_size=0, max_size=6),
)
def test_what_is_left_out_decides_nothing(
    rules_engine: Engine, calls: list[dict[str, Any]], appointments: list[dict[str, Any]]
) -> None:
    """On random rows, all rules together, each alone, and all facts as they are written agree, in every scope."""
    load_random(rules_engine, calls, appointments)
    with rules_engine.connect() as connection:
        for suite in SUITES.values():
            for scope in (
                Scope(kind="full"),
                Scope(kind="full", company_id=1),
                Scope(kind="range", first_id=2, last_id=30003),
            ):
                expected = _everything(connection, suite, scope)

                assert expected == _together(connection, suite, scope)
            assert _everything(connection, suite, Scope(kind="full")) == _one_by_one(
                connection, suite, Scope(kind="full")
            )
