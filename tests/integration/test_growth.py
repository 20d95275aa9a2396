"""No rule costs more a row where a table holds more rows: what the server reads is counted at three sizes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.servers import private
from data_consistency.config import utc_now
from data_consistency.detect.scan import scan_table
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.rules.outcomes import Scope, Verdict
from tests.benchmarks import world

_SIZES = (1_500, 3_000, 6_000)
# Four times the rows must not cost more than this times as much a row; one row more is the server's own.
_GROWTH, _SLACK = 1.25, 1.0
_SUITES = load_suites(shipped())
# Bookings that no appointment stands for are looked for in every column.
_UNKNOWN = (
    "UPDATE consistency_calcom_bookings SET calcom_id = 500000000 + id,"
    " calcom_uid = IF(id % 2 = 0, CONCAT('gone', id), calcom_uid)"
)


@pytest.fixture(scope="module")
def sizes(database_server: private.Server) -> Iterator[dict[int, Engine]]:
    """A world of each size, with the same companies, staff and density of appointments."""
    engines = {calls: world.build(database_server, calls) for calls in _SIZES}
    for engine in engines.values():
        with engine.begin() as connection:
            connection.execute(text(_UNKNOWN))
            connection.execute(text("ANALYZE TABLE consistency_calcom_bookings, appointments, calls, customers"))
    yield engines
    for engine in engines.values():
        with engine.begin() as connection:
            connection.execute(text(f"DROP DATABASE {engine.url.database}"))
        engine.dispose()


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
