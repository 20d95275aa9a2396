"""No rule costs more a row where a table holds more rows: what the server reads is counted at three sizes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.servers import private
from data_consistency.config import utc_now
from data_consistency.correct.proposals import propose
from data_consistency.db import sql
from data_consistency.detect.scan import scan_table
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.rules.corrections import Correction, load_correction
from data_consistency.rules.outcomes import Scope, Verdict
from tests.benchmarks import world

_SIZES = (1_500, 3_000, 6_000)
# Four times the rows must not cost more than this times as much a row; one row more is the server's own.
_GROWTH, _SLACK = 1.25, 1.0
# Of five rows; and of ten, each with tables beside that hold some twenty rows at every size, read whole or by a key.
_FEW, _SMALL = 20, 400
_SUITES = load_suites(shipped())
# Of one company, which a claim has no key into, or which one person asks about at a time.
_READS_ITS_COMPANY = {"retract_booking_claim", "follow_booking"}
_CORRECTIONS = [
    load_correction(shipped(), path.stem)
    for path in sorted((shipped().home / "sql/corrections").glob("*.sql"))
    if path.stem not in _READS_ITS_COMPANY
]
# Bookings that no appointment stands for are looked for in every column.
_UNKNOWN = (
    "UPDATE consistency_calcom_bookings SET calcom_id = 500000000 + id,"
    " calcom_uid = IF(id % 2 = 0, CONCAT('gone', id), calcom_uid)"
)

# An appointment may name its call by our number of it.
_NAMED = (
    "UPDATE appointments SET metadata = JSON_OBJECT('call_id', CONCAT(call_id)), call_id = NULL"
    " WHERE status = 'confirmed' ORDER BY id LIMIT 10"
)


@pytest.fixture(scope="module")
def sizes(database_server: private.Server) -> Iterator[dict[int, Engine]]:
    """A world of each size, with the same companies, staff and density of appointments."""
    engines = {calls: world.build(database_server, calls) for calls in _SIZES}
    for engine in engines.values():
        with engine.begin() as connection:
            for statement in (_UNKNOWN, _NAMED):
                connection.execute(text(statement))
            connection.execute(text("ANALYZE TABLE consistency_calcom_bookings, appointments, calls, customers"))
    yield engines
    for engine in engines.values():
        with engine.begin() as connection:
            connection.execute(text(f"DROP DATABASE {engine.url.database}"))
        engine.dispose()


@pytest.mark.every_server
@pytest.mark.parametrize("table", list(_SUITES))
def test_no_rule_reads_more_of_a_larger_table_for_each_row(sizes: dict[int, Engine], table: str) -> None:
    """A look-up that a key cannot answer reads the table once for each of its rows, and a million rows for ever."""
    costs = {calls: _costs(engine, table) for calls, engine in sizes.items()}

    small, large = costs[_SIZES[0]], costs[_SIZES[-1]]
    assert {} == {
        rule: [round(costs[calls][rule], 1) for calls in _SIZES]
        for rule in large
        if large[rule] > _GROWTH * small[rule] + _SLACK
    }


_TOUCHED = (
    # Neither number nor series, as most bookings have none of one of them.
    "UPDATE consistency_calcom_bookings SET calcom_id = NULL, changed_at = UTC_TIMESTAMP(6) ORDER BY id LIMIT 5",
    "UPDATE appointments SET consistency_changed_at = UTC_TIMESTAMP(6) ORDER BY id LIMIT 5",
    "UPDATE customers SET consistency_changed_at = UTC_TIMESTAMP(6) ORDER BY id LIMIT 5",
)


@pytest.mark.every_server
@pytest.mark.parametrize("table", ["appointments", "calls", "consistency_calcom_bookings"])
def test_rows_beside_a_changed_one_are_found_without_reading_a_table(sizes: dict[int, Engine], table: str) -> None:
    """A look-up by what is NULL reads all rows whose key is NULL, and in none of them finds what it looks for."""
    costs = {calls: _cost_of_changed(engine, table) for calls, engine in sizes.items()}

    assert costs[_SIZES[-1]] <= _GROWTH * costs[_SIZES[0]] + _FEW, costs


def _cost_of_changed(engine: Engine, table: str) -> int:
    """Rows that the server reads for what goes with five changed ones of each table; nothing of it stays."""
    with engine.connect() as connection:
        for statement in _TOUCHED:
            connection.execute(text(statement))
        since = connection.execute(text("SELECT UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE")).scalar_one()
        sql.run(connection, f"changed_{table}", since=since, now=since).all()
        before = _rows_read(connection)
        sql.run(connection, f"changed_{table}", since=since, now=since).all()
        read = _rows_read(connection) - before
        connection.rollback()
    return read


@pytest.mark.every_server
@pytest.mark.parametrize("correction", _CORRECTIONS, ids=lambda one: one.name)
def test_no_correction_reads_more_of_a_larger_table_for_each_row(
    sizes: dict[int, Engine], correction: Correction
) -> None:
    """What else names a booking, a slot or a person is asked of an index."""
    costs = {calls: _cost_of_proposals(engine, correction) for calls, engine in sizes.items()}

    assert costs[_SIZES[-1]] <= _GROWTH * costs[_SIZES[1]] + _SMALL, costs


def _cost_of_proposals(engine: Engine, correction: Correction) -> int:
    """Rows that the server reads to tell what becomes of ten rows."""
    now = utc_now().replace(tzinfo=None)
    with engine.connect() as connection:
        # Of appointments those that the calendar knows, or half of a statement would not be asked.
        which = "WHERE status = 'confirmed'" if correction.table == "appointments" else ""
        ids = (
            connection.execute(text(f"SELECT id FROM {correction.table} {which} ORDER BY id LIMIT 10")).scalars().all()
        )
        propose(connection, correction, ids, now)
        before = _rows_read(connection)
        propose(connection, correction, ids, now)
        return _rows_read(connection) - before


def _costs(engine: Engine, table: str) -> dict[str, float]:
    """Rows that the server reads for each row, by rule."""
    suite, now = _SUITES[table], utc_now().replace(tzinfo=None)
    found = {}
    with engine.connect() as connection:
        # What is asked of a company is counted over its calls.
        counted = "calls" if table == "companies" else table
        rows = connection.execute(text(f"SELECT COUNT(*) FROM {counted}")).scalar_one()
        for rule in suite.rules:
            before = _rows_read(connection)
            scan = scan_table(connection, replace(suite, rules=(rule,)), Scope(kind="full"), now)
            found[rule.id] = (_rows_read(connection) - before) / rows
            assert scan.outcomes[0].verdict is not Verdict.NOT_EVALUATED, rule.id
    return found


def _rows_read(connection: Connection) -> int:
    rows = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(value) for _, value in rows)
