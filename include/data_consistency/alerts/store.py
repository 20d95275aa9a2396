"""Alerts in the database: the row of each life, and what has happened to it.

Whoever changes an alert takes the lock first: one row, so that two who look at the same time tell once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.alerts.life import Life
from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.rules import Severity

LOCK = "alerts"  # name of a heartbeat: whoever tells people beats it, and holds it to the end of its transaction
_LATELY = timedelta(hours=48)

Places = Mapping[str, Mapping[str, str]]  # of failed tasks: DAG, task, address of its log


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert: what it is about, for whom, and its life."""

    id: int
    topic: str  # rule:..., incident:..., failure:...
    route: str
    life: Life = field(default_factory=Life)
    acknowledged_by: str | None = None
    thread: str | None = None  # key of the message that its thread began with
    subject: str | None = None
    places: Places = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is about."""
        return self.topic.split(":", 1)[0]

    @property
    def failing(self) -> int:
        """Tasks that fail."""
        return sum(map(len, self.places.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an alert."""

    at: datetime
    what: str
    rows: int
    actor: str
    detail: str | None


def lock(connection: Connection, now: datetime) -> None:
    """Be the only one who changes alerts, until the transaction ends."""
    sql.run(connection, "beat", name=LOCK, run_id=None, now=now)


def load(connection: Connection, now: datetime) -> dict[tuple[str, str], Alert]:
    """Alerts that are open or ended lately, by topic and route."""
    rows = sql.run(connection, "alert_lives", since=now - _LATELY).mappings()
    return {(alert.topic, alert.route): alert for alert in map(_alert, rows)}


def get(connection: Connection, alert_id: int) -> Alert:
    """One alert.

    Raises:
        WrongUse: there is none.
    """
    row = sql.run(connection, "alert_life", alert_id=alert_id).mappings().one_or_none()
    if row is None:
        raise WrongUse(f"alert {alert_id} does not exist; `consistency alert list` shows those that are open")
    return _alert(row)


def list_open(connection: Connection, now: datetime) -> list[Alert]:
    """Open alerts, the worst and oldest first."""
    found = [alert for alert in load(connection, now).values() if alert.life.opened_at is not None]
    rank = {severity: number for number, severity in enumerate(Severity)}
    return sorted(found, key=lambda one: (rank[one.life.severity], one.life.opened_at, one.id))


def begin(connection: Connection, topic: str, route: str, severity: Severity, now: datetime) -> Alert:
    """The alert of a topic on a route; made if there is none."""
    result = sql.run(connection, "begin_alert", topic=topic, route=route, severity=severity.value, now=now)
    return get(connection, int(result.lastrowid))


def keep(connection: Connection, alert: Alert, now: datetime) -> None:
    """Write down what is known of an alert."""
    one = alert.life
    sql.run(
        connection,
        "keep_alert",
        alert_id=alert.id,
        opened_at=one.opened_at,
        severity=one.severity.value,
        row_count=one.rows,
        quiet_since=one.quiet_since,
        closed_at=one.closed_at,
        last_opened_at=one.last_opened_at,
        returns=one.returns,
        told_at=one.told_at,
        known_at=one.known_at,
        known_rows=one.known_rows,
        known_severity=one.known_severity.value,
        renewals=one.renewals,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=alert.acknowledged_by if one.acknowledged_at else None,
        snoozed_until=one.snoozed_until,
        escalated_at=one.escalated_at,
        thread=alert.thread,
        subject=alert.subject,
        places=json.dumps(alert.places) if alert.places else None,
        now=now,
    )


def note(connection: Connection, alert: Alert, what: str, *, actor: str, now: datetime, detail: str = "") -> None:
    """Add to what has happened to an alert."""
    sql.run(
        connection,
        "insert_alert_event",
        alert_id=alert.id,
        what=what[:20],
        row_count=alert.life.rows,
        actor=actor[:100],
        detail=detail[:255] or None,
        now=now,
    )


def events(connection: Connection, alert_id: int, *, limit: int = 50) -> list[Event]:
    """What has happened to an alert, newest first."""
    rows = sql.run(connection, "events_of_alert", alert_id=alert_id, limit=limit).mappings()
    return [
        Event(
            at=row["occurred_at"],
            what=str(row["what"]),
            rows=int(row["row_count"]),
            actor=str(row["actor"]),
            detail=None if row["detail"] is None else str(row["detail"]),
        )
        for row in rows
    ]


def _alert(row: RowMapping) -> Alert:
    return Alert(
        id=int(row["id"]),
        topic=str(row["topic"]),
        route=str(row["route"]),
        life=Life(
            opened_at=row["opened_at"],
            severity=Severity(row["severity"]),
            rows=int(row["row_count"]),
            quiet_since=row["quiet_since"],
            closed_at=row["closed_at"],
            last_opened_at=row["last_opened_at"],
            returns=int(row["returns"]),
            told_at=row["told_at"],
            known_at=row["known_at"],
            known_rows=int(row["known_rows"]),
            known_severity=Severity(row["known_severity"]),
            renewals=int(row["renewals"]),
            acknowledged_at=row["acknowledged_at"],
            snoozed_until=row["snoozed_until"],
            escalated_at=row["escalated_at"],
        ),
        acknowledged_by=None if row["acknowledged_by"] is None else str(row["acknowledged_by"]),
        thread=None if row["thread"] is None else str(row["thread"]),
        subject=None if row["subject"] is None else str(row["subject"]),
        places=_places(row["places"]),
    )


def _places(document: object) -> Places:
    """What stands there, as far as it can be read; a person may have edited it."""
    try:
        found = json.loads(str(document or "{}"))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(dag): {str(task): str(log) for task, log in tasks.items()}
        for dag, tasks in found.items()
        if isinstance(tasks, dict)
    }
