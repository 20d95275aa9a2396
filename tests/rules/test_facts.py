"""The facts stream: a full check keeps no copy of a table, sorts nothing and reads a few rows for each row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

from consistency_sandbox.servers import kinds, private
from consistency_sandbox.trial import examples
from data_consistency.db import sql
from data_consistency.detect.clock import clock_of
from data_consistency.detect.scan import facts_of, scan_table, violation_select
from data_consistency.rules import Rule, Suite
from data_consistency.rules.language import columns_of
from data_consistency.rules.outcomes import Scan, Scope
from data_consistency.rules.ties import aliases_of_columns, root_of
from tests.rules.test_rules import NOW, SUITES
from tests.worlds import series

pytestmark = pytest.mark.every_server

_ROWS = 12_000
_FILL = (
    "INSERT INTO companies (id, name) VALUES (1, 'Eins')",
    "INSERT INTO customers (id, company_id, name, phone)"
    f" SELECT seq, 1, 'Petra König', CONCAT('+49171', 1000000 + seq) FROM {series(1, _ROWS)}",
    "INSERT INTO calls (id, company_id, retell_call_id, direction, from_number, customer_id, customer_name, transcript,"
    " customer_link_status, customer_link_confidence, appointment_made, session_outcome, appointment_link_status,"
    " appointment_id, duration_sec, summary, created_at)"
    " SELECT seq, 1, seq, 'inbound', 'anonymous', IF(seq % 2 OR seq % 3 = 0, seq, NULL), 'Petra König', '-',"
    " IF(seq % 2 OR seq % 3 = 0, 'linked', 'name_only'), IF(seq % 2 OR seq % 3 = 0, 100, NULL), seq % 3 = 0,"
    " IF(seq % 3 = 0, 'appointment_booked', 'information_only'), IF(seq % 3 = 0, 'linked', 'unlinked'),"
    f" IF(seq % 3 = 0, seq, NULL), 60, '-', '2026-03-20 09:00:00' FROM {series(1, _ROWS)}",
    "INSERT INTO services (id, company_id, name) VALUES (1, 1, 'Schnitt')",
    "INSERT INTO branches (id, company_id, name) VALUES ('b1', 1, 'Mitte')",
    f"INSERT INTO staff (id, company_id, name) SELECT CONCAT('s', seq), 1, 'Mia Kern' FROM {series(0, 49)}",
    # Fifty people, each booked out without a gap.
    "INSERT INTO appointments (id, company_id, call_id, status, starts_at, ends_at, source, calcom_booking_id,"
    " calcom_v2_booking_id, calcom_v2_booking_uid, calcom_sync_status, customer_id, service_id, branch_id, staff_id,"
    " calcom_host_id, created_at)"
    " SELECT id, 1, IF(id % 3 = 0, id, NULL), 'confirmed', '2026-04-02 09:00:00' + INTERVAL 30 * (id DIV 50) MINUTE,"
    " '2026-04-02 09:30:00' + INTERVAL 30 * (id DIV 50) MINUTE,"
    " IF(id % 3 = 0, 'phone', 'web'), id, id, CONCAT('u', id), 'synced', id, 1, 'b1', CONCAT('s', id % 50), 1,"
    " created_at FROM calls",
    "INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, calcom_id, status, starts_at, ends_at,"
    " created_at_calcom, seen_at, changed_at)"
    " SELECT 1, CONCAT('u', id), id, 'accepted', starts_at, ends_at, created_at, created_at, created_at"
    " FROM appointments",
    "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', '2026-03-30 11:59:00'),"
    " ('calcom:1', '2026-03-20 08:00:00')",
    "ANALYZE TABLE calls, appointments, customers, consistency_calcom_bookings",
)


def _counters(connection: Connection) -> dict[str, int]:
    rows = connection.exec_driver_sql(
        "SHOW SESSION STATUS WHERE variable_name IN ('Handler_tmp_write', 'Handler_write', 'Sort_rows')"
        " OR variable_name LIKE 'Handler_read%%' OR variable_name = 'Handler_icp_attempts'"
    )
    return {str(name): int(value) for name, value in rows}


_TABLES = ("calls", "appointments", "customers", "consistency_calcom_bookings")
_Used = dict[str, int]


@contextmanager
def _filled(engine: Engine, statements: Sequence[str]) -> Iterator[Connection]:
    """A connection to a world that is emptied afterwards."""
    with engine.connect() as connection:
        examples.clear(connection)
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.commit()
        yield connection
        connection.rollback()
        examples.clear(connection)
        connection.commit()


def _checked(connection: Connection, suite: Suite) -> tuple[Scan, _Used]:
    """A check of every row by its facts, and what the server did for it; over a range no rule is asked as a set."""
    before = _counters(connection)
    scan = scan_table(connection, suite, Scope(kind="range", first_id=1), NOW)
    after = _counters(connection)
    return scan, {name: after[name] - before[name] for name in after}


def _reads(used: _Used) -> int:
    return sum(count for name, count in used.items() if name.startswith(("Handler_read", "Handler_icp")))


@pytest.fixture(scope="module")
def booked_out(rules_engine: Engine) -> dict[str, tuple[Scan, _Used]]:
    """Full checks of a large world without a fault."""
    with _filled(rules_engine, _FILL) as connection:
        return {table: _checked(connection, SUITES[table]) for table in _TABLES}


@pytest.mark.parametrize(
    ("table", "reads_per_row"),
    [("calls", 7), ("appointments", 200), ("customers", 5), ("consistency_calcom_bookings", 5)],
)
def test_a_full_check_streams(
    booked_out: dict[str, tuple[Scan, _Used]], database_server: private.Server, table: str, reads_per_row: int
) -> None:
    """Nothing is materialised or sorted, and the rows read grow with the table, not with its square."""
    scan, used = booked_out[table]
    # MySQL counts the steps of a lookup as rows it reads, as often as it looks; of what it writes it has one counter.
    is_mysql = database_server.kind == kinds.MYSQL
    allowed = max(25, reads_per_row) if is_mysql else reads_per_row
    written = used["Handler_write" if is_mysql else "Handler_tmp_write"]

    assert () == scan.violations
    assert SUITES[table].rules == scan.evaluated_rules
    assert 0 == used["Sort_rows"]
    # MariaDB remembers the answer of a subquery that a condition asks for twice; that is all it writes down.
    assert written < 2 * _ROWS
    assert sum(count for name, count in used.items() if name.startswith("Handler_read")) < allowed * _ROWS


@pytest.fixture(scope="module")
def read_by_rule(rules_engine: Engine) -> dict[str, tuple[frozenset[str], int]]:
    """Of each rule alone, on that world: the aliases that are read for it, and rows read for each row."""
    with _filled(rules_engine, _FILL) as connection:
        found = {}
        for table in _TABLES:
            for rule in SUITES[table].rules:
                _, used = _checked(connection, replace(SUITES[table], rules=(rule,)))
                found[rule.id] = (_explained(connection, rule), _reads(used) / _ROWS)
    return found


def _explained(connection: Connection, rule: Rule) -> frozenset[str]:
    text, params = violation_select(facts_of(connection, rule.table), [rule], Scope(kind="full"))
    params |= clock_of(text, NOW, sql.zone_of(connection))
    rows = sql.execute(connection, f"EXPLAIN FORMAT=TRADITIONAL {text}", params).mappings()
    return frozenset(str(row["table"]) for row in rows if row["table"] and "<" not in row["table"])


def _spoken_of(connection: Connection, rule: Rule) -> frozenset[str]:
    """Aliases that the text of a rule's facts speaks of, and those by way of which they are found."""
    facts = facts_of(connection, rule.table)
    named = aliases_of_columns(facts)
    return frozenset().union(*(named[column] for column in columns_of(rule, facts))) | {root_of(facts)}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for table in _TABLES for rule in SUITES[table].rules])
def test_a_rule_pays_only_for_what_it_asks(
    rules_engine: Engine, read_by_rule: dict[str, tuple[frozenset[str], int]], rule: Rule
) -> None:
    """No table is read that its facts do not speak of; of the row alone it is read once, and counted once."""
    read, reads_per_row = read_by_rule[rule.id]
    with rules_engine.connect() as connection:
        allowed = _spoken_of(connection, rule)
        own = {root_of(facts_of(connection, rule.table))}

    assert read <= allowed
    assert reads_per_row <= 2.01 or allowed != own


@pytest.mark.parametrize(("table", "passes"), [("calls", 2), ("appointments", 1), ("customers", 1)])
def test_a_table_is_read_once_or_twice(rules_engine: Engine, table: str, passes: int) -> None:
    """All rules of a table share one pass; what must be grouped has one of its own, as grouping costs every column."""
    seen: list[str] = []
    with rules_engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: seen.append(said[2]))
        scan_table(connection, SUITES[table], Scope(kind="full"), NOW, silent={}, is_mapped=False)

    found = [text for text in seen if text.startswith("SELECT f.id")]
    assert passes == sum(".id IN (" not in text.rpartition("WHERE")[2] for text in found)
    assert 1 == sum("COUNT(*) FROM" in text for text in seen)


# Rows that say next to nothing: what is NULL must not be looked up among all that is NULL.
_BARE_FILL = (
    "INSERT INTO companies (id, name) VALUES (1, 'Eins')",
    "INSERT INTO customers (id, company_id, name) SELECT seq, 1, 'Petra König' FROM {rows}",
    "INSERT INTO calls (id, company_id, retell_call_id, created_at)"
    " SELECT seq, 1, seq, '2026-03-20 09:00:00' + INTERVAL seq HOUR FROM {rows}",
    "INSERT INTO appointments (id, company_id, status, starts_at, ends_at, calcom_v2_booking_id, created_at)"
    " SELECT id, 1, 'confirmed', created_at, created_at + INTERVAL 1 HOUR, CONCAT('u', id), created_at FROM calls",
    "INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, status, starts_at, ends_at, seen_at, changed_at)"
    " SELECT 1, CONCAT('v', id), 'accepted', starts_at, ends_at, created_at, created_at FROM appointments",
    "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', '2026-03-30 11:59:00')",
    "ANALYZE TABLE calls, appointments, customers, consistency_calcom_bookings",
)


@pytest.fixture(scope="module")
def bare(rules_engine: Engine) -> dict[str, tuple[int, int]]:
    """Rows read by full checks of a small and of a large table of such rows."""
    reads: dict[str, list[int]] = {table: [] for table in _TABLES}
    for rows in (1_000, 5_000):
        with _filled(rules_engine, [text.replace("{rows}", series(1, rows)) for text in _BARE_FILL]) as connection:
            for table in _TABLES:
                reads[table].append(_reads(_checked(connection, SUITES[table])[1]))
    return {table: (small, large) for table, (small, large) in reads.items()}


@pytest.mark.parametrize("table", _TABLES)
def test_what_is_empty_is_not_looked_up(bare: dict[str, tuple[int, int]], table: str) -> None:
    """Five times as many rows without links and ids cost five times as much, not twenty-five times."""
    small, large = bare[table]

    assert large < 7 * small


# Fifty companies with one member of staff, or nobody, booked without a break; ten customers each. The more rows, the
# longer the time they stretch over.
_PAIRS_FILL = (
    "INSERT INTO appointments (id, company_id, customer_id, service_id, branch_id, staff_id, status, starts_at,"
    " ends_at) SELECT seq, seq % 50, seq % 500, 1, seq % 50, IF(seq % 5 = 0, NULL, seq % 50), 'confirmed',"
    " '2026-04-02 08:00:00' + INTERVAL 30 * (seq DIV 50) MINUTE,"
    " '2026-04-02 08:30:00' + INTERVAL 30 * (seq DIV 50) MINUTE"
    " FROM {rows}",
    "ANALYZE TABLE appointments",
)
_PAIR_RULES = frozenset({"P-04", "P-05", "P-06", "P-07"})


def test_overlaps_cost_what_a_day_holds(rules_engine: Engine) -> None:
    """Three times as many appointments cost three times as much, although everybody has three times as many of them.

    Of fewer a server may choose another plan, as it may for a table that is about as long as a day.
    """
    small, large = _reads_of_pairs(rules_engine, 10_000), _reads_of_pairs(rules_engine, 30_000)

    assert large < 3.5 * small


def _reads_of_pairs(engine: Engine, rows: int) -> int:
    """Rows that the database reads to judge a whole table by the rules that compare appointments."""
    suite = SUITES["appointments"]
    pairs = replace(suite, rules=tuple(rule for rule in suite.rules if rule.catalogue in _PAIR_RULES))
    with _filled(engine, [text.replace("{rows}", series(1, rows)) for text in _PAIRS_FILL]) as connection:
        scan, used = _checked(connection, pairs)
    assert (4, rows, ()) == (len(scan.evaluated_rules), scan.rows_checked, scan.violations)
    return _reads(used)
