"""A cancellation that the calendar proves is proposed, approved by a person and taken back, while it holds."""

from collections.abc import Callable

import pytest

from consistency_sandbox.fake_calcom.records import Record
from data_consistency.errors import GateClosed, WrongUse
from data_consistency.ledger.items import Item
from data_consistency.review import decisions
from tests import people, worlds
from tests.calendar_world import Calendar
from tests.people import ADMIN, ANN
from tests.rounds import run_all

pytestmark = pytest.mark.every_server

_GONE = "coming_appointment_is_in_the_calendar"


def _cancelled(ours: Calendar, **values: object) -> tuple[Record, int, int]:
    """A call's booking that was cancelled in the calendar, its appointment, which was not, and the call."""
    call = worlds.add_call(ours.rt.engine)
    name = str(worlds.row(ours.rt.engine, "calls", call)["retell_call_id"])
    record = ours.fake.add(start=ours.coming(), age=7200, metadata={"call_id": name})
    row = ours.book(record, call_id=call, **values)
    ours.fake.act("cancel", uid=record.uid)
    ours.age(record.uid)
    return record, row, call


def _states(ours: Calendar, row: int, call: int) -> tuple[dict[str, object], dict[str, object]]:
    return worlds.row(ours.rt.engine, "appointments", row), worlds.row(ours.rt.engine, "calls", call)


def _open(ours: Calendar) -> set[tuple[object, ...]]:
    return set(
        worlds.execute(
            ours.rt.engine,
            "SELECT alert_type, entity_id FROM data_consistency_alerts WHERE status IN ('open', 'in_review')"
            " AND entity_type = 'appointment'",
        )
    )


@pytest.mark.parametrize("sync", ["synced", "pending"])
def test_a_cancellation_in_the_calendar_is_proposed_approved_and_taken_back(ours: Calendar, sync: str) -> None:
    """A person sees both sides; no run cancels; what is written leaves no other finding; undo restores both rows."""
    _, row, call = _cancelled(ours, calcom_sync_status=sync)
    untouched = worlds.row(ours.rt.engine, "appointments", row)
    ours.reconcile()
    item = ours.item(_GONE)

    run_all(ours.rt, "by_itself")
    before = _states(ours, row, call)
    done = people.approve(ours.rt, item.id, ANN)
    after = worlds.row(ours.rt.engine, "appointments", row)
    ours.reconcile(horizon=True)
    left = _open(ours)
    audited = worlds.execute(
        ours.rt.engine, "SELECT rule, authority, actor FROM consistency_corrections WHERE rule = :rule", rule=_GONE
    )
    undone = decisions.undo(ours.rt, ADMIN, run_id=done.run_id)

    assert item.proposal is not None
    assert item.before is not None
    changed = {column: value for column, value in item.proposal.items() if value != item.before[column]}
    assert {"status": "cancelled"} | ({"calcom_sync_status": "synced"} if sync == "pending" else {}) == changed
    assert ["is cancelled in the calendar and confirmed here"] == item.context["differences"]
    assert untouched == before[0], "no run cancels by itself"
    assert ("applied", "cancelled", "synced") == (done.done, after["status"], after["calcom_sync_status"])
    assert set() == left
    assert [(_GONE, "person", "ann")] == audited
    assert 1 == undone.undone
    assert before == _states(ours, row, call)


def _booked_again(ours: Calendar, record: Record, _row: int) -> None:
    ours.fake.add(start=ours.coming(5), metadata=record.metadata, age=600)
    ours.reconcile()


def _confirmed_again(ours: Calendar, record: Record, _row: int) -> None:
    worlds.execute(
        ours.rt.engine,
        "UPDATE consistency_calcom_bookings SET status = 'accepted' WHERE calcom_uid = :uid",
        uid=record.uid,
    )


def _moved_here(ours: Calendar, _record: Record, row: int) -> None:
    ours.move_here(row)


def _completed_here(ours: Calendar, _record: Record, row: int) -> None:
    worlds.execute(ours.rt.engine, "UPDATE appointments SET status = 'completed' WHERE id = :id", id=row)


def _unread_since(ours: Calendar, _record: Record, _row: int) -> None:
    worlds.execute(
        ours.rt.engine, "UPDATE consistency_calcom_readings SET completed_at = completed_at - INTERVAL 4 HOUR"
    )


def _answer(ours: Calendar, item: Item) -> str:
    try:
        return str(decisions.approve(ours.rt, item.id, ANN, shown=item.token).done)
    except (WrongUse, GateClosed) as error:
        return str(error)


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (_booked_again, "may_be_booked_again"),
        (_confirmed_again, "settled"),
        (_moved_here, "was_moved_here"),
        (_completed_here, "settled"),
        (_unread_since, "no complete Cal.com reading"),
    ],
)
def test_a_cancellation_that_holds_no_more_is_not_written(
    ours: Calendar, fact: Callable[[Calendar, Record, int], None], why: str
) -> None:
    """All of it is asked again under the lock: the calendar, its age, what came in its place, and our own row."""
    record, row, _ = _cancelled(ours)
    ours.reconcile()
    item = ours.item(_GONE)
    fact(ours, record, row)
    before = worlds.row(ours.rt.engine, "appointments", row)

    said = _answer(ours, item)

    assert "cancelled" == (item.proposal or {})["status"]
    assert why in said
    assert before == worlds.row(ours.rt.engine, "appointments", row)


def test_a_booking_that_came_in_place_of_a_cancelled_one_is_no_cancellation(ours: Calendar) -> None:
    """Booked anew in the same call, without a link: which of both counts, a person finds out."""
    record, row, _ = _cancelled(ours)
    _booked_again(ours, record, row)

    item = ours.item(_GONE)

    assert (None, "may_be_booked_again") == (item.proposal, item.context["why"])
