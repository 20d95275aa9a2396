"""Plans: what an incident asks leave for, row by row (table consistency_plan_rows).

A plan is written once, when its incident is opened. Approved, its digest stands in the event of the approval; what is
applied must have that digest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.db.digests import digest


class Outcome(StrEnum):
    """What became of a row of a plan."""

    APPLIED = "applied"
    TO_REVIEW = "to_review"  # refused by its correction or by the database, or wrong all the same
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One row as a person is shown it; values as the audit keeps them."""

    entity_id: int
    company_id: int | None
    before: Mapping[str, object]
    after: Mapping[str, object] | None  # None: its correction refuses it
    evidence: str
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow(Shown):
    """One row of a plan, and what became of it."""

    outcome: str | None = None
    why: str | None = None  # of a row that was not applied


def digest_of(rows: Sequence[PlanRow], *, rule_fingerprint: str) -> str:
    """What a plan says: rows, values, companies and the version of its rule."""
    said = [
        (row.entity_id, row.company_id, row.before, row.after, row.evidence, row.refusal)
        for row in sorted(rows, key=lambda row: row.entity_id)
    ]
    return digest((rule_fingerprint, said))


def store(connection: Connection, incident_id: int, table: str, rows: Sequence[PlanRow]) -> None:
    """Write the plan of an incident that was just opened."""
    sql.run_many(
        connection,
        "insert_plan_row",
        [
            {
                "incident_id": incident_id,
                "table_name": table,
                "entity_id": row.entity_id,
                "company_id": row.company_id,
                "before_values": json.dumps(row.before),
                "after_values": None if row.after is None else json.dumps(row.after),
                "evidence": row.evidence,
                "refusal": row.refusal,
            }
            for row in rows
        ],
    )


def rows_of(connection: Connection, incident_id: int) -> list[PlanRow]:
    """The whole plan, by id of the row."""
    return [_row(row) for row in sql.run(connection, "plan_rows", incident_id=incident_id).mappings()]


def rows_left(connection: Connection, incident_id: int, *, limit: int) -> list[PlanRow]:
    """The next rows that nothing has been done about."""
    rows = sql.run(connection, "plan_rows_left", incident_id=incident_id, batch=limit).mappings()
    return [_row(row) for row in rows]


def still_open(connection: Connection, incident_id: int, rule: str) -> int:
    """How many rows of a plan still have an open finding."""
    found = sql.run(connection, "count_plan_rows_still_open", incident_id=incident_id, rule=rule)
    return int(found.scalar_one())


def digest_when(connection: Connection, incident_id: int, state: str) -> str | None:
    """What the plan said when its incident was opened, or approved; None: it was not."""
    found = sql.run(connection, "plan_digest_when", incident_id=incident_id, state=state).scalar_one_or_none()
    return None if found is None else str(found)


def settle(
    connection: Connection,
    incident_id: int,
    outcomes: Mapping[int, tuple[Outcome, str | None]],
    *,
    run_id: str,
    now: datetime,
) -> None:
    """Write what became of some rows, by id, and why."""
    groups: dict[tuple[Outcome, str | None], list[int]] = {}
    for entity_id, became in outcomes.items():
        groups.setdefault(became, []).append(entity_id)
    for (outcome, why), ids in groups.items():
        sql.run(
            connection,
            "settle_plan_rows",
            incident_id=incident_id,
            ids=ids,
            outcome=outcome.value,
            why=None if why is None else why[:255],
            run_id=run_id,
            now=now,
        )


def counts(connection: Connection, incident_id: int) -> dict[str, int]:
    """What became of the rows so far: `applied`, `to_review: <why>`, `left_out: <why>`; `waiting`: nothing yet."""
    found = {}
    for outcome, why, rows in sql.run(connection, "plan_outcomes", incident_id=incident_id):
        found[f"{outcome or 'waiting'}{f': {why}' if why else ''}"] = int(rows)
    return found


def _row(row: RowMapping) -> PlanRow:
    return PlanRow(
        entity_id=int(row["entity_id"]),
        company_id=None if row["company_id"] is None else int(row["company_id"]),
        before=json.loads(str(row["before_values"])),
        after=None if row["after_values"] is None else json.loads(str(row["after_values"])),
        evidence=str(row["evidence"]),
        refusal=None if row["refusal"] is None else str(row["refusal"]),
        outcome=None if row["outcome"] is None else str(row["outcome"]),
        why=None if row["why"] is None else str(row["why"]),
    )
