"""A time that the calendar proves is proposed, approved by a person, guarded, taken back; the rest is only asked."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from consistency_sandbox.fake_calcom.records import Record
from data_consistency.errors import InvalidRule, WrongUse
from data_consistency.ledger.items import Item
from data_consistency.review import decisions
from data_consistency.rules.corrections import CORRECTABLE, DECIDED_BY_PEOPLE, load_correction
from data_consistency.rules.rule import Mode
from tests import people, worlds
from tests.calendar_world import Calendar, naive
from tests.people import ADMIN, ANN, BOB
from tests.rounds import run_all

pytestmark = pytest.mark.every_server

_GONE = "coming_appointment_is_in_the_calendar"
_ZONE = "appointment_is_in_the_zone_of_the_calendar"
_MOVED = "appointment_is_at_the_time_of_the_calendar"
_CONFIRMED = "confirmation_is_that_of_the_calendar"
_QUARTER = timedelta(minutes=15)


def _shifted(ours: Calendar, minutes: int = 45, days: float = 2, **values: object) -> tuple[Record, int]:
    """A booking, and its appointment at another time."""
    record = ours.fake.add(start=ours.coming(days), age=7200)
    shift = timedelta(minutes=minutes)
    row = ours.book(record, starts_at=naive(record.start) + shift, ends_at=naive(record.end) + shift, **values)
    return record, row


def _times(ours: Calendar, row: int) -> tuple[object, object]:
    stored = worlds.row(ours.rt.engine, "appointments", row)
    return stored["starts_at"], stored["ends_at"]


@pytest.mark.parametrize(("minutes", "rule"), [(45, _MOVED), (-60, _ZONE), (120, _ZONE)])
def test_a_time_that_differs_is_proposed_approved_and_taken_back(ours: Calendar, minutes: int, rule: str) -> None:
    """Both sides stand beside the proposal; audit and undo are those of every correction."""
    record, row = _shifted(ours, minutes)
    before = _times(ours, row)
    ours.reconcile()
    item = ours.item(rule)

    run_all(ours.rt, "by_itself")
    untouched = _times(ours, row)
    done = people.approve(ours.rt, item.id, ANN)
    after = _times(ours, row)
    audited = worlds.execute(ours.rt.engine, "SELECT rule, authority, actor FROM consistency_corrections")
    undone = decisions.undo(ours.rt, ADMIN, run_id=done.run_id)

    wanted = (naive(record.start), naive(record.end))
    assert {"starts_at": wanted[0].isoformat(), "ends_at": wanted[1].isoformat()} == item.proposal
    assert "differences" in item.context
    assert before == untouched, "no run writes a time by itself"
    assert ("applied", wanted) == (done.done, after)
    assert [(rule, "person", "ann")] == audited
    assert (1, before) == (undone.undone, _times(ours, row))


@pytest.mark.parametrize("moves", [1, 3])
def test_a_move_in_the_calendar_is_proposed_with_its_ids(ours: Calendar, moves: int) -> None:
    """Time, number, uid and the uid before: the next reconciliation finds nothing."""
    record = ours.fake.add(start=ours.coming(), age=7200)
    row = ours.book(record, calcom_v2_booking_id=record.uid)
    uid = record.uid
    for step in range(moves):
        moved = ours.fake.act("move", uid=uid, start=(ours.coming(3 + step)).isoformat())
        uid = str(moved["uid"]) if isinstance(moved, dict) else moved.uid
        ours.age(uid)
    ours.age(record.uid)
    ours.reconcile(horizon=True)
    item = ours.item(_GONE)

    done = people.approve(ours.rt, item.id, ANN)
    ours.reconcile(horizon=True)

    target = ours.fake.world.stored(uid)
    assert target is not None
    stored = worlds.row(ours.rt.engine, "appointments", row)
    assert "applied" == done.done
    assert (naive(target.start), naive(target.end)) == (stored["starts_at"], stored["ends_at"])
    assert (target.id, uid, uid) == tuple(
        stored[name] for name in ("calcom_booking_id", "calcom_v2_booking_uid", "calcom_v2_booking_id")
    )
    assert record.uid == stored["calcom_previous_booking_uid"]
    assert set() == ours.findings()


def _staff(ours: Calendar) -> None:
    worlds.execute(ours.rt.engine, "INSERT INTO staff (id, company_id, name) VALUES ('s1', 1, 'Kerstin Simon')")


def _with_somebody_there(ours: Calendar, record: Record) -> None:
    _staff(ours)
    start = naive(record.start)
    worlds.add_appointment(
        ours.rt.engine, company_id=1, staff_id="s1", starts_at=start + _QUARTER, ends_at=start + 3 * _QUARTER,
        status="confirmed",
    )  # fmt: skip


def test_a_time_at_which_somebody_is_is_not_proposed(ours: Calendar) -> None:
    """The question stays, says why and names who is there."""
    record = ours.fake.add(start=ours.coming(), age=7200)
    _with_somebody_there(ours, record)
    row = ours.book(record, staff_id="s1", starts_at=naive(record.start) + timedelta(hours=3),
                    ends_at=naive(record.end) + timedelta(hours=3))  # fmt: skip
    there = worlds.execute(ours.rt.engine, "SELECT id FROM appointments WHERE id <> :id", id=row)

    ours.reconcile()

    item = ours.item(_MOVED)
    assert (None, "time_is_taken") == (item.proposal, item.context["why"])
    assert [number for (number,) in there] == item.context["candidates"]
    with pytest.raises(WrongUse, match="nothing is proposed"):
        people.approve(ours.rt, item.id, ANN)


def test_somebody_who_came_meanwhile_is_seen_before_it_is_written(ours: Calendar) -> None:
    """What was free when it was shown is asked again under the lock; nothing is written."""
    _staff(ours)
    record, row = _shifted(ours, 180, staff_id="s1")
    before = _times(ours, row)
    ours.reconcile()
    item = ours.item(_MOVED)
    start = naive(record.start)
    worlds.add_appointment(ours.rt.engine, company_id=1, staff_id="s1", starts_at=start, ends_at=start + _QUARTER,
                           status="confirmed")  # fmt: skip

    with pytest.raises(WrongUse, match="time_is_taken"):
        people.approve(ours.rt, item.id, ANN)

    assert before == _times(ours, row)
    fresh = decisions.refresh(ours.rt, item.id, ANN)
    assert (None, "time_is_taken") == (fresh.proposal, fresh.context["why"])
    assert "differences" in fresh.context


@pytest.mark.parametrize("change", ["row", "calendar"])
def test_what_changed_since_it_was_shown_is_not_written(ours: Calendar, change: str) -> None:
    """The row has another time by now, or the calendar has."""
    record, row = _shifted(ours)
    ours.reconcile()
    item = ours.item(_MOVED)
    later = naive(record.start) + timedelta(hours=5)
    if change == "row":
        worlds.execute(
            ours.rt.engine, "UPDATE appointments SET starts_at = :at, ends_at = :at + INTERVAL 1 HOUR WHERE id = :id",
            at=later, id=row,
        )  # fmt: skip
    else:
        worlds.execute(
            ours.rt.engine, "UPDATE consistency_calcom_bookings SET starts_at = :at, ends_at = :at + INTERVAL 1 HOUR",
            at=later,
        )  # fmt: skip
    before = _times(ours, row)

    with pytest.raises(WrongUse):
        decisions.approve(ours.rt, item.id, ANN, shown=item.token)

    assert before == _times(ours, row)


def test_two_moves_to_one_time_are_not_both_made(ours: Calendar) -> None:
    """Two people approve at the same moment: the second is told that the time is taken."""
    _staff(ours)
    one, first = _shifted(ours, 180, staff_id="s1")
    two = ours.fake.add(start=one.start, age=7200)
    second = ours.book(two, staff_id="s1", starts_at=naive(two.start) + timedelta(hours=6),
                       ends_at=naive(two.end) + timedelta(hours=6))  # fmt: skip
    ours.reconcile()
    items = [ours.item(_MOVED, first), ours.item(_MOVED, second)]
    said: list[str] = []

    def agree(item: Item, person: object) -> None:
        try:
            said.append(decisions.approve(ours.rt, item.id, person, shown=item.token).done)  # type: ignore[arg-type]
        except WrongUse as error:
            said.append("taken" if "time_is_taken" in str(error) else str(error))

    threads = [threading.Thread(target=agree, args=pair) for pair in zip(items, (ANN, BOB), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["applied", "taken"] == sorted(said)


def _count_of_move(ours: Calendar, row: int) -> None:
    worlds.execute(
        ours.rt.engine, "UPDATE appointments SET rescheduled_at = UTC_TIMESTAMP(), rescheduled_count = 1 WHERE id = :i",
        i=row,
    )  # fmt: skip


@pytest.mark.parametrize("moved", [Calendar.move_here, _count_of_move])
def test_what_was_moved_here_is_proved_by_nobody(ours: Calendar, moved: Callable[[Calendar, int], None]) -> None:
    """Which side was forgotten, a person finds out: nothing is proposed."""
    _, row = _shifted(ours)
    moved(ours, row)

    ours.reconcile()

    item = ours.item(_MOVED)
    assert (None, "was_moved_here") == (item.proposal, item.context["why"])


def test_a_person_types_no_other_time(ours: Calendar) -> None:
    """Whether it is free, nobody has asked."""
    _, _ = _shifted(ours)
    ours.reconcile()
    item = ours.item(_MOVED)

    with pytest.raises(WrongUse, match="lets a person choose none"):
        people.approve(ours.rt, item.id, ANN, edits={"starts_at": "2031-01-01 10:00:00"})


def test_no_suite_can_have_times_written_without_a_person(ours: Calendar) -> None:
    """Mode correct is refused while the suites are loaded, and so is a correction that does not say who decides."""
    from data_consistency.rules.conflicts import check_corrections

    suite = ours.rt.suites()["appointments"]
    project = ours.rt.project
    rules = tuple(
        replace(rule, mode=Mode.CORRECT) if rule.correction == "take_time_of_booking" else rule for rule in suite.rules
    )

    with pytest.raises(InvalidRule, match="decided by people"):
        check_corrections([replace(suite, rules=rules)], project)
    assert DECIDED_BY_PEOPLE["appointments"] < set(CORRECTABLE["appointments"])
    assert load_correction(project, "follow_booking").by_people


@pytest.mark.parametrize(
    ("theirs", "here", "said"),
    [
        ("pending", "confirmed", "waits for its confirmation in the calendar, and is confirmed here"),
        ("accepted", "pending", "is confirmed in the calendar, and waits for its confirmation here"),
    ],
)
def test_a_confirmation_on_one_side_is_a_difference_of_its_own(
    ours: Calendar, theirs: str, here: str, said: str
) -> None:
    """One question, in words; the time is held on both sides."""
    row = ours.book(ours.fake.add(start=ours.coming(), status=theirs), status=here)

    ours.reconcile()

    assert {(_CONFIRMED, row)} == ours.findings()
    assert [said] == ours.item(_CONFIRMED).context["differences"]
