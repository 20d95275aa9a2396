"""Proposals: what a correction file would write, for which rows, on what evidence; reads only."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect.evidence import FRESH_FOR
from data_consistency.rules import CALCOM
from data_consistency.rules.corrections import CORRECTABLE, Correction
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.schema import mapped_views


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a correction would do with one row."""

    entity_id: int
    values: Mapping[str, object]
    evidence: str
    refusal: str | None  # why a person must decide instead
    review: bool  # correct it, and have a person look all the same
    candidates: tuple[int, ...]
    before: Mapping[str, object] = field(default_factory=dict)  # what stands there now, of the columns it would write


def propose(connection: Connection, correction: Correction, ids: Sequence[int], now: datetime) -> list[Proposal]:
    """What a correction would do with some rows; reads only."""
    if not ids:
        return []
    params = parameters(correction, ids, now)
    rows = sql.execute(connection, correction.sql, params).mappings()
    return [
        Proposal(
            entity_id=int(row["id"]),
            values={column: row[column] for column in correction.columns},
            evidence=str(row["evidence"]),
            refusal=None if row["refusal"] is None else str(row["refusal"]),
            review=bool(row["review"]),
            candidates=tuple(sorted({int(item) for item in json.loads(row["candidates"] or "[]")})),
        )
        for row in rows
    ]


def parameters(correction: Correction, ids: Sequence[int], now: datetime) -> dict[str, object]:
    """What the text of a correction asks for: its rows, the time, and since when the calendar must have reported."""
    known: dict[str, object] = {"now": now, "calendar_since": now - FRESH_FOR[CALCOM]}
    return {"ids": list(ids), **{name: value for name, value in known.items() if f":{name}" in correction.sql}}


def present_columns(connection: Connection, table: str) -> list[str]:
    """Correctable columns that this generation of the source has, and lets us write."""
    present = _columns(connection, table) - mapped_views.read(connection).not_writable(table).keys()
    return [column for column in CORRECTABLE[table] if column in present]


def keep_change_time(connection: Connection, table: str, written: Collection[str] = ()) -> str:
    """Assignments of an UPDATE of `t` that leave the change column as it is, and have others show the source's clocks.

    A corrected row is not "in flight" again. A time that the database sets by itself is that of our session, which is
    no time of the source where it is kept as a wall time.

    Args:
        connection: to the source.
        table: that is changed.
        written: columns that are given values anyway.
    """
    kept = f", t.{CHANGE_COLUMN} = t.{CHANGE_COLUMN}" if CHANGE_COLUMN in _columns(connection, table) else ""
    shown = (name for name in _set_by_session(connection, table) if name not in written)
    return kept + "".join(f", t.`{name}` = UTC_TIMESTAMP(6)" for name in shown)


def _set_by_session(connection: Connection, table: str) -> list[str]:
    walls = sql.walls_of(connection)
    if walls is None:
        return []
    rows = sql.run(connection, "columns_beside", table_name=table)
    return [
        str(name)
        for name, _, is_maintained, is_writable in rows
        if is_maintained and is_writable and (table, name) in walls.columns
    ]


def _columns(connection: Connection, table: str) -> frozenset[str]:
    return frozenset(str(column) for _, column in sql.run(connection, "source_columns", tables=[table]))
