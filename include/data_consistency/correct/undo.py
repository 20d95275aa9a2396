"""Undo: take audited changes back, row by row, as long as nobody has changed the row since."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.engine import Connection

from data_consistency.correct import gate
from data_consistency.correct.gate import Leave
from data_consistency.correct.proposals import keep_change_time
from data_consistency.correct.warrant import REHEARSAL, Warrant
from data_consistency.db import sql
from data_consistency.db.transactions import cleaning_up
from data_consistency.db.values import to_json
from data_consistency.ledger import audit, queue, transitions
from data_consistency.ledger.audit import Recorded
from data_consistency.ledger.items import Decision, after_correction_fingerprint
from data_consistency.rules.corrections import CORRECTABLE
from data_consistency.rules.outcomes import finding_fingerprint

# Triggers must not "repair" what an operator restores on purpose; they look at this session variable.
_TRIGGERS_OFF = "SET @consistency_triggers = 'off'"
_TRIGGERS_ON = "SET @consistency_triggers = NULL"
_DELETED = "row deleted"
_FORGED = "the audit is not what was written then; `consistency audit verify`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which changes to take back; None: any."""

    run_id: str | None = None
    rule: str | None = None
    table: str | None = None
    entity_id: int | None = None
    companies: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCounts:
    """What undo did; refused rows were changed by somebody else since."""

    undone: int = 0
    refused: int = 0
    refused_rows: tuple[str, ...] = ()  # "<table> <id> (<columns>)"
    overridden: tuple[str, ...] = ()  # what the gate told and undo passed: a switch, a dry run


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
    connection: Connection,
    selection: Selection,
    *,
    entities: Mapping[str, str],
    actor: str,
    run_id: str,
    now: datetime,
    warrant: Warrant = REHEARSAL,
) -> UndoCounts:
    """Restore the before values of audited changes, newest first, in the caller's transaction.

    Args:
        connection: in a transaction.
        selection: which changes.
        entities: noun of the ledger for each table.
        actor: who takes them back.
        run_id: of the undo itself.
        now: UTC, naive.
        warrant: by what right.
    """
    rules = {change.rule for change in _standing(connection, selection)}
    leave = gate.enter_undo(connection, rules, warrant)
    # Again, now that nobody else corrects or takes back by these rules.
    changes = [change for change in _standing(connection, selection) if change.rule in rules]
    forged = audit.forged(connection, changes)
    undone: list[Recorded] = []
    refused: list[str] = []
    with triggers_off(connection):
        for change in changes:
            different = [_FORGED] if change.id in forged else _restore(leave, change)
            if different:
                refused.append(f"{change.table} {change.entity_id} ({', '.join(different)})")
            else:
                undone.append(change)
    _note(leave, undone, entities, actor=actor, run_id=run_id, now=now)
    return UndoCounts(
        undone=len(undone),
        refused=len(refused),
        refused_rows=tuple(refused),
        overridden=tuple(sorted(leave.overridden)),
    )


def _standing(connection: Connection, selection: Selection) -> list[Recorded]:
    return audit.standing(
        connection,
        run_id=selection.run_id,
        rule=selection.rule,
        table=selection.table,
        entity_id=selection.entity_id,
        companies=selection.companies,
    )


def _restore(leave: Leave, change: Recorded) -> list[str]:
    """Put one row back; returns the columns that somebody changed since (then nothing is done)."""
    connection, table = leave.connection, change.table
    columns = [column for column in change.before if column in CORRECTABLE[table]]
    if not columns:
        return []
    text = f"SELECT {', '.join(columns)} FROM {table} WHERE id = :id FOR UPDATE"  # noqa: S608  # allow-list
    params: dict[str, object] = {"id": change.entity_id}
    row = connection.execute(sql.statement(text, params), params).mappings().one_or_none()
    if row is None:
        return [_DELETED]
    current = json.loads(to_json(dict(row)))
    different = [column for column in columns if current[column] != change.after[column]]
    if different:
        return different
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    assignments += keep_change_time(connection, table)
    text = f"UPDATE {table} SET {assignments} WHERE id = :id"  # noqa: S608  # allow-list
    leave.write([change.entity_id], text, params | {column: change.before[column] for column in columns})
    return []


def _note(
    leave: Leave,
    undone: Sequence[Recorded],
    entities: Mapping[str, str],
    *,
    actor: str,
    run_id: str,
    now: datetime,
) -> None:
    if not undone:
        return
    connection = leave.connection
    audit.take_back(connection, undone, entities=entities, run_id=run_id, actor=actor, now=now, detail=leave.told)
    notes = f"Taken back by {actor}."
    for rule, changes in groupby(sorted(undone, key=lambda change: change.rule), key=lambda change: change.rule):
        rows = [(entities[change.table], change.entity_id) for change in changes]
        questions = [after_correction_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        queue.close_of(
            connection, questions, decision=Decision.UNDONE, notes=notes, run_id=run_id, now=now, actor=actor
        )
        prints = [finding_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        transitions.reopen_undone(connection, prints, notes=notes, run_id=run_id, now=now, actor=actor)
