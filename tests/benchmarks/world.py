"""Large worlds: calls, appointments and customers by set-based statements, 1 % of the calls wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from data_consistency.db import migrations
from data_consistency.db.engine import make_engine
from data_consistency.local import mariadb
from data_consistency.local.source_schema import create_source_schema

# Durable commits, as in operation; the pool holds the largest world.
_OPTIONS = ("--innodb-buffer-pool-size=2G", "--innodb-log-file-size=512M", "--max-connections=50")
_CHUNK = 100_000
_OLD = "'1970-01-02 00:00:00'"
# Fixed, so that two runs measure the same world: twenty companies, a call every 40 seconds, a million in 15 months.
_START = "'2025-01-01 08:00:00'"
_SECONDS = 40
_COMPANY_COUNT = 20

_COMPANIES = f"INSERT INTO companies (id, name) SELECT s.seq, CONCAT('C', s.seq) FROM seq_1_to_{_COMPANY_COUNT} AS s"
_NUMBER_ID = "CONCAT('10000000-0000-4000-8000-', LPAD({company}, 12, '0'))"
_NUMBER = "CONCAT('+4930', 100000 + {company})"
_NUMBERS = (
    "INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
    f" SELECT {_NUMBER_ID.format(company='s.seq')}, s.seq, {_NUMBER.format(company='s.seq')}"
    f", {_NUMBER.format(company='s.seq')} FROM seq_1_to_{_COMPANY_COUNT} AS s"
)
_COMPANY = f"1 + c.id % {_COMPANY_COUNT}"
_TIME = f"{_START} + INTERVAL c.id * {_SECONDS} SECOND"
# Customer k belongs to call 5k - 4 and shares its company.
_CUSTOMERS = f"""
INSERT INTO customers (id, company_id, name, email, phone, created_at, updated_at, consistency_changed_at)
SELECT s.seq, 1 + (5 * s.seq - 4) % {_COMPANY_COUNT}, 'Eva Muster', CONCAT('c', s.seq, '@example.invalid'),
    CONCAT('+49170', 1000000 + s.seq),
    {_START}, {_START}, {_OLD}
FROM seq_1_to_{{last}} AS s WHERE s.seq BETWEEN :first AND :last
"""
# Three calls in five are booked; calls 3, 103, 203, ... are wrong, in five ways.
_CALLS = f"""
INSERT INTO calls (id, company_id, phone_number_id, retell_call_id, direction, from_number, to_number, status,
    call_status, duration_sec, summary, session_outcome,
    appointment_made, appointment_link_status, appointment_linked_at, customer_id, customer_link_status,
    customer_link_method, customer_link_confidence, customer_linked_at, transcript, sentiment,
    created_at, updated_at, consistency_changed_at)
SELECT c.id, {_COMPANY}, {_NUMBER_ID.format(company=f"({_COMPANY})")}, CONCAT('call_', LPAD(HEX(c.id), 12, '0')),
    IF(c.wrong = 0, NULL, 'inbound'),
    IF(c.id % 5 = 1, CONCAT('+49170', 1000000 + c.id DIV 5 + 1), 'anonymous'),
    {_NUMBER.format(company=f"({_COMPANY})")},
    'completed', 'ended', 60, 'a summary',
    CASE WHEN c.wrong = 1 THEN 'appointment_booked' WHEN c.wrong = 2 THEN 'no_such_outcome'
        WHEN c.id % 5 < 3 THEN 'appointment_booked' ELSE 'information_only' END,
    c.id % 5 < 3 OR c.wrong = 1,
    IF(c.id % 5 < 3, 'linked', 'unlinked'), IF(c.id % 5 < 3, {_START}, NULL),
    IF(c.id % 5 = 1, c.id DIV 5 + 1, NULL),
    CASE WHEN c.wrong = 3 THEN 'linked' WHEN c.id % 5 = 1 THEN 'linked' ELSE 'anonymous' END,
    IF(c.id % 5 = 1, 'phone_match', NULL), IF(c.id % 5 = 1, 100, NULL), IF(c.id % 5 = 1, {_START}, NULL),
    IF(c.wrong = 4, NULL, REPEAT('word ', 48)), 'neutral',
    {_TIME}, {_TIME}, {_OLD}
FROM (
    SELECT s.seq AS id, IF(s.seq % 100 = 3, s.seq DIV 100 % 5, -1) AS wrong
    FROM seq_1_to_{{last}} AS s WHERE s.seq BETWEEN :first AND :last
) AS c
"""
_APPOINTMENTS = f"""
INSERT INTO appointments (company_id, call_id, customer_id, starts_at, ends_at, status, source, calcom_v2_booking_id,
    calcom_sync_status, created_at, updated_at, consistency_changed_at)
SELECT c.company_id, c.id, c.customer_id, {_TIME}, {_TIME} + INTERVAL 1800 SECOND, 'completed', 'phone',
    CONCAT('b', c.id), 'synced', c.created_at,
    c.created_at, {_OLD}
FROM calls AS c WHERE c.id BETWEEN :first AND :last AND c.id % 5 < 3
"""


@contextmanager
def server(folder: Path) -> Iterator[mariadb.Server]:
    """A server of the benchmarks alone, stopped at the end."""
    running = mariadb.start(folder, options=_OPTIONS)
    try:
        yield running
    finally:
        mariadb.stop(folder)


def build(running: mariadb.Server, calls: int) -> Engine:
    """A world of some calls, 0.6 times as many appointments and 0.2 times as many customers; without our triggers."""
    schema = f"bench_{calls}"
    engine = make_engine(running.url("mysql"))
    with engine.begin() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {schema}"))
    engine.dispose()
    running.create_schema(schema)
    engine = make_engine(running.url(schema))
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text(_COMPANIES))
        connection.execute(text(_NUMBERS))
    migrations.migrate(engine, adopt=schema, environment="test", triggers=False)
    _fill(engine, _CUSTOMERS, calls // 5)
    _fill(engine, _CALLS, calls)
    _fill(engine, _APPOINTMENTS, calls)
    with engine.begin() as connection:
        for table in ("calls", "appointments", "customers"):
            connection.execute(text(f"ANALYZE TABLE {table}"))
    return engine


def _fill(engine: Engine, statement: str, rows: int) -> None:
    for first in range(1, rows + 1, _CHUNK):
        last = min(first + _CHUNK - 1, rows)
        with engine.begin() as connection:
            connection.execute(text("SET SESSION foreign_key_checks = 0"))
            connection.execute(text(statement.replace("{last}", str(last))), {"first": first, "last": last})
            connection.execute(text("SET SESSION foreign_key_checks = 1"))
