"""Cancelling and moving, with what the real server refuses and how it says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consistency_sandbox.fake_calcom import seats as places
from consistency_sandbox.fake_calcom.body import BYPASSES, require_free, require_object, start_of
from consistency_sandbox.fake_calcom.creating import Written
from consistency_sandbox.fake_calcom.records import VOID, Record
from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import World

_CANCEL = frozenset({"cancellationReason", "cancelSubsequentBookings", "seatUid"})
_MOVE = BYPASSES | {
    "start",
    "rescheduledBy",
    "reschedulingReason",
    "emailVerificationCode",
    "rescheduleWithSameHost",
    "seatUid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """What is to be cancelled: bookings as a whole, or one guest's place."""

    records: tuple[Record, ...]
    reason: str = ""
    seat_uid: str | None = None
    is_series: bool = False  # by the uid of all its recurrences


def check_cancel(world: World, uid: str, body: Any, *, is_host: bool = True) -> Cancellation:
    """What may be cancelled; a host has to say why.

    Raises:
        Denied: unknown, cancelled, ended, a reason is needed or must not be given.
    """
    asked = require_object(body, _CANCEL)
    series = _series(world, uid)
    if series:
        return Cancellation(records=series, reason=_reason(world, series[0], asked, is_host=is_host), is_series=True)
    record = _known(world, uid)
    if record.status == "cancelled":
        raise Denied(400, f"Can't cancel booking with uid={uid} because it has been cancelled already.")
    if record.end < world.clock.now():
        raise Denied(400, "Cannot cancel a booking that has already ended")
    if "seatUid" in asked:
        if "cancellationReason" in asked:
            raise Denied(400, "cancellationReason property is wrong, it should not exist beside seatUid", on_top=True)
        return Cancellation(records=(record,), seat_uid=places.seat_in(record, asked["seatUid"]).uid)
    reason = _reason(world, record, asked, is_host=is_host)
    records: tuple[Record, ...] = (record,)
    if asked.get("cancelSubsequentBookings") and record.recurring_uid:
        records = tuple(row for row in _series(world, record.recurring_uid) if row.start >= record.start)
    return Cancellation(records=records, reason=reason)


def carry_out(world: World, record: Record, order: Cancellation) -> Record:
    """Cancel one of the bookings, or the guest's place in it."""
    if order.seat_uid is not None:
        return places.rise(world, record, order.seat_uid)
    return cancel(world, record, order.reason)


def cancel(world: World, record: Record, reason: str) -> Record:
    """Cancel it; guests who shared it are forgotten, unless the server keeps them."""
    now = world.clock.now()
    seats = record.seats if world.switches.keeps_cancelled_seats else ()
    done = replace(record, status="cancelled", cancellation_reason=reason, updated_at=now, seats=seats)
    world.put(done)
    return done


def reschedule(world: World, uid: str, body: Any) -> Written:
    """The booking at the new time: a new row, not a new time, but for a seated one that moves as a whole.

    Raises:
        Denied: unknown, cancelled or rejected, taken, in the past.
    """
    asked = require_object(body, _MOVE)
    record = _known(world, uid)
    if record.status in VOID:
        raise Denied(400, f"Can't reschedule booking with uid={uid} because it has been {record.status}.")
    start = start_of(world, asked)
    if "seatUid" in asked:
        seat = places.seat_in(record, asked["seatUid"])
        return Written(record=places.change_time(world, record, seat, start), seat_uid=seat.uid)
    end = start + (record.end - record.start)
    require_free(world, start, end, besides=uid)
    return Written(record=move(world, record, start, reason=str(asked.get("reschedulingReason") or ""))[0])


def move(world: World, record: Record, start: datetime, *, reason: str = "") -> tuple[Record, Record]:
    """Move without asking whether it may be."""
    now = world.clock.now()
    if record.seated:
        moved = replace(record, start=start, end=start + (record.end - record.start), updated_at=now)
        world.put(moved)
        return moved, moved
    successor_uid = world.new_uid()
    successor = replace(
        record,
        id=world.next_number(),
        uid=successor_uid,
        start=start,
        end=start + (record.end - record.start),
        created_at=now,
        updated_at=None,
        rescheduled_from=record.uid,
        rescheduled_to=None,
        root_uid=record.root_uid or record.uid,
        cancellation_reason=reason,  # as the real one does
        rescheduling_reason=reason,
    )
    old = replace(record, status="cancelled", rescheduled_to=successor_uid, updated_at=now)
    world.put(old)
    world.put(successor)
    return successor, old


def _known(world: World, uid: str) -> Record:
    record = world.stored(uid)
    if record is None:
        raise Denied(404, f"Booking with uid={uid} was not found in the database")
    return record


def _series(world: World, uid: str) -> tuple[Record, ...]:
    """What is still live of a series."""
    rows = (row for row in world.all_stored() if row.recurring_uid == uid and row.status not in VOID)
    return tuple(sorted(rows, key=lambda row: row.start))


def _reason(world: World, record: Record, asked: Mapping[str, Any], *, is_host: bool) -> str:
    reason = str(asked.get("cancellationReason") or "")
    kind = world.event_types.get(record.event_type)
    if kind is not None and kind.needs_cancellation_reason and not reason:
        raise Denied(400, "Cancellation reason is required")
    if is_host and world.switches.needs_reason and not reason:
        raise Denied(400, "Cancellation reason is required when you are the host", on_top=True)
    return reason
