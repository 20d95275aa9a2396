"""Random calendars with known differences, read through random outages: what is found is what differs, and no more."""

import random
from datetime import timedelta

import pytest

from consistency_sandbox.fake_calcom.faults import Kind as Fault
from consistency_sandbox.fake_calcom.records import Record
from tests import worlds
from tests.calendar_world import Calendar, naive

_UNKNOWN = "calendar_booking_has_appointment"
_GONE = "coming_appointment_is_in_the_calendar"
_HELD = "void_appointment_is_not_in_the_calendar"
_ZONE = "appointment_is_in_the_zone_of_the_calendar"
_MOVED = "appointment_is_at_the_time_of_the_calendar"
_OTHER_CALL = "calendar_booking_is_of_this_call"
_OUTAGES = (Fault.HTML, Fault.EMPTY, Fault.TRUNCATED, Fault.SAYS_ERROR, Fault.RESET, Fault.BODY_B)
_KINDS = ("same", "same", "unknown", "gone", "cancelled", "held", "zone", "moved", "other_call", "later_cancelled")


class _World:
    """Bookings and appointments, and what a person who knows both would say of them."""

    def __init__(self, ours: Calendar, seed: int) -> None:
        self.ours = ours
        self.random = random.Random(seed)
        self.expected: set[tuple[str, str]] = set()  # rule, uid
        self.later: list[tuple[str, str]] = []
        for number in range(40):
            self._one(self.random.choice(_KINDS), number)

    def _one(self, kind: str, number: int) -> None:
        start = self.ours.coming(self.random.uniform(1, 150)) + timedelta(minutes=number)
        named = {"call_id": "call_elsewhere"} if kind == "other_call" else {}
        record = self.ours.fake.add(start=start, metadata=named, age=self.random.randrange(1200, 90 * 86_400))
        getattr(self, f"_{kind}")(record)

    def _same(self, record: Record) -> None:
        self.ours.book(record)

    def _unknown(self, record: Record) -> None:
        self.expected.add((_UNKNOWN, record.uid))

    def _gone(self, record: Record) -> None:
        self.ours.fake.act("delete", uid=record.uid)
        self._expect(_GONE, record)

    def _cancelled(self, record: Record) -> None:
        self.ours.fake.act("cancel", uid=record.uid)
        self._expect(_GONE, record)

    def _later_cancelled(self, record: Record) -> None:
        self.ours.book(record)
        self.later.append((_GONE, record.uid))

    def _held(self, record: Record) -> None:
        self._expect(_HELD, record, status=self.random.choice(["cancelled", "rejected"]))

    def _zone(self, record: Record) -> None:
        self._shifted(_ZONE, record, self.random.choice([-120, -60, 60, 120]))

    def _moved(self, record: Record) -> None:
        self._shifted(_MOVED, record, self.random.choice([-300, -61, -1, 1, 59, 119, 600]))

    def _other_call(self, record: Record) -> None:
        self._expect(_OTHER_CALL, record, call_id=worlds.add_call(self.ours.rt.engine))

    def _shifted(self, rule: str, record: Record, minutes: int) -> None:
        shift = timedelta(minutes=minutes)
        self._expect(rule, record, starts_at=naive(record.start) + shift, ends_at=naive(record.end) + shift)

    def _expect(self, rule: str, record: Record, **values: object) -> None:
        self.ours.book(record, **values)
        self.expected.add((rule, record.uid))

    def found(self) -> set[tuple[str, str]]:
        """Open findings, by the uid of their booking."""
        engine = self.ours.rt.engine
        rows = worlds.execute(engine, "SELECT id, calcom_v2_booking_uid FROM appointments")
        mirrored = worlds.execute(engine, "SELECT id, calcom_uid FROM consistency_calcom_bookings")
        return {
            (rule, str(dict(mirrored if rule == _UNKNOWN else rows)[entity])) for rule, entity in self.ours.findings()
        }

    def read_through_outages(self) -> None:
        """Until a run is complete; the breaker is closed again between the runs, as after its time."""
        for attempt in range(12):
            if attempt < 6 and self.random.random() < 0.8:
                times = self.random.randrange(1, 3)
                self.ours.fake.fail(self.random.choice(_OUTAGES), path="/v2/bookings", status=None, times=times)
            result = self.ours.reconcile()
            worlds.execute(self.ours.rt.engine, "DELETE FROM circuit_breaker_states")
            assert self.found() <= self.expected
            if result.is_complete:
                self.ours.fake.world.faults.clear()
                return
        raise AssertionError("no run was complete")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_is_what_differs(ours: Calendar, seed: int) -> None:
    """In part while a reading is in part, never anything else; in whole when it is complete."""
    world = _World(ours, seed)

    world.read_through_outages()
    first = world.found()
    for _, uid in world.later:
        ours.fake.act("cancel", uid=uid)
        ours.age(uid)
    ours.reconcile()

    assert world.expected == first
    assert world.expected | set(world.later) == world.found()
    assert {} == ours.incidents()
