"""The outbox: messages are stored with the change they speak of and delivered after it (table consistency_outbox)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger.incidents import Incident, list_incidents

MAX_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A finding nobody has been told about."""

    id: int
    rule: str
    entity: str
    entity_id: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message that waits."""

    id: int
    dedupe_key: str
    kind: str
    severity: str
    subject: str
    body: str


def untold_findings(connection: Connection, *, severity: str) -> list[Untold]:
    """Open findings of a severity that no message has named, by rule."""
    rows = sql.run(connection, "untold_findings", severity=severity).mappings()
    return [
        Untold(
            id=int(row["id"]),
            rule=str(row["alert_type"]),
            entity=str(row["entity_type"]),
            entity_id=int(row["entity_id"]),
            description=str(row["description"]),
        )
        for row in rows
    ]


def untold_incidents(connection: Connection) -> list[Incident]:
    """Open incidents that no message has named."""
    untold = {int(incident_id) for (incident_id,) in sql.run(connection, "untold_incidents")}
    return [incident for incident in list_incidents(connection) if incident.id in untold]


def mark_told(connection: Connection, alert_ids: Sequence[int], *, now: datetime) -> None:
    """Findings a message has named."""
    if alert_ids:
        sql.run(connection, "mark_findings_told", ids=list(alert_ids), now=now)


def mark_incidents_told(connection: Connection, incident_ids: Sequence[int], *, now: datetime) -> None:
    """Incidents a message has named."""
    if incident_ids:
        sql.run(connection, "mark_incidents_told", ids=list(incident_ids), now=now)


def put(
    connection: Connection, *, dedupe_key: str, kind: str, severity: str, subject: str, body: str, now: datetime
) -> None:
    """Add a message; the same key again adds nothing."""
    sql.run(
        connection,
        "put_message",
        dedupe_key=dedupe_key[:191],
        kind=kind,
        severity=severity,
        subject=subject[:255],
        body=body,
        now=now,
    )


def pending(connection: Connection) -> list[Entry]:
    """Messages to deliver, oldest first."""
    rows = sql.run(connection, "pending_messages", attempts=MAX_ATTEMPTS).mappings()
    return [Entry(**{key: row[key] for key in Entry.__slots__}) for row in rows]


def retry(connection: Connection) -> int:
    """Messages that were given up wait again; returns how many."""
    return sql.run(connection, "retry_messages", attempts=MAX_ATTEMPTS).rowcount


def sent(connection: Connection, message_id: int, *, now: datetime) -> None:
    """A message was handed over."""
    sql.run(connection, "message_sent", message_id=message_id, now=now)


def failed(connection: Connection, message_id: int, *, error: str) -> None:
    """A message could not be handed over; it is tried again."""
    sql.run(connection, "message_failed", message_id=message_id, error=error[:500])
