"""Incidents: what stops the machine and waits for a person (table consistency_incidents).

One function a transition, which writes state and event together: open -> approved -> applying -> closed, or rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.ledger import events, gates
from data_consistency.ledger.events import Event, Kind

CAP_EXCEEDED = "cap_exceeded"
NOT_EVALUATED = "not_evaluated"
DRIFT = "drift"  # something of ours is missing in the schema, or is not as it should be
RUN_DIED = "run_died"

OPEN, APPROVED, APPLYING, REJECTED, CLOSED = "open", "approved", "applying", "rejected", "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident."""

    id: int
    kind: str
    rule: str
    table: str
    company_id: int | None  # whose rows it is about; None: of several
    status: str
    found: int
    cap: int
    detail: str
    run_id: str
    rule_fingerprint: str | None  # the version of the rule that its plan was made by
    expires_at: datetime | None
    applied_by: str | None  # run
    opened_at: datetime
    last_seen_at: datetime
    decided_by: str | None


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
    rule_fingerprint: str | None = None,
    expires_at: datetime | None = None,
    digest: str | None = None,
) -> int | None:
    """Open an incident, or note that it lasts.

    Returns:
        Its id; None: one is there already, which stays what it was.
    """
    gates.hold(connection, rule)
    for known in of_rule(connection, rule):
        if known.kind == kind and known.table == table and known.company_id == company_id and known.status == OPEN:
            sql.run(connection, "see_incident", incident_id=known.id, detail=detail[:500], now=now)
            return None
    opened = sql.run(
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
        rule_fingerprint=rule_fingerprint,
        expires_at=expires_at,
        now=now,
    )
    incident = get(connection, int(opened.lastrowid))
    _tell(connection, incident, None, OPEN, run_id=run_id, now=now, detail={"found": found, "cap": cap}, digest=digest)
    return incident.id


def move(
    connection: Connection,
    incident: Incident,
    status: str,
    *,
    run_id: str,
    now: datetime,
    actor: str | None = None,
    detail: Mapping[str, object] | None = None,
    digest: str | None = None,
) -> None:
    """An incident that is locked goes from one state to the next.

    Args:
        connection: in a transaction that has locked it.
        incident: as it was locked.
        status: the next.
        run_id: of the decision, or of the run that applies or closes it.
        now: UTC, naive.
        actor: the person who decided; None: who began the run.
        detail: what else the event says.
        digest: of the plan that is decided about.
    """
    is_decided = status in {APPROVED, REJECTED}
    sql.run(
        connection,
        "move_incident",
        incident_id=incident.id,
        status=status,
        decided_at=now if is_decided else None,
        decided_by=actor if is_decided else None,
        applied_by=run_id if status == APPLYING else None,
        now=now,
    )
    _tell(
        connection, incident, incident.status, status, run_id=run_id, now=now, actor=actor, detail=detail, digest=digest
    )


def see(connection: Connection, incident: Incident, *, now: datetime) -> None:
    """It lasts, or is being applied."""
    sql.run(connection, "see_incident", incident_id=incident.id, detail=incident.detail, now=now)


def close_of(connection: Connection, *, kind: str, rule: str, table: str, run_id: str, now: datetime) -> None:
    """Close open incidents of a rule whose cause is gone."""
    for incident in waiting(connection, kind=kind, table=table):
        if incident.rule == rule:
            close(connection, incident, run_id=run_id, now=now)


def close(connection: Connection, incident: Incident, *, run_id: str, now: datetime) -> None:
    """Close an open incident whose cause is gone, unless somebody else has just decided it."""
    locked = lock(connection, incident.id)
    if locked.status == OPEN:
        move(connection, locked, CLOSED, run_id=run_id, now=now, detail={"why": "its cause is gone"})


def waiting(connection: Connection, *, kind: str, table: str) -> list[Incident]:
    """Open incidents of one kind about a table, oldest first."""
    rows = sql.run(connection, "incidents_of_table", kind=kind, table_name=table).mappings()
    return [_incident(row) for row in rows]


def of_rule(connection: Connection, rule: str) -> list[Incident]:
    """Incidents of a rule that are not settled, oldest first."""
    return [_incident(row) for row in sql.run(connection, "incidents_of_rule", rule=rule).mappings()]


def close_deaths(connection: Connection, *, run_id: str, now: datetime) -> None:
    """A run that ended well ends what was told of dead ones of its kind."""
    for row in sql.run(connection, "deaths_of_kind", run_id=run_id).mappings().all():
        close(connection, _incident(row), run_id=run_id, now=now)


def list_incidents(connection: Connection, *statuses: str) -> list[Incident]:
    """Incidents in the given states, oldest first; none given: the open ones."""
    rows = sql.run(connection, "list_incidents", statuses=list(statuses or (OPEN,))).mappings()
    return [_incident(row) for row in rows]


def take_questions(
    connection: Connection, *, asked_by: str, now: datetime, until: datetime, at_most: int
) -> list[Incident]:
    """Plans that wait for a decision and that nobody holds before people now; the caller holds them from here on.

    Args:
        connection: in a transaction.
        asked_by: run of a scheduler that asks.
        now: UTC, naive.
        until: when the hold ends by itself; UTC, naive.
        at_most: how many; oldest first.
    """
    rows = sql.run(connection, "plans_to_ask", asked_by=asked_by, now=now).mappings().all()
    taken = sorted((_incident(row) for row in rows), key=lambda incident: incident.id)[:at_most]
    for incident in taken:
        hold_question(connection, incident.id, asked_by=asked_by, now=now, until=until)
    return taken


def hold_question(connection: Connection, incident_id: int, *, asked_by: str, now: datetime, until: datetime) -> None:
    """Hold a plan before people for longer; nothing happens where it is decided, or another run holds it."""
    sql.run(connection, "hold_question", incident_id=incident_id, asked_by=asked_by, now=now, until=until)


def get(connection: Connection, incident_id: int) -> Incident:
    """One incident.

    Raises:
        WrongUse: there is none.
    """
    return _one(connection, "get_incident", incident_id)


def lock(connection: Connection, incident_id: int) -> Incident:
    """One incident, which nobody else can decide until this transaction has ended.

    Raises:
        WrongUse: there is none.
    """
    return _one(connection, "lock_incident", incident_id)


def _one(connection: Connection, query: str, incident_id: int) -> Incident:
    row = sql.run(connection, query, incident_id=incident_id).mappings().one_or_none()
    if row is None:
        raise WrongUse(f"incident {incident_id} does not exist; `consistency incident list` shows the open ones")
    return _incident(row)


def _incident(row: RowMapping) -> Incident:
    return Incident(
        id=int(row["id"]),
        kind=str(row["kind"]),
        rule=str(row["rule"]),
        table=str(row["table_name"]),
        company_id=None if row["company_id"] is None else int(row["company_id"]),
        status=str(row["status"]),
        found=int(row["found"]),
        cap=int(row["cap"]),
        detail=str(row["detail"]),
        run_id=str(row["run_id"]),
        rule_fingerprint=None if row["rule_fingerprint"] is None else str(row["rule_fingerprint"]),
        expires_at=row["expires_at"],
        applied_by=None if row["applied_by"] is None else str(row["applied_by"]),
        opened_at=row["opened_at"],
        last_seen_at=row["last_seen_at"],
        decided_by=None if row["decided_by"] is None else str(row["decided_by"]),
    )


def _tell(
    connection: Connection,
    incident: Incident,
    state_from: str | None,
    state_to: str,
    *,
    run_id: str,
    now: datetime,
    actor: str | None = None,
    detail: Mapping[str, object] | None = None,
    digest: str | None = None,
) -> None:
    event = Event(
        kind=Kind.INCIDENT,
        state_from=state_from,
        state_to=state_to,
        subject_id=incident.id,
        rule=incident.rule,
        rule_fingerprint=incident.rule_fingerprint,
        company_id=incident.company_id,
        detail={"kind": incident.kind, **(detail or {})},
        digest=digest,
    )
    events.append(connection, [event], run_id=run_id, now=now, actor=actor)
