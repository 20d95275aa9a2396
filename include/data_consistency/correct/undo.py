"""Undo: take audited changes back, each as long as nobody has changed the row since and the database lets us."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.engine import Connection

from data_consistency.correct import gate
from data_consistency.correct.gate import Leave
from data_consistency.correct.restoring import Restored, restore
from data_consistency.correct.warrant import REHEARSAL, Warrant
from data_consistency.db.transactions import cleaning_up
from data_consistency.ledger import audit, queue, transitions
from data_consistency.ledger.audit import Recorded
from data_consistency.ledger.items import Decision, after_correction_fingerprint
from data_consistency.rules.outcomes import finding_fingerprint

# Triggers must not "repair" what an operator restores on purpose; they look at this session variable.
_TRIGGERS_OFF = "SET @consistency_triggers = 'off'"
_TRIGGERS_ON = "SET @consistency_triggers = NULL"
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
    """What undo did; refused rows were changed by somebody else since, or the database refuses them."""

    undone: int = 0
    refused: int = 0
    refused_rows: tuple[str, ...] = ()  # "<table> <id> (<columns, and why>)"; never a value
    left_rows: tuple[str, ...] = ()  # the same of columns that the database changed along, and that nobody can restore
    overridden: tuple[str, ...] = ()  # what the gate told and undo passed: a switch, a dry run


def both(one: UndoCounts, other: UndoCounts) -> UndoCounts:
    """Both counts together."""
    return UndoCounts(
        undone=one.undone + other.undone,
        refused=one.refused + other.refused,
        refused_rows=one.refused_rows + other.refused_rows,
        left_rows=one.left_rows + other.left_rows,
        overridden=tuple(sorted({*one.overridden, *other.overridden})),
    )


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
    with triggers_off(connection):
        restored = restore(leave, [change for change in changes if change.id not in forged])
    refused = {**dict.fromkeys(forged, _FORGED), **restored.refused}
    undone = [change for change in changes if change.id not in refused]
    left = _left_along(connection, undone, restored)
    _note(leave, undone, left, entities, actor=actor, run_id=run_id, now=now)
    return UndoCounts(
        undone=len(undone),
        refused=len(refused),
        refused_rows=tuple(_named(change, refused[change.id]) for change in changes if change.id in refused),
        left_rows=tuple(_named(change, ", ".join(left[change.id])) for change in undone if change.id in left),
        overridden=tuple(sorted(leave.overridden)),
    )


def _named(change: Recorded, what: str) -> str:
    return f"{change.table} {change.entity_id} ({what})"


def rows(connection: Connection, selection: Selection) -> list[tuple[str, int]]:
    """Table and id of each row with a change to take back, newest first."""
    return list(dict.fromkeys((change.table, change.entity_id) for change in _standing(connection, selection)))


def not_to_be_had(connection: Connection, selection: Selection, why: str) -> UndoCounts:
    """Changes that nobody can take back now."""
    changes = _standing(connection, selection)
    return UndoCounts(refused=len(changes), refused_rows=tuple(_named(change, why) for change in changes))


def _standing(connection: Connection, selection: Selection) -> list[Recorded]:
    return audit.standing(
        connection,
        run_id=selection.run_id,
        rule=selection.rule,
        table=selection.table,
        entity_id=selection.entity_id,
        companies=selection.companies,
    )


def _left_along(connection: Connection, changes: Sequence[Recorded], restored: Restored) -> dict[int, tuple[str, ...]]:
    """Columns that are not as they were: changed along with the correction, or now; by the id of the change."""
    before = audit.changed_along(connection, changes)
    left = {change.id: sorted({*before.get(change.id, ()), *restored.left.get(change.id, ())}) for change in changes}
    return {change: tuple(names) for change, names in left.items() if names}


def _note(
    leave: Leave,
    undone: Sequence[Recorded],
    left: Mapping[int, Sequence[str]],
    entities: Mapping[str, str],
    *,
    actor: str,
    run_id: str,
    now: datetime,
) -> None:
    if not undone:
        return
    connection = leave.connection
    audit.take_back(
        connection, undone, entities=entities, run_id=run_id, actor=actor, now=now, detail=leave.told, along=left
    )
    notes = f"Taken back by {actor}."
    for rule, changes in groupby(sorted(undone, key=lambda change: change.rule), key=lambda change: change.rule):
        rows = [(entities[change.table], change.entity_id) for change in changes]
        questions = [after_correction_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        queue.close_of(
            connection, questions, decision=Decision.UNDONE, notes=notes, run_id=run_id, now=now, actor=actor
        )
        prints = [finding_fingerprint(rule, entity, entity_id) for entity, entity_id in rows]
        transitions.reopen_undone(connection, prints, notes=notes, run_id=run_id, now=now, actor=actor)
