"""Restoring rows: what a batch of audited changes found is written back by few statements, and read again.

A row that the database refuses, or keeps otherwise than it is written, is left as it was and told; the others are
restored all the same.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.correct.beside import Along, compare, look, restorable
from data_consistency.correct.gate import Leave
from data_consistency.correct.proposals import keep_change_time
from data_consistency.correct.shapes import Written, assigned
from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.db.transactions import savepoint
from data_consistency.db.values import to_json
from data_consistency.ledger.audit import Recorded
from data_consistency.rules.corrections import CORRECTABLE

BATCH_ROWS = 500
DELETED = "row deleted"
# Whatever else the database says to a row, it may say of that row alone.
_OF_NO_ROW = frozenset({Kind.PASSING, Kind.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of some changes, by the id of each."""

    refused: Mapping[int, str] = field(default_factory=dict)  # why: columns, never a value
    left: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # columns that are not as they were, beside ours


class _KeptOtherwise(Exception):  # says what happened
    """The database keeps other values than were written."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self.columns = columns


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row that stands as the change left it."""

    change: Recorded
    columns: tuple[str, ...]  # to be restored
    current: Mapping[str, object]


def restore(leave: Leave, changes: Sequence[Recorded]) -> Restored:
    """Put rows back as they were before some changes.

    Args:
        leave: to undo.
        changes: newest first; a row that was changed several times is taken back step by step.
    """
    refused: dict[int, str] = {}
    left: dict[int, tuple[str, ...]] = {}
    for table, batch in _batches(changes):
        done = _in_parts(leave, table, batch)
        refused |= done.refused
        left |= done.left
    return Restored(refused=refused, left=left)


def _batches(changes: Sequence[Recorded]) -> Iterator[tuple[str, list[Recorded]]]:
    """Changes of one table, no row twice, the newer change of a row in an earlier batch."""
    seen: dict[tuple[str, int], int] = defaultdict(int)
    layers: dict[tuple[int, str], list[Recorded]] = defaultdict(list)
    for change in changes:
        row = (change.table, change.entity_id)
        layers[(seen[row], change.table)].append(change)
        seen[row] += 1
    for (_, table), layer in sorted(layers.items(), key=lambda item: item[0]):
        for start in range(0, len(layer), BATCH_ROWS):
            yield table, layer[start : start + BATCH_ROWS]


def _in_parts(leave: Leave, table: str, changes: Sequence[Recorded]) -> Restored:
    try:
        with savepoint(leave.connection):
            return _at_once(leave, table, changes)
    except DBAPIError as error:
        if server_errors.kind_of(error) in _OF_NO_ROW:
            raise
        why = server_errors.refusal_of(error)
        columns = _ours(changes[0])
    except _KeptOtherwise as unlike:
        why, columns = "the database keeps another value than is written", list(unlike.columns)
    if len(changes) == 1:
        return Restored(refused={changes[0].id: f"{', '.join(columns)}: {why}"})
    middle = len(changes) // 2
    one, other = (_in_parts(leave, table, half) for half in (changes[:middle], changes[middle:]))
    return Restored(refused={**one.refused, **other.refused}, left={**one.left, **other.left})


def _ours(change: Recorded) -> list[str]:
    return [column for column in change.before if column in CORRECTABLE[change.table]]


def _at_once(leave: Leave, table: str, changes: Sequence[Recorded]) -> Restored:
    connection = leave.connection
    followers = frozenset(restorable(connection, table))
    wanted = sorted({name for change in changes for name in (*_ours(change), *(change.before.keys() & followers))})
    there = _read(connection, table, [change.entity_id for change in changes], wanted)
    refused = {change.id: why for change in changes if (why := _why_not(change, there)) is not None}
    rows = [_row(change, there[change.entity_id], followers) for change in changes if change.id not in refused]
    ids = [row.change.entity_id for row in rows]
    beside = look(connection, table, ids)
    _write(leave, table, rows)
    _verify(connection, table, rows, wanted)
    along = compare(beside, look(connection, table, ids))
    left = {row.change.id: _left(row, along.get(row.change.entity_id, Along())) for row in rows}
    return Restored(refused=refused, left={change: names for change, names in left.items() if names})


def _row(change: Recorded, current: Mapping[str, object], followers: Set[str]) -> _Row:
    """What is written back: our columns, and times of the database that nothing has moved since."""
    ours = CORRECTABLE[change.table]
    columns = (
        name for name in change.before if name in ours or (name in followers and current[name] == change.after[name])
    )
    return _Row(change=change, columns=tuple(columns), current=current)


def _left(row: _Row, along: Along) -> tuple[str, ...]:
    """Columns beside ours that are not as they were."""
    return tuple(sorted({*along.columns, *row.change.before} - {*row.columns}))


def _read(
    connection: Connection, table: str, ids: Sequence[int], columns: Sequence[str]
) -> dict[int, dict[str, object]]:
    chosen = ", ".join(("t.id", *(f"t.`{column}`" for column in columns)))
    text = f"SELECT {chosen} FROM {table} AS t WHERE t.id IN :ids ORDER BY t.id FOR UPDATE"  # noqa: S608  # allow-list
    rows = sql.execute(connection, text, {"ids": list(ids)}).mappings()
    return {int(row["id"]): json.loads(to_json({column: row[column] for column in columns})) for row in rows}


def _why_not(change: Recorded, there: Mapping[int, Mapping[str, object]]) -> str | None:
    """Why a change is not taken back; names the columns that somebody changed since."""
    if change.entity_id not in there:
        return DELETED
    current = there[change.entity_id]
    different = [column for column in _ours(change) if current[column] != change.after[column]]
    return ", ".join(different) or None


def _write(leave: Leave, table: str, rows: Sequence[_Row]) -> None:
    """One UPDATE for all rows in which the same columns are written back."""
    shapes: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in rows:
        shapes[row.columns].append(row)
    for columns, alike in shapes.items():
        if not columns:
            continue
        written = assigned(columns, _groups(columns, alike))
        keep = keep_change_time(leave.connection, table, columns)
        ids = [row.change.entity_id for row in alike]
        text = (
            f"UPDATE {table} AS t SET {written.assignments}{keep}"  # noqa: S608  # allow-list
            f" WHERE t.id IN :ids AND ({written.unchanged})"
        )
        leave.write(ids, text, {**written.params, "ids": ids})


def _groups(columns: Sequence[str], rows: Sequence[_Row]) -> list[Written]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[json.dumps([[row.current[name], row.change.before[name]] for name in columns])].append(row)
    return [
        Written(ids=tuple(row.change.entity_id for row in alike), before=alike[0].current, after=alike[0].change.before)
        for alike in groups.values()
    ]


def _verify(connection: Connection, table: str, rows: Sequence[_Row], columns: Sequence[str]) -> None:
    """Whether every row stands as it did.

    Raises:
        _KeptOtherwise: one does not.
    """
    now = _read(connection, table, [row.change.entity_id for row in rows], columns) if rows else {}
    for row in rows:
        stands = now.get(row.change.entity_id, {})
        unlike = [name for name in row.columns if stands.get(name, row) != row.change.before[name]]
        if unlike:
            raise _KeptOtherwise(unlike)
