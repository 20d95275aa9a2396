"""Changes elsewhere: whatever row changes, the next check finds what a reading of everything finds."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations
from tests import worlds
from tests.quality import elsewhere
from tests.quality.cases import Case
from tests.quality.elsewhere import CHANGES, Elsewhere
from tests.quality.score import FrozenRuntime

_COMPANY = {change: number for number, change in enumerate(CHANGES, 2)}


@pytest.fixture
def frozen(empty_schema: str) -> Iterator[Runtime]:
    """A runtime whose clock stands still, on a schema with the triggers."""
    engine = worlds.make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
        for name in ("insert", "update"):
            connection.execute(text(f"DROP TRIGGER before_appointment_{name}_company_check"))
    migrations.migrate(engine, adopt=worlds.schema_of(empty_schema), environment="test")
    rt = worlds.runtime(empty_schema)
    yield FrozenRuntime(project=rt.project, settings=rt.settings, source=rt.source, engine=engine)
    engine.dispose()


def _rows(case: Case) -> dict[str, set[int]]:
    return {table: {row["id"] for row in rows if "id" in row} for table, rows in case.rows.items()}


def _difference(rt: Runtime) -> tuple[list[object], list[object]]:
    known, true = elsewhere.known(rt), elsewhere.true(rt)
    return sorted(true - known), sorted(known - true)


def test_the_next_check_finds_what_a_change_elsewhere_made_wrong(frozen: Runtime) -> None:
    """Company, branch, service, staff, number, record, phase, session, customer, call, appointment, calendar."""
    cases = elsewhere.build(frozen)
    elsewhere.check(frozen, "first")
    before = elsewhere.true(frozen)
    assert ([], []) == _difference(frozen)
    elsewhere.check(frozen, "quiet")

    together = [change for change in CHANGES if not change.removes_parent]
    _make(frozen, cases, together)
    elsewhere.check(frozen, "together")

    assert {("changed",)} == _scopes(frozen, "together")
    assert ([], []) == _difference(frozen)
    _each_made_its_rule_speak(frozen, cases, together, before)

    for change in CHANGES:
        if change.removes_parent:
            _make(frozen, cases, [change])
            elsewhere.check(frozen, change.what)

            assert ([], []) == _difference(frozen), change.what
    _each_made_its_rule_speak(frozen, cases, list(CHANGES), before)


def _scopes(rt: Runtime, run_id: str) -> set[tuple[object, ...]]:
    return set(worlds.execute(rt.engine, "SELECT scope FROM consistency_rule_results WHERE run_id = :id", id=run_id))


def _make(rt: Runtime, cases: dict[Elsewhere, Case], changes: list[Elsewhere]) -> None:
    for change in changes:
        elsewhere.apply(rt, cases[change], change, _COMPANY[change])


def _each_made_its_rule_speak(
    rt: Runtime, cases: dict[Elsewhere, Case], changes: list[Elsewhere], before: elsewhere.Found
) -> None:
    found = elsewhere.known(rt) - before
    silent = [c.what for c in changes if c.rule not in elsewhere.rules_of(found, _rows(cases[c]))]

    assert [] == silent
