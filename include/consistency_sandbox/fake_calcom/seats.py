"""Seated bookings of the fake server: guests who share one booking, come and go."""

from dataclasses import replace
from datetime import datetime

from consistency_sandbox.fake_calcom.records import VOID, Record, Seat
from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import EventType, World


def shared(world: World, kind: EventType, start: datetime) -> Record | None:
    """The booking that whoever comes at this time joins."""
    return next(
        (
            row
            for row in world.all_stored()
            if row.event_type == kind.id and row.start == start and row.status not in VOID
        ),
        None,
    )


def sit(world: World, record: Record, seat: Seat) -> Record:
    """One guest more.

    Raises:
        Denied: no place is left.
    """
    kind = world.event_types.get(record.event_type)
    if kind is not None and len(record.seats) >= kind.seats:
        raise Denied(409, "No more seats left at this seated booking.")
    joined = replace(record, seats=(*record.seats, seat), updated_at=world.clock.now())
    world.put(joined)
    return joined


def rise(world: World, record: Record, uid: str) -> Record:
    """One guest less; with the last one the booking is cancelled."""
    left = tuple(seat for seat in record.seats if seat.uid != uid)
    status = record.status if left else "cancelled"
    done = replace(record, seats=left, status=status, updated_at=world.clock.now())
    world.put(done)
    return done


def seat_in(record: Record, uid: object) -> Seat:
    """A guest's place in a booking.

    Raises:
        Denied: he has none there.
    """
    seat = next((one for one in record.seats if one.uid == uid), None)
    if seat is None:
        raise Denied(400, "Invalid seatUid: this seat does not exist or has already been cancelled.", on_top=True)
    return seat


def change_time(world: World, record: Record, seat: Seat, start: datetime) -> Record:
    """One guest goes to another time: to the booking there, or to a new one; the others stay."""
    kind = world.event_types[record.event_type]
    there = shared(world, kind, start)
    rise(world, record, seat.uid)
    if there is not None:
        return sit(world, there, seat)
    now, uid = world.clock.now(), world.new_uid()
    moved = replace(
        record,
        id=world.next_number(),
        uid=uid,
        start=start,
        end=start + (record.end - record.start),
        created_at=now,
        updated_at=None,
        status="accepted",
        seats=(seat,),
        rescheduled_from=record.uid,
        root_uid=record.root_uid or record.uid,
    )
    world.put(moved)
    return moved
