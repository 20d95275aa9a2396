"""What the database says of a booking just announced, and taking one back: rows, audit, finding and review together."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.booking.verdict import BookingReading, BookingRequest, Calendar, ValidationResult
from data_consistency.db import sql
from data_consistency.db.values import to_json
from data_consistency.ledger import queue
from data_consistency.rules.outcomes import finding_fingerprint

# Findings of the guard itself, beside those of the rules.
ROLLBACK = "appointment_rollback"
CONTRADICTION = "announced_booking_is_contradicted"
_CORRECTION = "roll_back_booking"
_IDS = (
    "calcom_booking_id",
    "calcom_v2_booking_id",
    "calcom_v2_booking_uid",
    "calcom_booking_uid",
    "calcom_previous_booking_uid",
    "external_id",
)
_TELL = {
    ROLLBACK: "A booking was announced that exists nowhere; the call's booking columns were taken back.",
    CONTRADICTION: "A booking was announced that the appointments or the calendar contradict; nothing was changed.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a booking beside the appointment that was looked for."""

    appointment_rows: int
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """A booking that is to be looked at again."""

    id: int
    request: BookingRequest
    requested_at: datetime
    attempts: int


def read(connection: Connection, request: BookingRequest, *, as_of: datetime | None = None) -> BookingReading | None:
    """Call and appointment, fresh from the rows, in one statement; None: no such call of that company.

    Args:
        connection: to the primary: a replica may lack what was just written.
        request: what is expected.
        as_of: when the booking was announced, UTC, naive; None: now, by the server's clock.
    """
    row = (
        sql.run(
            connection,
            "booking_reading",
            call_id=request.call_id,
            company_id=request.company_id,
            appointment_id=request.appointment_id,
            booking_id=request.external_booking_id,
            as_of=as_of,
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _reading(row)


def _reading(row: RowMapping) -> BookingReading:
    return BookingReading(
        call_id=int(row["call_id"]),
        company_id=_int(row["company_id"]),
        retell_call_id=str(row["retell_call_id"]),
        appointment_made=bool(row["appointment_made"]),
        session_outcome=row["session_outcome"],
        has_booked_outcome=bool(row["has_booked_outcome"]),
        appointment_link_status=row["appointment_link_status"],
        appointment_id=_int(row["appointment_id"]),
        appointment_call_id=_int(row["appointment_call_id"]),
        appointment_status=row["appointment_status"],
        appointment_created_at=row["appointment_created_at"],
        age_seconds=_int(row["age_seconds"]),
        calendar_ids=frozenset(str(row[name]) for name in _IDS if row[name] not in {None, ""}),
        is_change=bool(row["is_change"]),
        appointment_was_changed=bool(row["appointment_was_changed"]),
    )


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))


def evidence(connection: Connection, request: BookingRequest) -> Evidence:
    """Other rows of the call, and what the mirror of the calendar knows.

    The mirror is as old as its last reading: it can prove a booking of the last minutes, never its absence.
    """
    booking_id = request.external_booking_id
    row = sql.run(
        connection,
        "booking_evidence",
        call_id=request.call_id,
        appointment_id=request.appointment_id,
        booking_id=booking_id,
        booking_number=int(booking_id) if booking_id is not None and _is_number(booking_id) else None,
    ).one()
    if row.mirrored:
        calendar = Calendar.BOOKED
    elif row.calendar_seen_at is None:
        calendar = Calendar.NONE
    else:
        calendar = Calendar.SILENT
    return Evidence(appointment_rows=int(row.appointment_rows), calendar=calendar)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def roll_back(
    connection: Connection, request: BookingRequest, result: ValidationResult, *, run_id: str, actor: str, now: datetime
) -> bool:
    """Take every booking column of a call back, with audit, finding and a review item, in the caller's transaction.

    Returns:
        Whether anything was changed: not if somebody was first, or an appointment has appeared meanwhile.
    """
    before = _locked(connection, request)
    if before is None:
        return False
    sql.run(connection, "roll_back_booking", call_id=request.call_id, reason=result.reason)
    after = _locked(connection, request) or {}
    differing = [name for name in before if before[name] != after.get(name)]
    if not differing:
        return False
    sql.run(
        connection,
        "insert_correction",
        run_id=run_id,
        rule=ROLLBACK,
        rule_fingerprint=hashlib.sha256(
            sql.query(sql.project_of(connection), "roll_back_booking").encode()
        ).hexdigest(),
        correction=_CORRECTION,
        table_name="calls",
        entity_id=request.call_id,
        company_id=before["company_id"],
        before_values=to_json({name: before[name] for name in differing}),
        after_values=to_json({name: after[name] for name in differing}),
        evidence=str(result.reason),
        actor=actor,
        now=now,
    )
    tell(connection, ROLLBACK, request, result, company_id=_int(before["company_id"]), run_id=run_id, now=now)
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
    now: datetime,
) -> None:
    """A critical finding about a call and its review item of priority 1; told twice, it is one of each."""
    said = {"reason": result.reason, "verdict": result.verdict.value, "appointment_id": request.appointment_id}
    sql.run(
        connection,
        "tell_of_booking",
        rule=rule,
        call_id=request.call_id,
        company_id=company_id,
        description=_TELL[rule],
        metadata=json.dumps(said),
        fingerprint=finding_fingerprint(rule, "call", request.call_id),
        run_id=run_id,
        now=now,
    )
    item = queue.NewItem(
        rule_id=rule,
        entity="call",
        entity_id=request.call_id,
        company_id=company_id,
        priority=1,
        context={"why": str(result.reason), **said},
        proposal=None,
    )
    queue.open_items(connection, [item], run_id=run_id, now=now)


def put_recheck(
    connection: Connection,
    request: BookingRequest,
    *,
    requested_at: datetime,
    due_at: datetime,
    cause: str,
    now: datetime,
) -> None:
    """Have a booking looked at again."""
    sql.run(
        connection,
        "put_recheck",
        company_id=request.company_id,
        call_id=request.call_id,
        appointment_id=request.appointment_id,
        external_booking_id=request.external_booking_id,
        requested_at=requested_at,
        due_at=due_at,
        cause=cause[:255],
        now=now,
    )


def due_rechecks(connection: Connection, *, now: datetime, limit: int = 200) -> list[Recheck]:
    """What is to be looked at again now."""
    return [
        Recheck(
            id=int(row["id"]),
            request=BookingRequest(
                call_id=int(row["call_id"]),
                company_id=_int(row["company_id"]),
                appointment_id=_int(row["appointment_id"]),
                external_booking_id=row["external_booking_id"],
            ),
            requested_at=row["requested_at"],
            attempts=int(row["attempts"]),
        )
        for row in sql.run(connection, "due_rechecks", now=now, limit=limit).mappings()
    ]


def settle_recheck(
    connection: Connection, item: Recheck, *, status: str, cause: str, wait: timedelta, now: datetime
) -> bool:
    """Note what became of one look; False: another worker was first."""
    done = sql.run(
        connection,
        "settle_recheck",
        id=item.id,
        attempts=item.attempts,
        status=status,
        cause=cause[:255],
        due_at=now + wait,
        now=now,
    )
    return bool(done.rowcount)
