"""What the booking guard writes: a call's booking columns taken back, findings of its own, questions to people."""

import hashlib
import json
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.booking.request import BookingRequest
from data_consistency.booking.rows import int_of
from data_consistency.booking.verdict import ValidationResult
from data_consistency.correct import gate
from data_consistency.correct.warrant import Ask, Warrant
from data_consistency.db import sql
from data_consistency.errors import GateClosed
from data_consistency.ledger import audit, events, queue
from data_consistency.ledger.audit import Change
from data_consistency.ledger.events import Event, Kind
from data_consistency.ledger.items import NewItem
from data_consistency.ledger.transitions import State
from data_consistency.rules.outcomes import Violation, finding_fingerprint

# Findings of the guard itself, beside those of the rules.
ROLLBACK = "appointment_rollback"
CONTRADICTION = "announced_booking_is_contradicted"
_CORRECTION = "roll_back_booking"
TOLD = {
    ROLLBACK: "A booking was announced that exists nowhere; the call's booking columns were taken back.",
    CONTRADICTION: "A booking was announced that the appointments or the calendar contradict; nothing was changed.",
}
# A finding that is told again stays what it is; whatever a person has ended is another announcement's now.
_LASTS = frozenset({State.OPEN, State.IN_REVIEW})


def roll_back(
    connection: Connection,
    request: BookingRequest,
    result: ValidationResult,
    *,
    run_id: str,
    actor: str,
    now: datetime,
    warrant: Warrant,
) -> bool:
    """Take every booking column of a call back, with audit, finding, item and events, in the caller's transaction.

    Returns:
        Whether anything was changed: not if somebody was first, or an appointment has appeared meanwhile.

    Raises:
        GateClosed: nothing may be written, or not to a call of this company; nothing was changed.
    """
    ask = Ask(rule=ROLLBACK, table="calls", mode=None, run_id=run_id, now=now)
    leave = gate.enter(connection, ask, warrant)
    before = _locked(connection, request)
    if before is None:
        return False
    company_id = int_of(before["company_id"])
    row = Violation(entity_id=request.call_id, company_id=company_id, changed_at=now, bits=1)
    if (why := leave.sort({request.call_id: row}).get(request.call_id)) is not None:
        raise GateClosed(f"call {request.call_id} of company {company_id} is left as it is: {why}", reason=why)
    leave.spend("call", [request.call_id])
    leave.run([request.call_id], "roll_back_booking", call_id=request.call_id, reason=result.reason)
    after = _locked(connection, request) or {}
    differing = [name for name in before if before[name] != after.get(name)]
    if not differing:
        return False
    statement = sql.query(sql.project_of(connection), "roll_back_booking")
    change = Change(
        rule=ROLLBACK,
        rule_fingerprint=hashlib.sha256(statement.encode()).hexdigest(),
        correction=_CORRECTION,
        table="calls",
        entity="call",
        entity_id=request.call_id,
        company_id=company_id,
        before={name: before[name] for name in differing},
        after={name: after[name] for name in differing},
        evidence=str(result.reason),
        authority=warrant.authority.value,
        detail=leave.told,
    )
    audit.record(connection, [change], run_id=run_id, actor=actor, now=now)
    tell(connection, ROLLBACK, request, result, company_id=company_id, run_id=run_id, actor=actor, now=now)
    return True


def _locked(connection: Connection, request: BookingRequest) -> dict[str, object] | None:
    row = (
        sql.run(connection, "lock_call_for_rollback", call_id=request.call_id, company_id=request.company_id)
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)


def tell(
    connection: Connection,
    rule: str,
    request: BookingRequest,
    result: ValidationResult,
    *,
    company_id: int | None,
    run_id: str,
    actor: str,
    now: datetime,
) -> None:
    """A critical finding about a call and its review item of priority 1; told twice, it is one of each.

    What a person decides about the item ends the finding: no check would ever see it gone. The chain of the run's
    events ends here.
    """
    said = {"reason": result.reason, "verdict": result.verdict.value, "appointment_id": request.appointment_id}
    fingerprint = finding_fingerprint(rule, "call", request.call_id)
    # Items before findings, as everywhere: whoever decides the item now is not waited for in a circle.
    sql.run(connection, "lock_open_items_of", fingerprints=[fingerprint])
    known = sql.run(connection, "lock_findings", fingerprints=[fingerprint]).mappings().one_or_none()
    sql.run(
        connection,
        "tell_of_booking",
        rule=rule,
        call_id=request.call_id,
        company_id=company_id,
        description=TOLD[rule],
        metadata=json.dumps(said),
        fingerprint=fingerprint,
        run_id=run_id,
        now=now,
    )
    if known is None or known["status"] not in _LASTS:
        opened = Event(
            kind=Kind.FINDING,
            state_from=None if known is None else str(known["status"]),
            state_to=State.OPEN.value,
            rule=rule,
            entity="call",
            entity_id=request.call_id,
            company_id=company_id,
        )
        events.append(connection, [opened], run_id=run_id, now=now, actor=actor)
    item = NewItem(
        rule_id=rule,
        entity="call",
        entity_id=request.call_id,
        company_id=company_id,
        priority=1,
        context={"why": str(result.reason), **said},
        proposal=None,
    )
    queue.open_items(connection, [item], run_id=run_id, now=now, actor=actor)
    events.seal(connection, run_id=run_id, state="succeeded", now=now, actor=actor)
