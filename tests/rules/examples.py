"""Examples of rules: rows that violate it, rows that satisfy it and the corrected rows, read from <table>.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text
from sqlalchemy.engine import Connection

from data_consistency.findings import finding_fingerprint

Row = dict[str, Any]

FOLDER = Path(__file__).parent
TABLES = ("calls", "appointments", "customers")
FIRST_VIOLATING, FIRST_SATISFYING, FIRST_RELATED = 1001, 2001, 30001
_LONG_AGO = "2026-03-01 08:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of the rule's table, the rows it needs elsewhere, and what becomes of it."""

    id: int
    row: Row
    related: Mapping[str, list[Row]]
    corrected: Row | str | None  # the changed columns, or the code of a refusal; None: nothing is corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExamples:
    """All examples of one rule."""

    table: str
    rule: str
    world: Mapping[str, list[Row]]
    violating: tuple[Example, ...]
    satisfying: tuple[Example, ...]
    corrected: int  # how many corrected rows the file gives


def read_examples(table: str) -> dict[str, RuleExamples]:
    """The examples of every rule of a table, by rule."""
    document = yaml.safe_load((FOLDER / f"{table}.yaml").read_text(encoding="utf-8"))
    base, related = document["base"], document["related"]
    examples = {}
    for rule, groups in document["rules"].items():
        corrected = groups.get("corrected", [])
        examples[rule] = RuleExamples(
            table=table,
            rule=rule,
            world=document["world"],
            violating=tuple(
                _example(FIRST_VIOLATING + n, row, base, related, corrected[n] if n < len(corrected) else None)
                for n, row in enumerate(groups["violating"])
            ),
            satisfying=tuple(
                _example(FIRST_SATISFYING + n, row, base, related, None) for n, row in enumerate(groups["satisfying"])
            ),
            corrected=len(corrected),
        )
    return examples


def _example(row_id: int, row: Row, base: Row, related: Mapping[str, Row], corrected: Row | str | None) -> Example:
    values = base | row
    others = values.pop("with", {})
    return Example(
        id=row_id,
        row=_with_id({"id": row_id} | values, row_id),
        related={
            table: [_with_id(related.get(table, {}) | other, row_id) for other in rows]
            for table, rows in others.items()
        },
        corrected=corrected,
    )


def _with_id(row: Row, row_id: int) -> Row:
    def filled(value: Any) -> Any:
        if value == "$id":
            return row_id
        return value.replace("$id", str(row_id)) if isinstance(value, str) else value

    return {column: filled(value) for column, value in row.items()}


def load(connection: Connection, examples: RuleExamples) -> None:
    """Replace what is in the schema by the examples of one rule."""
    clear(connection)
    for table, rows in examples.world.items():
        insert(connection, table, [{"created_at": _LONG_AGO} | row for row in rows])
    next_id = FIRST_RELATED
    for example in (*examples.violating, *examples.satisfying):
        insert(connection, examples.table, [example.row])
        for table, rows in example.related.items():
            for row in rows:
                next_id += 1
                insert(connection, table, [{"id": next_id} | _ledger_columns(table, row) | row])
    connection.commit()


def clear(connection: Connection) -> None:
    """Empty every table an example may use, and what corrections write."""
    for table in (
        *(
            "appointment_phases",
            "appointment_modifications",
            "appointments",
            "retell_call_sessions",
            "calls",
            "customers",
            "phone_numbers",
        ),
        *("services", "staff", "branches", "companies"),
        *("data_consistency_alerts", "manual_review_queue", "consistency_corrections"),
    ):
        connection.exec_driver_sql(f"DELETE FROM {table}")


def insert(connection: Connection, table: str, rows: list[Row]) -> None:
    """Insert rows whose columns may differ."""
    for row in rows:
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)


def _ledger_columns(table: str, row: Row) -> Row:
    if table != "data_consistency_alerts":
        return {}
    times = ("first_seen_at", "last_seen_at", "created_at", "updated_at")
    return {
        "alert_type": "booking_claim_parked",
        "entity_type": "call",
        "description": "A booking was claimed without an appointment.",
        "fingerprint": finding_fingerprint("booking_claim_parked", "call", row["entity_id"]),
        **dict.fromkeys(times, row["detected_at"]),
    }


def read_rows(connection: Connection, table: str) -> dict[int, Row]:
    """Every row of a table as plain values, by id."""
    rows = connection.execute(text(f"SELECT * FROM {table}")).mappings()
    return {row["id"]: {column: plain(value) for column, value in row.items()} for row in rows}


def plain(value: Any) -> Any:
    """A value as the YAML file would write it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return float(value)
    return value
