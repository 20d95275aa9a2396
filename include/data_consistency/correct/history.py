"""History: what corrections changed, what the ledger knew and what people decided since a time.

`write_back` puts rows back as they were; it is for a transaction that its caller rolls back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.correct import gate
from data_consistency.correct.gate import Leave
from data_consistency.correct.proposals import keep_change_time
from data_consistency.correct.undo import triggers_off
from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.rules.corrections import CORRECTABLE

BATCH_ROWS = 500
# Of these no row is the cause.
_NOT_ABOUT_A_ROW = frozenset({Kind.PASSING, Kind.STOPPED, Kind.REFUSED})

Before = dict[tuple[str, int], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The rows that corrections have changed: the oldest value of each changed column, by table and id."""

    before: Before
    calls: frozenset[int]  # that changed appointments named before or after


def size(connection: Connection, since: datetime) -> int:
    """Rows that corrections have changed since."""
    return int(sql.run(connection, "history_size", since=since).scalar_one())


def read(connection: Connection, since: datetime) -> Past:
    """The rows that corrections have changed since a time, as they were then."""
    before: Before = {}
    calls: set[int] = set()
    for change in _changes(connection, since):
        old: dict[str, object] = json.loads(str(change["before_values"]))
        new: dict[str, object] = json.loads(str(change["after_values"]))
        # Newest first: an older change overwrites what a newer one found.
        before.setdefault((str(change["table_name"]), int(str(change["entity_id"]))), {}).update(old)
        calls |= {int(str(values["call_id"])) for values in (old, new) if values.get("call_id") is not None}
    return Past(before=before, calls=frozenset(calls))


def _changes(connection: Connection, since: datetime) -> Iterator[Mapping[str, object]]:
    before_id = 2**63 - 1
    while True:
        batch = sql.run(connection, "history_corrections", since=since, before_id=before_id, batch=BATCH_ROWS)
        rows = [dict(row) for row in batch.mappings()]
        yield from rows
        if len(rows) < BATCH_ROWS:
            return
        before_id = int(str(rows[-1]["id"]))


def write_back(connection: Connection, past: Past) -> int:
    """Write the values of then over those of now, triggers off; returns the rows the database refused to change.

    The caller rolls the transaction back, whatever happens.

    Raises:
        GateClosed: the transaction is not one that is always rolled back.
    """
    leave = gate.rehearse(connection)
    refused = 0
    with triggers_off(connection):
        for (table, entity_id), values in past.before.items():
            refused += not _write(leave, table, entity_id, values)
    return refused


def _write(leave: Leave, table: str, entity_id: int, values: Mapping[str, object]) -> bool:
    columns = [column for column in values if column in CORRECTABLE[table]]
    if not columns:
        return True
    assignments = ", ".join(f"t.{column} = :{column}" for column in columns) + keep_change_time(leave.connection, table)
    text = f"UPDATE {table} AS t SET {assignments} WHERE t.id = :id"  # noqa: S608  # allow-list
    params = {column: values[column] for column in columns} | {"id": entity_id}
    try:
        leave.write([entity_id], text, params)
    except DBAPIError as error:
        if server_errors.kind_of(error) in _NOT_ABOUT_A_ROW:
            raise
        return False  # a trigger or key of the source says no: what it names is gone
    return True


def ids_of(connection: Connection, past: Past, table: str) -> list[int]:
    """Rows of a table whose verdicts may differ between then and now: changed ones, and those tied to changed ones."""
    ids = {entity_id for changed, entity_id in past.before if changed == table}
    if table == "calls":
        ids |= past.calls
    if table == "appointments":
        calls = sorted(entity_id for changed, entity_id in past.before if changed == "calls")
        for start in range(0, len(calls), BATCH_ROWS):
            found = sql.run(connection, "appointments_of_calls", ids=calls[start : start + BATCH_ROWS])
            ids |= {int(appointment) for (appointment,) in found}
    return sorted(ids)


def findings(connection: Connection, rule_id: str, entity: str, since: datetime) -> set[int]:
    """Entities with a finding of a rule that is open or was seen since."""
    rows = sql.run(connection, "history_findings", rule=rule_id, entity=entity, since=since)
    return {int(entity_id) for (entity_id,) in rows}


def decisions(connection: Connection, rule_id: str, entity: str, since: datetime) -> dict[int, str]:
    """The newest decision of people about each entity: approved, dismissed or undone."""
    rows = sql.run(connection, "history_decisions", rule=rule_id, entity=entity, since=since)
    return {int(entity_id): str(decision) for entity_id, decision, _ in rows}
