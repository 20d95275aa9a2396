"""What the database says of a booking just announced, and which bookings are to be looked at again."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.booking.request import BookingRequest
from data_consistency.booking.verdict import BookingReading, Calendar
from data_consistency.db import sql

_IDS = (
    "calcom_booking_id",
    "calcom_v2_booking_id",
    "calcom_v2_booking_uid",
    "calcom_booking_uid",
    "calcom_previous_booking_uid",
    "external_id",
)
# Longer than a look and what follows it take: the calendar is asked for eight seconds at most.
LEASE_SECONDS = 60


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
        as_of: when we were told of it, UTC, naive; None: now, by the server's clock. A time of announcement in the
            request goes before it.
    """
    row = (
        sql.run(
            connection,
            "booking_reading",
            call_id=request.call_id,
            company_id=request.company_id,
            appointment_id=request.appointment_id,
            booking_id=request.external_booking_id,
            idempotency_key=request.idempotency_key,
            announced_at=request.announced_at,
            as_of=as_of,
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _reading(row)


def _reading(row: RowMapping) -> BookingReading:
    return BookingReading(
        call_id=int(row["call_id"]),
        company_id=int_of(row["company_id"]),
        retell_call_id=str(row["retell_call_id"]),
        appointment_made=bool(row["appointment_made"]),
        session_outcome=row["session_outcome"],
        has_booked_outcome=bool(row["has_booked_outcome"]),
        appointment_link_status=row["appointment_link_status"],
        appointment_id=int_of(row["appointment_id"]),
        appointment_call_id=int_of(row["appointment_call_id"]),
        appointment_status=row["appointment_status"],
        appointment_created_at=row["appointment_created_at"],
        age_seconds=int_of(row["age_seconds"]),
        calendar_ids=frozenset(str(row[name]) for name in _IDS if row[name] not in {None, ""}),
        is_change=bool(row["is_change"]),
        appointment_was_changed=bool(row["appointment_was_changed"]),
        live_appointment_id=int_of(row["live_appointment_id"]),
        known_digest=row["known_digest"],
    )


def int_of(value: object) -> int | None:
    """A number of the database; None: none stands there."""
    return None if value is None else int(str(value))


def evidence(connection: Connection, request: BookingRequest) -> Evidence:
    """Other rows of the call, and what the mirror of the calendar knows.

    The mirror is as old as its last reading: it can prove a booking of the last minutes, never its absence. Whether a
    calendar is connected is each company's own.
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
    unseen = Calendar.SILENT if row.is_connected else Calendar.NONE
    calendar = Calendar.BOOKED if row.mirrored else unseen
    return Evidence(appointment_rows=int(row.appointment_rows), calendar=calendar)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


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
        announced_at=request.announced_at,
        requested_at=requested_at,
        due_at=due_at,
        cause=cause[:255],
        now=now,
    )


def due_rechecks(connection: Connection, *, now: datetime, limit: int = 200) -> list[Recheck]:
    """What is to be looked at again now."""
    return _rechecks(sql.run(connection, "due_rechecks", now=now, limit=limit).mappings())


def hinted_rechecks(
    connection: Connection,
    company_id: int | None,
    *,
    calls: Collection[int],
    bookings: Collection[str],
    limit: int = 200,
) -> list[Recheck]:
    """What waits, due or not, of some calls and of some bookings of the calendar."""
    found = sql.run(
        connection,
        "hinted_rechecks",
        company_id=company_id,
        calls=sorted(calls) or [0],  # no call, no booking
        bookings=sorted(bookings) or [""],
        limit=limit,
    )
    return _rechecks(found.mappings())


def _rechecks(found: Iterable[RowMapping]) -> list[Recheck]:
    return [
        Recheck(
            id=int(row["id"]),
            request=BookingRequest(
                call_id=int(row["call_id"]),
                company_id=int_of(row["company_id"]),
                appointment_id=int_of(row["appointment_id"]),
                external_booking_id=row["external_booking_id"],
                announced_at=row["announced_at"],
            ),
            requested_at=row["requested_at"],
            attempts=int(row["attempts"]),
        )
        for row in found
    ]


def lease_recheck(connection: Connection, item: Recheck, *, seconds: int = LEASE_SECONDS) -> str | None:
    """Take one for some seconds, by the server's clock; None: somebody else has it, or is done with it."""
    token = secrets.token_hex(16)
    taken = sql.run(
        connection, "lease_recheck", id=item.id, attempts=item.attempts, token=token, seconds=seconds
    ).rowcount
    return token if taken else None


def release_recheck(connection: Connection, item: Recheck, token: str) -> None:
    """It waits on as before."""
    sql.run(connection, "release_recheck", id=item.id, token=token)


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
