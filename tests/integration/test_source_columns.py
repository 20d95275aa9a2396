"""Columns and indexes of ours on the source's tables change neither what the application reads nor what it writes."""

import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, TextClause, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency import pipeline
from data_consistency.project import shipped
from data_consistency.schema import additions, inventory, migrations
from tests import worlds, zones

_TIMES = {"calls": ("created_at", "updated_at"), "appointments": ("starts_at", "ends_at")}
_BY_INDEX = {
    "calls": ("consistency_slot_index", "company_id >= 0"),
    "appointments": ("consistency_staff_index", "staff_id >= '' OR staff_id IS NULL"),
}
# The nights on which clocks change in the zones of the tests, and days on which none does.
_NIGHTS = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-06-15", "2026-10-04", "2026-10-25", "2026-11-01")
_MOMENT = 1_790_000_000  # seconds since 1970, of the first write


def _alter(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _migrate(engine: Engine) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", triggers=False)


def _with_times(engine: Engine, sql_type: str) -> None:
    for table, columns in _TIMES.items():
        changes = ", ".join(f"MODIFY {column} {sql_type} NULL" for column in columns)
        _alter(engine, f"ALTER TABLE {table} {changes}")


def _said(connection: Connection, table: str) -> list[str]:
    """What the server says of a table when it looks at every row of every index."""
    return [str(row[3]) for row in connection.exec_driver_sql(f"CHECK TABLE {table} EXTENDED")]


def _rows(connection: Connection, table: str, how: str, where: str, of: str = "") -> list[tuple[Any, ...]]:
    select = f"SELECT id, {', '.join(_TIMES[of or table])} FROM {table} {how} WHERE {where} ORDER BY id"
    return [tuple(row) for row in connection.exec_driver_sql(select)]


def _write(sessions: Sequence[Connection], table: str, copy: str, seed: int) -> list[str]:
    """The same writes to a table and to a copy without anything of ours, from all sessions; how they differed."""
    dice = random.Random(seed)
    first, second = _TIMES[table]
    differences = []
    for number in range(250):
        session = dice.choice(sessions)
        # The two writes of a pair happen at one moment, whatever the machine does between them.
        session.exec_driver_sql(f"SET timestamp = {_MOMENT + number}")
        session.rollback()
        start = f"{dice.choice(_NIGHTS)} {dice.randrange(24):02}:{dice.choice((0, 15, 30, 59)):02}:00"
        row = {"id": dice.randrange(1, 150), "start": start, "hours": dice.randrange(1, 60)}
        insert = f"INSERT INTO {{table}} (id, company_id, {first}, {second}{{more}})"
        statement = dice.choice(
            [
                f"{insert} VALUES (:id, 1, :start, :start{{value}})",
                f"{insert} VALUES (:id, 1, :start, :start{{value}}) ON DUPLICATE KEY UPDATE {first} = VALUES({first})",
                f"{insert} VALUES (:id, 1, NOW(), NULL{{value}})",
                f"UPDATE {{table}} SET {first} = {first} + INTERVAL :hours HOUR WHERE id = :id",
                f"UPDATE {{table}} SET {second} = NULL WHERE id = :id",
                "DELETE FROM {table} WHERE id = :id",
            ]
        )
        more, value = (", retell_call_id", f", '{number}'") if table == "calls" else ("", "")
        outcomes = [
            _outcome(session, text(statement.format(table=target, more=more, value=value)), row)
            for target in (table, copy)
        ]
        if outcomes[0] != outcomes[1]:
            differences.append(f"{statement} {row}: {outcomes}")
    return differences


@pytest.mark.parametrize("table", ["calls", "appointments"])
@pytest.mark.parametrize("sql_type", ["DATETIME", "TIMESTAMP", "DATETIME(3)", "TIMESTAMP(6)"])
def test_writes_from_any_zone_leave_indexes_whole(source: Engine, table: str, sql_type: str) -> None:
    """Written in UTC, in Berlin, in New York, on the nights the clocks change: every index says what the table says."""
    zones.teach(source)
    _with_times(source, sql_type)
    _alter(source, f"CREATE TABLE plain LIKE {table}")
    _migrate(source)
    index, where = _BY_INDEX[table]

    with ExitStack() as open_sessions:
        sessions = [open_sessions.enter_context(_session_in(source, zone)) for zone in zones.ZONES]
        differences = _write(sessions, table, "plain", seed=len(sql_type))
        by_index = [_rows(session, table, f"FORCE INDEX ({index})", where) for session in sessions]
        by_table = [_rows(session, table, "USE INDEX ()", where) for session in sessions]
        plain = [_rows(session, "plain", "", "TRUE", of=table) for session in sessions]
        lookups = [_lookup(session, table) for session in sessions]
        slots, right = _slots(sessions[0], table)
        said = _said(sessions[0], table)

    assert differences == []
    assert by_index == by_table == plain
    assert all(in_index == in_table for in_index, in_table in lookups)
    assert slots == right > 20
    assert said == ["OK"]


def test_lookups_of_before_are_replaced_and_their_indexes_mended(source: Engine) -> None:
    """A schema of version 0009 whose slots follow the session's zone, and whose index broke by that, is made whole."""
    _with_times(source, "DATETIME")
    _migrate(source)
    wrong = "UNIX_TIMESTAMP(starts_at) DIV 28800"  # of the moment that a session takes a DATETIME for
    _alter(
        source,
        "ALTER TABLE appointments DROP INDEX consistency_staff_index, DROP INDEX consistency_customer_index,"
        " DROP COLUMN consistency_slot",
        f"ALTER TABLE appointments ADD COLUMN consistency_slot INT GENERATED ALWAYS AS ({wrong}) VIRTUAL INVISIBLE",
        "ALTER TABLE appointments ADD INDEX consistency_staff_index (staff_id, consistency_slot, starts_at, ends_at)",
        "ALTER TABLE customers DROP INDEX consistency_phone_index, DROP COLUMN consistency_phone",
        "UPDATE consistency_migrations SET version_num = '0009'",
    )
    with _session_in(source, "+09:00") as elsewhere, elsewhere.begin():
        elsewhere.exec_driver_sql(
            "INSERT INTO appointments (id, company_id, starts_at) VALUES (1, 1, '2026-06-15 08:00:00'),"
            " (2, 1, '2026-06-15 23:00:00')"
        )
    with source.connect() as connection:
        broken = _lookup(connection, "appointments")

    version = migrations.migrate(source)

    with source.connect() as connection:
        here = additions.Source(connection)
        parts = here.parts(inventory.LOOKUPS)
        by_index, by_table = _lookup(connection, "appointments")
        assert broken[0] != broken[1]
        assert migrations.latest() == version
        assert by_index == by_table
        assert ["OK"] == _said(connection, "appointments")
        assert [None] * len(parts) == [here.fault(part) for part in parts]
        assert (2, 2) == _slots(connection, "appointments")


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3"])
def test_a_telephone_number_may_hold_any_letter_that_its_column_holds(source: Engine, charset: str) -> None:
    """The table's own letters are fewer than the column's: our column beside it refuses nothing all the same."""
    _alter(source, f"ALTER TABLE customers DEFAULT CHARACTER SET {charset}")
    _migrate(source)

    with source.begin() as connection:
        connection.execute(
            text("INSERT INTO customers (company_id, name, phone) VALUES (1, 'x', :phone)"), {"phone": "☎ 0171 😀"}
        )

    with source.connect() as connection:
        assert "☎ 0171 😀" == connection.execute(text("SELECT phone FROM customers")).scalar_one()


@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "TRADITIONAL", "PAD_CHAR_TO_FULL_LENGTH", "NO_BACKSLASH_ESCAPES", ""])
def test_sessions_of_any_mode_write_what_they_wrote_before(source: Engine, mode: str) -> None:
    """Whatever a session's sql_mode lets through or refuses, it does as on a copy without anything of ours."""
    times = ("'0000-00-00 00:00:00'", "'2026-00-10 10:00:00'", "'2026-02-30 10:00:00'", "'9999-12-31 23:59:59'", "NULL")
    phones = ("''", "' '", "'0049 171 1'", "'anonymous_1'", "REPEAT('0', 255)", "REPEAT('x', 255)", "NULL")
    _with_times(source, "DATETIME")
    _alter(source, "CREATE TABLE plain LIKE appointments", "CREATE TABLE people LIKE customers")
    _migrate(source)

    with source.connect() as session:
        session.exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
        session.commit()
        outcomes = [
            [
                _outcome(session, text(f"INSERT INTO {table} (company_id{more}, {column}) VALUES (1{value}, {wanted})"))
                for table in tables
            ]
            for tables, column, more, value, all_wanted in (
                (("appointments", "plain"), "starts_at", "", "", times),
                (("customers", "people"), "phone", ", name", ", 'x'", phones),
            )
            for wanted in all_wanted
        ]
        said = _said(session, "appointments") + _said(session, "customers")

    assert all(ours == theirs for ours, theirs in outcomes)
    assert said == ["OK", "OK"]


@pytest.mark.parametrize("sql_type", ["DATETIME", "TIMESTAMP"])
def test_rules_that_compare_find_by_the_lookup_of_either_type(source: Engine, sql_type: str) -> None:
    """Two appointments of one member of staff at a time are found, in a lookup that is used."""
    _with_times(source, sql_type)
    _migrate(source)
    rt = worlds.runtime(source.url.render_as_string(hide_password=False))
    start = worlds.long_ago(2)
    for _ in range(2):
        worlds.add_appointment(source, staff_id=None, customer_id=worlds.add_customer(source), starts_at=start)
    _alter(
        source, "SET SESSION foreign_key_checks = 0", "UPDATE appointments SET staff_id = 's1', status = 'confirmed'"
    )
    pipeline.begin(rt, "r1", "check", "test")

    found = pipeline.check_table(rt, table="appointments", run_id="r1", kind="full")

    with source.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN SELECT beside.id FROM appointments AS a INNER JOIN appointments AS beside"
            f" ON beside.consistency_slot = {_slot('a.starts_at')} AND beside.staff_id = a.staff_id WHERE a.id = 1"
        ).mappings()
        used = {row["table"]: row["key"] for row in plan}
    assert 2 == found.violations["staff_has_one_appointment_at_a_time"]
    assert "consistency_staff_index" == used["beside"]


def test_a_time_of_another_type_costs_its_lookup_alone(source: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """A start that is a text has no slot: that is told with table and column, and all that needs none is there."""
    _alter(source, "ALTER TABLE appointments MODIFY starts_at VARCHAR(30) NULL")

    assert migrations.latest() == _migrate(source)

    with source.connect() as connection:
        here = additions.Source(connection)
        missing = {(part.table, part.name) for part in inventory.on_source(shipped()) if not here.has(part)}
    assert "left out: appointments.consistency_slot; appointments.starts_at is of type varchar" in caplog.text
    assert {
        ("appointments", "consistency_slot"),
        ("appointments", "consistency_staff_index"),
        ("appointments", "consistency_customer_index"),
        ("appointments", "consistency_long"),
        ("appointments", "consistency_long_index"),
    } == missing


def _session_in(engine: Engine, zone: str) -> Connection:
    session = engine.connect()
    session.detach()  # nobody else gets a session of that zone
    session.exec_driver_sql(f"SET SESSION time_zone = '{zone}', SESSION foreign_key_checks = 0")
    session.commit()
    return session


def _outcome(session: Connection, statement: TextClause, params: Mapping[str, object] | None = None) -> object:
    """Rows that it changed, or the number of its error."""
    try:
        with session.begin():
            return session.execute(statement, params).rowcount
    except DBAPIError as error:
        return f"error {getattr(error.orig, 'args', (None,))[0]}"


def _lookup(connection: Connection, table: str) -> list[list[tuple[Any, ...]]]:
    """The slots of all rows as the index has them, and as the table has them."""
    index, where = _BY_INDEX[table]
    select = f"SELECT id, consistency_slot FROM {table} {{}} WHERE {where} ORDER BY id"
    return [
        [tuple(row) for row in connection.exec_driver_sql(select.format(how))]
        for how in (f"FORCE INDEX ({index})", "USE INDEX ()")
    ]


def _slots(connection: Connection, table: str) -> tuple[int, int]:
    """Rows with a slot, and those whose slot is that of the moment."""
    right = f"SUM(consistency_slot <=> {_slot(_TIMES[table][0])})"
    rows = connection.exec_driver_sql(f"SELECT COUNT(*), {right} FROM {table}").one()
    return int(rows[0]), int(rows[1])


def _slot(column: str) -> str:
    return f"(TO_DAYS({column}) - 719528) * 3 + HOUR({column}) DIV 8"
