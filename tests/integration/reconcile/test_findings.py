"""What a reconciliation finds: each way in which appointments and calendar can differ, and what reviewers see of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.ledger import queue
from data_consistency.pipeline import fill_review_queue
from tests import worlds
from tests.calendar_world import Calendar

_UNKNOWN = "calendar_booking_has_appointment"
_GONE = "coming_appointment_is_in_the_calendar"
_HELD = "void_appointment_is_not_in_the_calendar"
_ZONE = "appointment_is_in_the_zone_of_the_calendar"
_MOVED = "appointment_is_at_the_time_of_the_calendar"
_OTHER_CALL = "calendar_booking_is_of_this_call"


def _context(ours: Calendar, rule: str) -> dict[str, object]:
    with ours.rt.transaction() as connection:
        (item,) = [item for item in queue.list_items(connection) if item.rule_id == rule]
    return dict(item.context)


def test_what_agrees_is_no_finding(ours: Calendar) -> None:
    """Every rule that needs the calendar is judged, and passes."""
    ours.book(ours.fake.add(start=ours.coming()))

    result = ours.reconcile()

    assert result.is_complete, result
    assert set() == ours.findings()
    assert {"calcom", "calcom:1"} == ours.heartbeats()
    assert {"GET"} == ours.methods()
    silent = worlds.execute(ours.rt.engine, "SELECT rule FROM consistency_rule_results WHERE outcome = 'not_evaluated'")
    assert [] == silent


def test_a_booking_that_nobody_here_knows(ours: Calendar) -> None:
    """The reviewer sees when it is and which call it names."""
    start = ours.coming()
    ours.fake.add(start=start, metadata={"call_id": "call_x"})

    ours.reconcile()

    assert {(_UNKNOWN, 1)} == ours.findings()
    context = _context(ours, _UNKNOWN)
    assert None is context["ours"]
    assert {"starts_at": f"{start:%Y-%m-%dT%H:%M:%SZ}", "status": "accepted", "call": "call_x"}.items() <= dict(
        context["calendar"]  # type: ignore[call-overload]
    ).items()


def test_an_appointment_whose_booking_is_not_there(ours: Calendar) -> None:
    """Nothing of the row changed; the complete reading alone tells."""
    record = ours.fake.add(start=ours.coming())
    ours.fake.act("delete", uid=record.uid)
    row = ours.book(record)

    ours.reconcile()

    assert {(_GONE, row)} == ours.findings()
    assert ["is not in the calendar"] == _context(ours, _GONE)["differences"]


@pytest.mark.parametrize(
    ("minutes", "rule", "said"),
    [
        (5, _MOVED, "begins 5 minutes later here, ends 5 minutes later here"),
        (-90, _MOVED, "begins 90 minutes earlier here, ends 90 minutes earlier here"),
        (60, _ZONE, "is exactly 1 hour later here: a time-zone error"),
        (-60, _ZONE, "is exactly 1 hour earlier here: a time-zone error"),
        (120, _ZONE, "is exactly 2 hours later here: a time-zone error"),
    ],
)
def test_times_that_differ(ours: Calendar, minutes: int, rule: str, said: str) -> None:
    """Both instants, in UTC; one or two hours sharp are named."""
    record = ours.fake.add(start=ours.coming())
    shift = timedelta(minutes=minutes)
    start, end = (moment.replace(tzinfo=None) + shift for moment in (record.start, record.end))
    row = ours.book(record, starts_at=start, ends_at=end)

    ours.reconcile()

    assert {(rule, row)} == ours.findings()
    context = _context(ours, rule)
    assert [said] == context["differences"]
    assert f"{start:%Y-%m-%dT%H:%M:%SZ}" == dict(context["ours"])["starts_at"]  # type: ignore[call-overload]
    assert f"{record.start:%Y-%m-%dT%H:%M:%SZ}" == dict(context["calendar"])["starts_at"]  # type: ignore[call-overload]


def test_cancelled_there_and_live_here(ours: Calendar) -> None:
    """Found by the next run, although nothing changed here."""
    record = ours.fake.add(start=ours.coming())
    row = ours.book(record)
    ours.reconcile()
    before = ours.findings()
    ours.fake.act("cancel", uid=record.uid)
    ours.age(record.uid)

    ours.reconcile()

    assert set() == before
    assert {(_GONE, row)} == ours.findings()
    assert ["is cancelled in the calendar and confirmed here"] == _context(ours, _GONE)["differences"]


def test_live_there_and_cancelled_here(ours: Calendar) -> None:
    """The calendar is not touched: a person decides."""
    row = ours.book(ours.fake.add(start=ours.coming()), status="cancelled")

    ours.reconcile()

    assert {(_HELD, row)} == ours.findings()
    assert ["is accepted in the calendar and cancelled here"] == _context(ours, _HELD)["differences"]
    assert {"GET"} == ours.methods()


def test_one_booking_on_two_rows(ours: Calendar) -> None:
    """Told by the rule about ids; the calendar agrees with both rows."""
    record = ours.fake.add(start=ours.coming())
    ours.book(record)
    ours.book(record, calcom_booking_id=record.id)

    result = ours.reconcile()

    found = {rule: count for table in result.tables for rule, count in table.violations.items()}
    assert result.is_complete
    assert 2 == found["calendar_booking_is_used_once"]


def test_the_booking_of_another_call(ours: Calendar) -> None:
    """The calendar answered with what it had; both calls are named by their ids."""
    call = worlds.add_call(ours.rt.engine)
    row = ours.book(ours.fake.add(start=ours.coming(), metadata={"call_id": "call_x"}), call_id=call)

    ours.reconcile()

    assert {(_OTHER_CALL, row)} == ours.findings()
    retell = worlds.row(ours.rt.engine, "calls", call)["retell_call_id"]
    assert [f"was made in call call_x, and is of call {retell} here"] == _context(ours, _OTHER_CALL)["differences"]


@pytest.mark.parametrize(("moves", "links"), [(1, "both"), (3, "forwards"), (3, "backwards"), (2, "root")])
def test_a_moved_booking_is_one_question_that_names_the_new_time(ours: Calendar, moves: int, links: str) -> None:
    """However often it was moved, and whichever links the server gives; each booking is not a question of its own."""
    ours.fake.world.switches.names_root = links == "root"
    record = ours.fake.add(start=ours.coming())
    row = ours.book(record)
    for _ in range(moves):
        held = next(one for one in ours.fake.world.all_stored() if one.status == "accepted")
        ours.fake.act("move", uid=held.uid)
    for stored in list(ours.fake.world.all_stored()):
        kept = {
            "forwards": {"rescheduled_from": None, "root_uid": None},
            "backwards": {"rescheduled_to": None, "root_uid": None},
            "root": {"rescheduled_from": None, "rescheduled_to": None, "root_uid": record.uid},
        }.get(links, {"root_uid": None})
        ours.fake.world.put(replace(stored, **kept), lag=0.0)
        ours.age(stored.uid, minutes=30)
    last = next(one for one in ours.fake.world.all_stored() if one.status == "accepted")

    ours.reconcile()
    told = ours.findings(), _context(ours, _GONE)["differences"]
    ours.reconcile(horizon=True)

    assert ({(_GONE, row)}, [f"was moved in the calendar to {last.start:%Y-%m-%d %H:%M} UTC"]) == told
    assert {(_GONE, row)} == ours.findings()
    worlds.execute(ours.rt.engine, "DELETE FROM appointments WHERE id = :id", id=row)
    ours.reconcile(horizon=True)
    assert [_UNKNOWN] == [rule for rule, _ in ours.findings()]


def test_seats_are_customers_of_one_booking(ours: Calendar) -> None:
    """Several appointments of one booking, each of its own call, are no duplicates; who goes leaves the rest."""
    calls = [worlds.add_call(ours.rt.engine) for _ in range(3)]
    names = [str(worlds.row(ours.rt.engine, "calls", call)["retell_call_id"]) for call in calls]
    seats = [
        {"uid": f"seat{n}", "name": "G", "email": f"g{n}@example.org", "metadata": {"call_id": name}}
        for n, name in enumerate(names[:2])
    ]
    record = ours.fake.add(start=ours.coming(), seated=True, seats=seats)
    ours.age(record.uid, minutes=60)
    worlds.execute(ours.rt.engine, "INSERT INTO staff (id, company_id, name) VALUES ('s1', 1, 'Kerstin Simon')")
    rows = [ours.book(record, call_id=call, source="phone", staff_id="s1") for call in calls[:2]]
    stranger = ours.book(record, call_id=calls[2], source="phone")
    gone = ours.book(record, status="cancelled")

    ours.reconcile()

    twice = (
        "SELECT COUNT(*) FROM data_consistency_alerts"
        " WHERE alert_type IN ('calendar_booking_is_used_once', 'staff_has_one_appointment_at_a_time')"
    )
    pipeline.begin(ours.rt, "full", "full", "test")
    pipeline.check_table(ours.rt, table="appointments", run_id="full", kind="full")
    assert [(0,)] == worlds.execute(ours.rt.engine, twice)
    assert {(_OTHER_CALL, stranger)} == ours.findings()
    assert rows
    assert gone


def test_a_row_that_names_a_series_stands_for_its_recurrence(ours: Calendar) -> None:
    """And for no other: the second recurrence has no appointment here."""
    for days in (2, 9):
        record = ours.fake.add(start=ours.coming(days), recurring_uid="series1")
        ours.age(record.uid, minutes=30)
        if days == 2:
            ours.book(record, calcom_booking_id=None, calcom_v2_booking_uid="series1")
    second = ours.fake.world.all_stored()

    ours.reconcile()

    assert [_UNKNOWN] == [rule for rule, _ in ours.findings()]
    assert second


def test_a_finding_is_told_also_where_the_columns_are_gone(ours: Calendar) -> None:
    """A generation of the source without them; the reviewer looks at the row."""
    ours.fake.add(start=ours.coming())
    ours.book(ours.fake.add(start=ours.coming()), status="cancelled")
    result = ours.reconcile()
    worlds.execute(ours.rt.engine, "DELETE FROM manual_review_queue")
    worlds.execute(ours.rt.engine, "UPDATE data_consistency_alerts SET status = 'open'")
    lacking = "ALTER TABLE appointments DROP COLUMN consistency_older_uid, DROP COLUMN calcom_booking_uid"
    worlds.execute(ours.rt.engine, lacking)

    fill_review_queue(ours.rt, run_id="r2")

    assert result.is_complete
    assert {"why": "rule asks for review"} == _context(ours, _HELD)
    assert ["is not known here"] == _context(ours, _UNKNOWN)["differences"]


def test_a_booking_in_a_state_that_nobody_knows(ours: Calendar) -> None:
    """It is not judged to be held; the reviewer is told so."""
    record = ours.fake.add(start=ours.coming(), odd="unknown_status")
    ours.book(record, ends_at=record.end.replace(tzinfo=None) + timedelta(minutes=5), starts_at=None)

    assert ours.reconcile().is_complete
    assert [("other",)] == ours.mirror("status")


def test_what_no_row_tells_is_found_by_the_next_horizon(ours: Calendar) -> None:
    """An appointment that changed long ago, of a booking that was never seen: nothing moves but the reading's time."""
    ours.reconcile()
    # Longer ago than the checks' windows overlap.
    worlds.execute(ours.rt.engine, "UPDATE consistency_heartbeats SET seen_at = seen_at - INTERVAL 1 HOUR")
    record = ours.fake.add(start=ours.coming())
    ours.fake.act("delete", uid=record.uid)
    row = ours.book(record)

    ours.reconcile()
    before = ours.findings()
    ours.reconcile(horizon=True)

    assert set() == before
    assert {(_GONE, row)} == ours.findings()


@pytest.mark.parametrize("in_full", [False, True])
def test_a_booking_of_several_hosts_is_one_booking(ours: Calendar, *, in_full: bool) -> None:
    """One row of the mirror, one appointment, no duplicate; with two appointments it is used twice."""
    ours.fake.world.switches.names_all_hosts = in_full
    record = ours.fake.add(start=ours.coming(), event_type=700, metadata={"call_id": "call_x"})
    ours.book(record)

    first = ours.reconcile()
    found, rows = ours.findings(), ours.mirror("calcom_uid, is_seated")
    ours.book(record)
    second = ours.reconcile()

    counts = [
        {rule: n for table in result.tables for rule, n in table.violations.items()} for result in (first, second)
    ]
    assert (set(), [(record.uid, 0)]) == (found, rows)
    assert [0, 2] == [told.get("calendar_booking_is_used_once", 0) for told in counts]
