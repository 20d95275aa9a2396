"""What is done about hints: the calendar is asked once, its answer decides, and the hint is forgotten."""

from collections.abc import Iterator

import pytest

from consistency_sandbox.fake_calcom.faults import Kind
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.calendar import mirror
from data_consistency.ledger import hints
from data_consistency.pipeline.hinted import HintWorker
from tests import hinting, worlds
from tests.breakers import breakers_of
from tests.calendar_world import Calendar

_UNKNOWN = "calendar_booking_has_appointment"
_GONE = "coming_appointment_is_in_the_calendar"


@pytest.fixture
def worker(ours: Calendar) -> Iterator[HintWorker]:
    """The worker of a service that acts."""
    with breakers_of(ours.rt) as breakers, BookingGuard(ours.rt, mode=Mode.ENFORCE) as guard:
        ours.reconcile()
        ours.fake.world.log.clear()
        yield HintWorker(ours.rt, guard, breakers, ours.sources)


def _asked(ours: Calendar) -> list[str]:
    return [request.path for request in ours.fake.world.log]


def test_a_booking_that_nobody_here_knows_is_found_at_once(ours: Calendar, worker: HintWorker) -> None:
    """Read by its uid, found in the list of the key, mirrored, judged."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)

    assert 1 == worker.work()

    assert {(_UNKNOWN, 1)} == ours.findings()
    assert [(1, record.uid, "accepted")] == ours.mirror()
    assert 1 == sum(path.endswith(record.uid) for path in _asked(ours))


def test_what_was_said_is_looked_at_some_times_and_the_calendar_once(ours: Calendar, worker: HintWorker) -> None:
    """The application may write its rows after the message; then the hint is done, and later forgotten."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)

    for _ in range(hints.LOOKS):
        assert [] != hinting.waiting(ours.rt)
        hinting.make_due(ours.rt)
        assert 1 == worker.work()

    assert [] == hinting.waiting(ours.rt)
    assert 0 == worker.work()
    assert 1 == sum(path.endswith(record.uid) for path in _asked(ours))
    worlds.execute(ours.rt.engine, "UPDATE consistency_hints SET done_at = done_at - INTERVAL 21 MINUTE")
    assert 1 == ours.rt.repeated(hints.forget)


def test_an_appointment_that_is_written_after_the_message(ours: Calendar, worker: HintWorker) -> None:
    """What the first look told of is resolved by the second, and the calendar is not asked again."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)
    worker.work()
    before = ours.findings()

    ours.book(record)
    hinting.make_due(ours.rt)
    worker.work()

    assert {(_UNKNOWN, 1)} == before
    assert set() == ours.findings()


def test_a_cancellation_that_leaves_before_it_is_stored(ours: Calendar, worker: HintWorker) -> None:
    """The calendar is asked until it says the same."""
    record = ours.fake.add(start=ours.coming())
    row = ours.book(record)
    hinting.put(ours.rt, record.uid, "BOOKING_CANCELLED")
    worker.work()
    early = ours.findings()

    ours.fake.act("cancel", uid=record.uid)
    hinting.make_due(ours.rt)
    worker.work()

    assert set() == early
    assert {(_GONE, row)} == ours.findings()


def test_a_moved_booking_brings_the_one_before(ours: Calendar, worker: HintWorker) -> None:
    """Both are read, and are one chain."""
    record = ours.fake.add(start=ours.coming())
    ours.fake.act("move", uid=record.uid)
    (moved,) = [one for one in ours.fake.world.all_stored() if one.uid != record.uid]
    hinting.put(ours.rt, moved.uid, "BOOKING_RESCHEDULED", other_ref=record.uid)

    worker.work()

    assert {(1, record.uid, "cancelled"), (1, moved.uid, "accepted")} == set(ours.mirror())
    roots = {row[0] for row in ours.mirror("COALESCE(root_uid, calcom_uid)")}
    assert {record.uid} == roots


@pytest.mark.parametrize("kind", [Kind.SAYS_ERROR, Kind.HTML, Kind.TRUNCATED], ids=lambda kind: kind.value)
def test_a_calendar_that_answers_200_with_nonsense(ours: Calendar, worker: HintWorker, kind: Kind) -> None:
    """Nothing is mirrored and nothing found; the next look is as good as the first."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)
    ours.fake.fail(kind, path=f"/v2/bookings/{record.uid}", status=200)

    worker.work()
    nothing = ours.mirror(), ours.findings()
    hinting.make_due(ours.rt)
    worker.work()

    assert ([], set()) == nothing
    assert {(_UNKNOWN, 1)} == ours.findings()


def test_a_hint_of_nothing_changes_nothing(ours: Calendar, worker: HintWorker) -> None:
    """A booking that is not there is no proof: its appointment is left to the reading of all."""
    record = ours.fake.add(start=ours.coming())
    ours.book(record)
    ours.reconcile(horizon=True)
    before = ours.mirror("calcom_uid, status, changed_at")
    ours.fake.act("delete", uid=record.uid)
    for ref in (record.uid, "nobody", "#4711"):
        hinting.put(ours.rt, ref, "BOOKING_CANCELLED")

    for _ in range(len(hints.WAITS) + 1):
        hinting.make_due(ours.rt)
        worker.work()

    assert before == ours.mirror("calcom_uid, status, changed_at")
    assert set() == ours.findings()
    assert [] == hinting.waiting(ours.rt)
    assert [] == worlds.execute(ours.rt.engine, "SELECT id FROM consistency_runs WHERE kind = 'hint'")


def test_a_strangers_booking_is_not_mirrored(ours: Calendar, worker: HintWorker) -> None:
    """Whoever has a uid may read its booking; only the list of the key says whose it is."""
    record = ours.fake.add(start=ours.coming(), stranger=True)
    hinting.put(ours.rt, record.uid)

    worker.work()

    assert [] == ours.mirror()
    assert set() == ours.findings()


def test_the_same_uid_in_two_companies(ours: Calendar, worker: HintWorker) -> None:
    """A hint of one company is about its own booking; one of a company without a calendar is about none."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid, company=2)
    hinting.put(ours.rt, record.uid, company=1)

    while worker.work():
        pass

    assert [(1, record.uid, "accepted")] == ours.mirror()
    assert {1} == {row[0] for row in worlds.execute(ours.rt.engine, "SELECT company_id FROM data_consistency_alerts")}


def test_while_the_calendar_is_read_nobody_looks(ours: Calendar, worker: HintWorker) -> None:
    """What two read at once would be stored in any order; it is not counted as a look."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)

    with mirror.only_reader(ours.rt.engine, 1) as is_ours:
        assert is_ours
        worker.work()

    assert [(record.uid, 0)] == hinting.waiting(ours.rt)
    assert [] == ours.mirror()


def test_many_hints_of_one_booking_are_one_look(ours: Calendar, worker: HintWorker) -> None:
    """In whatever order they come."""
    record = ours.fake.add(start=ours.coming())
    ours.fake.act("cancel", uid=record.uid)
    for kind in ("BOOKING_CANCELLED", "BOOKING_CREATED", "BOOKING_PAID", "BOOKING_CANCELLED") * 5:
        hinting.put(ours.rt, record.uid, kind)

    while worker.work():
        pass

    assert 1 == sum(path.endswith(record.uid) for path in _asked(ours))
    assert [(1, record.uid, "cancelled")] == ours.mirror()


def test_the_scheduler_finds_nothing_new_afterwards(ours: Calendar, worker: HintWorker) -> None:
    """What a hint found is what the hourly run finds: the same findings, and no second one."""
    record = ours.fake.add(start=ours.coming())
    hinting.put(ours.rt, record.uid)
    worker.work()
    found = worlds.execute(ours.rt.engine, "SELECT id, alert_type FROM data_consistency_alerts ORDER BY id")

    ours.age(record.uid)
    ours.reconcile()

    assert found == worlds.execute(ours.rt.engine, "SELECT id, alert_type FROM data_consistency_alerts ORDER BY id")
