"""Undo: take audited changes back, row by row, as long as nobody has changed the row since."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.engine import Connection

from data_consistency.correct.proposals import keep_change_time
from data_consistency.db import sql
from data_consistency.db.transactions import cleaning_up
from data_consistency.db.values import to_json
from data_consistency.ledger import queue
from data_consistency.rules.corrections import CORRECTABLE
from data_consistency.rules.outcomes import finding_fingerprint

# Triggers must not "repair" what an operator restores on purpose; they look at this session variable.
_TRIGGERS_OFF = "SET @consistency_triggers = 'off'"
_TRIGGERS_ON = "SET @consistency_triggers = NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which changes to take back; None: any."""

    run_id: str | None = None
    rule: str | None = None
    table: str | None = None
    entity_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCounts:
    """What undo did; refused rows were changed by somebody else since."""

    undone: int = 0
    refused: int = 0
    refused_rows: tuple[str, ...] = ()  # "<table> <id> (<columns>)"


@contextmanager
def triggers_off(connection: Connection) -> Iterator[None]:
    """Our triggers do nothing in this session meanwhile."""
    connection.exec_driver_sql(_TRIGGERS_OFF)
    try:
        yield
    finally:
        with cleaning_up(connection):
            connection.exec_driver_sql(_TRIGGERS_ON)


def undo(
    connection: Connection, selection: Selection, *, entities: Mapping[str, str], actor: str, run_id: str, now: datetime
) -> UndoCounts:
    """Restore the before values of audited changes, newest first, in the caller's transaction.

    Args:
        connection: in a transaction.
        selection: which changes.
        entities: noun of the ledger for each table.
        actor: who takes them back.
        run_id: of the undo itself.
        now: UTC, naive.
    """
    rows = sql.run(
        connection,
        "corrections_to_undo",
        run_id=selection.run_id,
        rule=selection.rule,
        table_name=selection.table,
        entity_id=selection.entity_id,
    ).mappings()
    changes = [dict(row) for row in rows]
    undone: list[dict[str, object]] = []
    refused: list[str] = []
    with triggers_off(connection):
        for change in changes:
            different = _restore(connection, change)
            if different:
                refused.append(f"{change['table_name']} {change['entity_id']} ({', '.join(different)})")
            else:
                undone.append(change)
    _note(connection, undone, entities, actor=actor, run_id=run_id, now=now)
    return UndoCounts(undone=len(undone), refused=len(refused), refused_rows=tuple(refused))


def _restore(connection: Connection, change: Mapping[str, object]) -> list[str]:
    """Put one row back; returns the columns that somebody changed since (then nothing is done)."""
    table = str(change["table_name"])
    before: dict[str, object] = json.loads(str(change["before_values"]))
    after: dict[str, object] = json.loads(str(change["after_values"]))
    columns = [column for column in before if column in CORRECTABLE[table]]
    if not columns:
        return []
    text = f"SELECT {', '.join(columns)} FROM {table} WHERE id = :id FOR UPDATE"  # noqa: S608  # allow-list
    params: dict[str, object] = {"id": change["entity_id"]}
    row = connection.execute(sql.statement(text, params), params).mappings().one_or_none()
    if row is None:
        return ["row deleted"]
    current = json.loads(to_json(dict(row)))
    different = [column for column in columns if current[column] != after[column]]
    if different:
        return different
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    assignments += keep_change_time(connection, table)
    text = f"UPDATE {table} SET {assignments} WHERE id = :id"  # noqa: S608  # allow-list
    params |= {column: before[column] for column in columns}
    connection.execute(sql.statement(text, params), params)
    return []


def _note(
    connection: Connection,
    undone: Sequence[Mapping[str, object]],
    entities: Mapping[str, str],
    *,
    actor: str,
    run_id: str,
    now: datetime,
) -> None:
    if not undone:
        return
    sql.run(connection, "mark_undone", ids=[change["id"] for change in undone], actor=actor, run_id=run_id, now=now)
    notes = f"Taken back by {actor}."
    by_rule = sorted(undone, key=lambda change: str(change["rule"]))
    for rule, changes in groupby(by_rule, key=lambda change: str(change["rule"])):
        rows = [(entities[str(change["table_name"])], int(str(change["entity_id"]))) for change in changes]
        prints = [finding_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        sql.run(connection, "reopen_undone", fingerprints=prints, notes=notes, now=now)
        questions = [queue.after_correction_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        sql.run(connection, "close_items_of", fingerprints=questions, notes=notes, now=now)
