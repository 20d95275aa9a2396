"""Proposals: what a correction file would write, for which rows, on what evidence; reads only."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db import mapped_views, sql
from data_consistency.db.facts import CHANGE_COLUMN
from data_consistency.db.precondition import Precondition, precondition_of
from data_consistency.errors import InvalidRule

# The only columns an automatic change may touch; none of them holds what a person said or is called.
CORRECTABLE: Mapping[str, tuple[str, ...]] = {
    "calls": (
        "appointment_id",
        "appointment_link_status",
        "appointment_linked_at",
        "appointment_made",
        "booking_confirmed",
        "booking_failed",
        "booking_failure_reason",
        "call_status",
        "call_successful",
        "converted_appointment_id",
        "converted_to_appointment",
        "customer_id",
        "customer_link_confidence",
        "customer_link_method",
        "customer_link_status",
        "customer_linked_at",
        "customer_name_verified",
        "direction",
        "disconnection_reason",
        "duration_ms",
        "duration_sec",
        "phone_number_id",
        "requires_manual_processing",
        "session_outcome",
        "status",
        "verification_confidence",
        "verification_method",
    ),
    "appointments": (
        "calcom_booking_id",
        "calcom_sync_status",
        "calcom_v2_booking_uid",
        "call_id",
        "manual_review_flagged_at",
        "requires_manual_review",
        "rescheduled_at",
        "status",
    ),
    "customers": ("email",),
}
_HEADER = re.compile(r"^-- (?P<key>table|columns): (?P<value>[\w, ]+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One file of sql/corrections/."""

    name: str
    table: str
    columns: tuple[str, ...]
    when: Precondition | None  # rows that do not meet it are for a person
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a correction would do with one row."""

    entity_id: int
    values: Mapping[str, object]
    evidence: str
    refusal: str | None  # why a person must decide instead
    review: bool  # correct it, and have a person look all the same
    candidates: tuple[int, ...]


@lru_cache(maxsize=128)
def load_correction(name: str, folder: Path | None = None) -> Correction:
    """Read one correction file.

    Raises:
        InvalidRule: a header line is missing or wrong, or a column is not on the allow-list.
    """
    path = (folder or project_root() / "sql" / "corrections") / f"{name}.sql"
    text = sql.read_sql(path)
    header = {match["key"]: match["value"] for match in _HEADER.finditer(text)}
    where = f"sql/corrections/{name}.sql"
    for key in ("table", "columns"):
        if key not in header:
            raise InvalidRule(f"{where}: header line `-- {key}: ...` is missing")
    columns = tuple(column.strip() for column in header["columns"].split(","))
    for column in columns:
        if column not in CORRECTABLE.get(header["table"], ()):
            raise InvalidRule(f"{where}: column '{header['table']}.{column}' may not be corrected automatically")
    return Correction(name=name, table=header["table"], columns=columns, when=precondition_of(text, where), sql=text)


def propose(connection: Connection, correction: Correction, ids: Sequence[int], now: datetime) -> list[Proposal]:
    """What a correction would do with some rows; reads only."""
    if not ids:
        return []
    params: dict[str, object] = {"ids": list(ids)}
    if ":now" in correction.sql:
        params["now"] = now
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
