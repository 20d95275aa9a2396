"""Incidents: what stops the machine and waits for a person (table consistency_incidents)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.errors import WrongUse

CAP_EXCEEDED = "cap_exceeded"
NOT_EVALUATED = "not_evaluated"
DRIFT = "drift"  # something of ours is missing in the schema, or is not as it should be


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident."""

    id: int
    kind: str
    rule: str
    table: str
    status: str
    found: int
    cap: int
    detail: str
    run_id: str
    opened_at: datetime


def open_incident(
    connection: Connection,
    *,
    kind: str,
    rule: str,
    table: str,
    found: int,
    cap: int,
    detail: str,
    run_id: str,
    now: datetime,
    company_id: int | None = None,
) -> None:
    """Open an incident, or note that it lasts."""
    sql.run(
        connection,
        "open_incident",
        kind=kind,
        rule=rule,
        table_name=table,
        company_id=company_id,
        found=found,
        cap=cap,
        detail=detail[:500],
        run_id=run_id,
        now=now,
    )


def close(
    connection: Connection, *, kind: str, rule: str, table: str, now: datetime, statuses: tuple[str, ...] = ("open",)
) -> None:
    """Close incidents whose cause is gone, or whose approval is used up."""
    sql.run(connection, "close_incidents", kind=kind, rule=rule, table_name=table, statuses=list(statuses), now=now)


def list_incidents(connection: Connection, *statuses: str) -> list[Incident]:
    """Incidents in the given states, oldest first; none given: the open ones."""
    rows = sql.run(connection, "list_incidents", statuses=list(statuses or ("open",))).mappings()
    return [
        Incident(
            id=int(row["id"]),
            kind=str(row["kind"]),
            rule=str(row["rule"]),
            table=str(row["table_name"]),
            status=str(row["status"]),
            found=int(row["found"]),
            cap=int(row["cap"]),
            detail=str(row["detail"]),
            run_id=str(row["run_id"]),
            opened_at=row["opened_at"],
        )
        for row in rows
    ]


def decide(connection: Connection, incident_id: int, *, approve: bool, actor: str, now: datetime) -> None:
    """Approve or reject an open incident.

    Raises:
        WrongUse: it is not open.
    """
    status = "approved" if approve else "rejected"
    done = sql.run(connection, "decide_incident", incident_id=incident_id, status=status, actor=actor, now=now).rowcount
    if not done:
        raise WrongUse(f"incident {incident_id} is not open; `consistency incident list` shows the open ones")


def approved_rows(connection: Connection, rule: str) -> int:
    """Rows that people have allowed one rule to change, beyond its cap."""
    return int(sql.run(connection, "approved_rows", rule=rule).scalar_one())


def rejected_rows(connection: Connection, rule: str, *, since: datetime) -> int:
    """The most rows of one rule that a person has lately refused to change."""
    return int(sql.run(connection, "rejected_rows", rule=rule, since=since).scalar_one())
