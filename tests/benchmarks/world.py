"""Large worlds: calls, appointments and customers by set-based statements, 1 % of the calls wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency.schema import migrations
from tests.worlds import make_engine, series

# Durable commits, as in operation; the pool holds the largest world.
_OPTIONS = ("--innodb-buffer-pool-size=2G", "--innodb-log-file-size=512M", "--max-connections=150")
_CHUNK = 100_000
_OLD = "'1970-01-02 00:00:00'"
# Fixed, so that two runs measure the same world: 19 companies, a call every 40 seconds, a million in 15 months.
_START = "'2025-01-01 08:00:00'"
_SECONDS = 40
_COMPANY_COUNT = 19

_EACH_COMPANY = series(1, _COMPANY_COUNT, name="s")
_COMPANIES = f"INSERT INTO companies (id, name) SELECT s.seq, CONCAT('C', s.seq) FROM {_EACH_COMPANY}"
_NUMBER_ID = "CONCAT('10000000-0000-4000-8000-', LPAD({company}, 12, '0'))"
_NUMBER = "CONCAT('+4930', 100000 + {company})"
_NUMBERS = (
    "INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
    f" SELECT {_NUMBER_ID.format(company='s.seq')}, s.seq, {_NUMBER.format(company='s.seq')}"
    f", {_NUMBER.format(company='s.seq')} FROM {_EACH_COMPANY}"
)
_COMPANY = f"1 + c.id % {_COMPANY_COUNT}"
_TIME = f"{_START} + INTERVAL c.id * {_SECONDS} SECOND"
# Ten people in each company, one branch, one service.
_STAFF_COUNT = 10
_OFFERS = (
    "INSERT INTO branches (id, company_id, name) SELECT CONCAT('b', t.id), t.id, 'Mitte' FROM companies AS t",
    "INSERT INTO services (id, company_id, name) SELECT t.id, t.id, 'Schnitt' FROM companies AS t",
    "INSERT INTO staff (id, company_id, branch_id, name) SELECT CONCAT('s', t.id, '_', s.seq), t.id, CONCAT('b', t.id),"
    f" 'Mia Kern' FROM companies AS t JOIN {series(0, _STAFF_COUNT - 1, name='s')}",
)
# Of the rows that one statement makes.
_EACH = f"(SELECT n.seq + :first AS seq FROM {series(0, _CHUNK - 1, name='n')}) AS s WHERE s.seq <= :last"
# Customer k belongs to call 5k - 4 and shares its company.
_CUSTOMERS = f"""
INSERT INTO customers (id, company_id, name, email, phone, created_at, updated_at, consistency_changed_at)
SELECT s.seq, 1 + (5 * s.seq - 4) % {_COMPANY_COUNT}, 'Eva Muster', CONCAT('c', s.seq, '@example.invalid'),
    CONCAT('+49170', 1000000 + s.seq),
    {_START}, {_START}, {_OLD}
FROM {_EACH}
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
    FROM {_EACH}
) AS c
"""
# One call in ten is booked for what is still to come: each of the staff serves somebody every two hours.
_ROUND = _COMPANY_COUNT * 10
_APPOINTMENTS = f"""
INSERT INTO appointments (company_id, call_id, customer_id, starts_at, ends_at, status, source, calcom_v2_booking_id,
    calcom_sync_status, service_id, branch_id, staff_id, calcom_host_id, created_at, updated_at, consistency_changed_at)
SELECT c.company_id, c.id, c.customer_id, c.starts_at, c.starts_at + INTERVAL 1800 SECOND,
    IF(c.is_coming, 'confirmed', 'completed'), 'phone', CONCAT('b', c.id), 'synced', c.company_id,
    CONCAT('b', c.company_id), CONCAT('s', c.company_id, '_', c.id DIV {_ROUND} % {_STAFF_COUNT}), 1, c.created_at,
    c.created_at, {_OLD}
FROM (
    SELECT c.id, c.company_id, c.customer_id, c.created_at, c.id % 10 = 1 AS is_coming,
        IF(c.id % 10 = 1, CURDATE() + INTERVAL 1 DAY + INTERVAL 2 * (c.id DIV {_ROUND * _STAFF_COUNT}) HOUR, {_TIME})
            AS starts_at
    FROM calls AS c WHERE c.id BETWEEN :first AND :last AND c.id % 5 < 3
) AS c
"""
# The calendar knows of all that is to come, and has just told.
_MIRROR = f"""
INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, status, starts_at, ends_at, seen_at, changed_at)
SELECT a.company_id, a.calcom_v2_booking_id, 'accepted', a.starts_at, a.ends_at, UTC_TIMESTAMP(6), {_OLD}
FROM appointments AS a WHERE a.status = 'confirmed'
"""
_TOLD = "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', UTC_TIMESTAMP(6))"


@contextmanager
def server(folder: Path) -> Iterator[private.Server]:
    """A server of the benchmarks alone, stopped at the end."""
    running = private.start(folder, options=_OPTIONS)
    try:
        yield running
    finally:
        private.stop(folder)


def build(running: private.Server, calls: int) -> Engine:
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
        for statement in (_NUMBERS, *_OFFERS):
            connection.execute(text(statement))
    migrations.migrate(engine, adopt=schema, environment="test", triggers=False)
    _fill(engine, _CUSTOMERS, calls // 5)
    _fill(engine, _CALLS, calls)
    _fill(engine, _APPOINTMENTS, calls)
    with engine.begin() as connection:
        connection.execute(text(_MIRROR))
        connection.execute(text(_TOLD))
        for table in ("calls", "appointments", "customers", "consistency_calcom_bookings"):
            connection.execute(text(f"ANALYZE TABLE {table}"))
    return engine


def _fill(engine: Engine, statement: str, rows: int) -> None:
    for first in range(1, rows + 1, _CHUNK):
        last = min(first + _CHUNK - 1, rows)
        with engine.begin() as connection:
            connection.execute(text("SET SESSION foreign_key_checks = 0"))
            connection.execute(text(statement), {"first": first, "last": last})
            connection.execute(text("SET SESSION foreign_key_checks = 1"))
