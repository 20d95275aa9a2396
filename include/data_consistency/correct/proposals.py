"""Proposals: what a correction file would write, for which rows, on what evidence; reads only."""

import json
from collections.abc import Mapping, Sequence
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
    rows = connection.execute(sql.statement(correction.sql, params), params).mappings()
    return [
        Proposal(
            entity_id=int(row["id"]),
            values={column: row[column] for column in correction.columns},
            evidence=str(row["evidence"]),
            refusal=None if row["refusal"] is None else str(row["refusal"]),
            review=bool(row["review"]),
            candidates=tuple(int(item) for item in json.loads(row["candidates"] or "[]")),
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


def keep_change_time(connection: Connection, table: str, alias: str = "") -> str:
    """Assignment that leaves the change column as it is, so that a corrected row is not "in flight" again."""
    if CHANGE_COLUMN not in _columns(connection, table):
        return ""
    return f", {alias}{CHANGE_COLUMN} = {alias}{CHANGE_COLUMN}"


def _columns(connection: Connection, table: str) -> frozenset[str]:
    return frozenset(str(column) for _, column in sql.run(connection, "source_columns", tables=[table]))
