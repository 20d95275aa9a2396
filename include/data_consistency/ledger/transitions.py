"""States of findings: one function a transition, which locks the findings, changes them and writes the events.

open -> in_review -> corrected, resolved, accepted (a person said: right as it is) or dismissed (no fault, or not to
be looked at). What is accepted or dismissed is nobody's question while its violation lasts; when that is gone it is
resolved, and a violation that comes back is open again. Checks open and reopen, in `findings.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind

_BATCH = 1000


class State(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    IN_REVIEW = "in_review"
    CORRECTED = "corrected"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    PARKED = "parked"  # a note of our triggers, no finding of a rule


_UNSETTLED = frozenset({State.OPEN, State.IN_REVIEW})
_LASTING = _UNSETTLED | {State.ACCEPTED, State.DISMISSED, State.PARKED}


def into_review(
    connection: Connection, fingerprints: Sequence[str], *, run_id: str, now: datetime, actor: str | None = None
) -> None:
    """Open findings become a person's."""
    for rows in _locked(connection, fingerprints, {State.OPEN}):
        sql.run(connection, "mark_in_review", ids=_ids(rows), now=now)
        _tell(connection, rows, State.IN_REVIEW, run_id=run_id, now=now, actor=actor)


def corrected(
    connection: Connection,
    fingerprints: Sequence[str],
    *,
    notes: str,
    run_id: str,
    now: datetime,
    actor: str | None = None,
) -> None:
    """Findings that an audited change has put right."""
    for rows in _locked(connection, fingerprints, frozenset(State) - {State.CORRECTED}):
        sql.run(connection, "mark_corrected", ids=_ids(rows), now=now, notes=notes)
        _tell(connection, rows, State.CORRECTED, run_id=run_id, now=now, actor=actor)


def resolve(
    connection: Connection,
    alert_ids: Sequence[int],
    *,
    notes: str,
    run_id: str,
    now: datetime,
    actor: str | None = None,
) -> None:
    """Findings whose violation is gone."""
    for start in range(0, len(alert_ids), _BATCH):
        batch = list(alert_ids[start : start + _BATCH])
        rows = _in(sql.run(connection, "lock_findings_of_ids", ids=batch).mappings().all(), _LASTING)
        if rows:
            sql.run(connection, "resolve_findings", ids=_ids(rows), now=now, notes=notes)
            _tell(connection, rows, State.RESOLVED, run_id=run_id, now=now, actor=actor)


def end(
    connection: Connection,
    fingerprint: str,
    state: State,
    *,
    notes: str,
    run_id: str,
    now: datetime,
    actor: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """A person ends a finding: accepted, dismissed, or resolved where the violation is known to be gone."""
    for rows in _locked(connection, [fingerprint], _UNSETTLED):
        sql.run(connection, "end_findings", ids=_ids(rows), status=state.value, now=now, notes=notes)
        _tell(connection, rows, state, run_id=run_id, now=now, actor=actor, detail=detail)


def reopen_undone(
    connection: Connection, fingerprints: Sequence[str], *, notes: str, run_id: str, now: datetime, actor: str
) -> None:
    """Findings whose correction was taken back are open again."""
    for rows in _locked(connection, fingerprints, {State.CORRECTED}):
        sql.run(connection, "reopen_undone", ids=_ids(rows), now=now, notes=notes)
        _tell(connection, rows, State.OPEN, run_id=run_id, now=now, actor=actor, detail={"why": "undone"})


def _locked(
    connection: Connection, fingerprints: Sequence[str], states: frozenset[State] | set[State]
) -> Iterator[list[RowMapping]]:
    for start in range(0, len(fingerprints), _BATCH):
        batch = list(fingerprints[start : start + _BATCH])
        found = _in(sql.run(connection, "lock_findings", fingerprints=batch).mappings().all(), states)
        if found:
            yield found


def _in(rows: Sequence[RowMapping], states: frozenset[State] | set[State]) -> list[RowMapping]:
    return [row for row in rows if row["status"] in states]


def _ids(rows: Sequence[RowMapping]) -> list[int]:
    return [int(row["id"]) for row in rows]


def _tell(
    connection: Connection,
    rows: Sequence[RowMapping],
    state: State,
    *,
    run_id: str,
    now: datetime,
    actor: str | None,
    detail: Mapping[str, object] | None = None,
) -> None:
    happened = [
        Event(
            kind=Kind.FINDING,
            state_from=str(row["status"]),
            state_to=state.value,
            rule=str(row["alert_type"]),
            rule_fingerprint=None if row["rule_fingerprint"] is None else str(row["rule_fingerprint"]),
            entity=str(row["entity_type"]),
            entity_id=None if row["entity_id"] is None else int(row["entity_id"]),
            company_id=None if row["company_id"] is None else int(row["company_id"]),
            detail=detail or {},
        )
        for row in rows
    ]
    events.append(connection, happened, run_id=run_id, now=now, actor=actor)
