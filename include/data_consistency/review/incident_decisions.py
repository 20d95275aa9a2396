"""Decisions about incidents: see the plan, approve it, reject it. One transaction each."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.errors import WrongUse
from data_consistency.ledger import gates, incidents, plans
from data_consistency.ledger.incidents import Incident
from data_consistency.ledger.plans import PlanRow
from data_consistency.logs import logger_of
from data_consistency.review.desk import Sitting, sit_down
from data_consistency.review.viewers import Role, Viewer, require, require_company
from data_consistency.rules import Mode
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIncident:
    """An incident with all that it asks for, or that became of it."""

    incident: Incident
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDecided:
    """What came of a decision."""

    incident_id: int
    status: str
    rows: int  # of the plan
    run_id: str  # whose events tell it


def list_incidents(rt: Runtime, *statuses: str) -> list[Incident]:
    """Incidents in some states; none named: those that wait for a person."""
    with rt.transaction() as connection:
        return incidents.list_incidents(connection, *statuses)


def show_incident(rt: Runtime, incident_id: int, person: Viewer) -> ShownIncident:
    """One incident and its plan, row by row.

    Raises:
        WrongUse: there is none.
    """
    with rt.transaction() as connection:
        incident = incidents.get(connection, incident_id)
        require_company(person, incident.company_id, f"incident {incident_id}")
        return ShownIncident(incident=incident, rows=tuple(plans.rows_of(connection, incident_id)))


def approve_incident(rt: Runtime, incident_id: int, person: Viewer) -> IncidentDecided:
    """Approve the plan of an incident: the next run applies those rows and values, once, before it expires.

    Raises:
        WrongUse: they may not, it is not open, has no plan, has expired, or its rule has changed.
    """
    return _decide(rt, incident_id, person, incidents.APPROVED)


def reject_incident(rt: Runtime, incident_id: int, person: Viewer) -> IncidentDecided:
    """Refuse; nothing is changed, and these rows are never corrected without being asked about again.

    Raises:
        WrongUse: they may not, it is not open, or nothing was asked for.
    """
    return _decide(rt, incident_id, person, incidents.REJECTED)


def _decide(rt: Runtime, incident_id: int, person: Viewer, status: str) -> IncidentDecided:
    require(person, Role.ADMIN, "decide incidents")
    sitting = sit_down(rt, person)

    def decide(connection: Connection) -> IncidentDecided:
        known = incidents.get(connection, incident_id)
        gates.hold(connection, known.rule)
        decided = _decided(connection, sitting, incidents.lock(connection, incident_id), status)
        sitting.end(connection)
        return decided

    decided = rt.repeated(decide)
    logger.info("incident decided incident=%d status=%s actor=%s", incident_id, status, person.name)
    return decided


def _decided(connection: Connection, sitting: Sitting, incident: Incident, status: str) -> IncidentDecided:
    require_company(sitting.person, incident.company_id, f"incident {incident.id}")
    if incident.status != incidents.OPEN:
        raise WrongUse(
            f"incident {incident.id} is not open but {incident.status}; `consistency incident list` shows the open ones"
        )
    if incident.kind != incidents.CAP_EXCEEDED:
        raise WrongUse(f"incident {incident.id} asks for nothing: {incident.detail}; it closes when that is mended")
    rows = plans.rows_of(connection, incident.id)
    digest = plans.digest_of(rows, rule_fingerprint=incident.rule_fingerprint or "")
    if status == incidents.APPROVED:
        _require_valid(connection, sitting, incident, rows, digest)
    incidents.move(
        connection,
        incident,
        status,
        run_id=sitting.run_id,
        now=sitting.now,
        actor=sitting.person.name,
        detail={"rows": len(rows)},
        digest=digest,
    )
    return IncidentDecided(incident_id=incident.id, status=status, rows=len(rows), run_id=sitting.run_id)


def _require_valid(
    connection: Connection, sitting: Sitting, incident: Incident, rows: list[PlanRow], digest: str
) -> None:
    rule = next((r for suite in sitting.rt.suites().values() for r in suite.rules if r.id == incident.rule), None)
    why = None
    if not rows or incident.expires_at is None:
        why = "it names no rows; the next run closes it and asks anew"
    elif digest != plans.digest_when(connection, incident.id, incidents.OPEN):
        why = "its plan is not what it was when it was opened; `consistency audit verify`"
    elif incident.expires_at <= sitting.now:
        why = f"its plan expired at {incident.expires_at:%Y-%m-%d %H:%M} UTC; the next run asks anew"
    elif rule is None or rule.mode is not Mode.CORRECT:
        why = f"rule '{incident.rule}' corrects nothing any more; reject it"
    elif rule.fingerprint != incident.rule_fingerprint:
        why = f"rule '{incident.rule}' has changed since; the next run asks anew"
    if why is not None:
        raise WrongUse(f"incident {incident.id} cannot be approved: {why}")
