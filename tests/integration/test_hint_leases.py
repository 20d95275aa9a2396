"""Two services, and one that is killed: what a lease holds is done once, and by another when its holder is gone."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from consistency_sandbox.demo.booking_service import url_of
from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.faults import Kind
from consistency_sandbox.fake_calcom.records import Record
from consistency_sandbox.fake_calcom.world import RunningClock
from data_consistency import pipeline
from data_consistency.booking import rows
from data_consistency.booking.guard import BookingGuard, Mode, request_of
from data_consistency.db.transactions import transaction
from data_consistency.ledger import hints
from data_consistency.runtime import Runtime
from tests import bookings, hinting, worlds
from tests.booking_service import start
from tests.hinting import calcom_body, post_calcom, told
from tests.patience import until

_RULE = "calendar_booking_has_appointment"
_UNTIL = "SELECT lease_until > UTC_TIMESTAMP(6) FROM {} WHERE {}"


@pytest.fixture
def begin(rt: Runtime, fake: FakeCalcom) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts services that act, of company 1 with a calendar that has been read."""
    fake.world.clock = RunningClock()
    settings = {"CALCOM_URL": fake.url, "CALCOM_KEY": KEY, "CALCOM_COMPANY": "1", **hinting.SETTINGS}
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_heartbeats (name, seen_at, run_id) VALUES ('calcom', UTC_TIMESTAMP(6), 'r'),"
        " ('calcom:1', UTC_TIMESTAMP(6), 'r')",
    )
    running: list[subprocess.Popen[str]] = []

    def begin_one(*options: str) -> "subprocess.Popen[str]":
        running.append(start(rt, "--enforce", *options, **settings))
        return running[-1]

    yield begin_one
    for process in running:
        process.kill()
        process.wait()


def _booked(fake: FakeCalcom) -> Record:
    start_at = fake.world.clock.now() + timedelta(days=2, minutes=len(list(fake.world.all_stored())))
    return fake.add(start=start_at.replace(second=0, microsecond=0))


def _found(rt: Runtime) -> int:
    return bookings.count(rt, "data_consistency_alerts", f"alert_type = '{_RULE}'")


def _runs(rt: Runtime) -> int:
    return bookings.count(rt, "consistency_runs", "kind = 'hint'")


def test_a_service_finds_what_a_hint_tells(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """From the message to the finding by itself; nothing else is started."""
    record = _booked(fake)
    url = url_of(begin())

    assert (202, "accepted") == told(post_calcom(url, calcom_body(record.uid)))

    until(lambda: _found(rt) == 1)
    until(lambda: [] == hinting.waiting(rt))
    assert 1 == _runs(rt)


def test_another_service_takes_over_from_one_that_was_killed(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """Not before the lease has ended; what both did is one finding."""
    record = _booked(fake)
    fake.fail(Kind.SILENCE, path=f"/v2/bookings/{record.uid}")
    first = begin()
    post_calcom(url_of(first), calcom_body(record.uid))
    held = _UNTIL.format("consistency_hints", "lease_token IS NOT NULL")
    until(lambda: [(1,)] == worlds.execute(rt.engine, held))
    first.send_signal(signal.SIGKILL)
    first.wait()

    url_of(begin())
    # It works: what nobody holds it ends at once, since that company has no calendar here.
    hinting.put(rt, "of another", company=2)
    until(lambda: [(record.uid, 1)] == hinting.waiting(rt))
    while_held = hinting.waiting(rt), _found(rt)
    worlds.execute(rt.engine, "UPDATE consistency_hints SET lease_until = UTC_TIMESTAMP(6)")

    until(lambda: _found(rt) == 1)
    until(lambda: [] == hinting.waiting(rt))
    assert ([(record.uid, 1)], 0) == while_held
    assert 1 == _runs(rt)


def test_two_services_at_once_do_everything_once(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """Every hint is leased as often as it is looked at, and each booking is one finding."""
    records = [_booked(fake) for _ in range(20)]
    urls = [url_of(begin()) for _ in range(2)]

    for number, record in enumerate(records):
        post_calcom(urls[number % 2], calcom_body(record.uid))

    until(lambda: _found(rt) == len(records))
    until(lambda: [] == hinting.waiting(rt))
    looks = worlds.execute(rt.engine, "SELECT DISTINCT attempts FROM consistency_hints")
    assert [(hints.LOOKS,)] == looks


def test_of_many_workers_each_hint_is_one_workers(rt: Runtime) -> None:
    """Whoever tries at the same time."""
    for number in range(200):
        hinting.put(rt, f"bk{number}", company=number % 4 + 1)
    taken: list[int] = []
    lock = threading.Lock()

    def take() -> None:
        for _ in range(8):
            lease = rt.repeated(hints.lease)
            with lock:
                taken.extend(hint.id for hint in (lease.hints if lease else ()))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == bookings.count(rt, "consistency_hints", "lease_token IS NOT NULL")
    assert len(taken) >= hints.LOOKS


def _announced(rt: Runtime, wait: float = 0.0) -> tuple[int, rows.Recheck]:
    """A call whose booking, announced a minute ago, waits to be looked at again."""
    call, now = bookings.add_call(rt), rt.now()
    request, told_at = request_of(call, None, None, None), now - timedelta(minutes=1)
    with transaction(rt.engine) as connection:
        rows.put_recheck(connection, request, requested_at=told_at, due_at=now, cause="test", now=now)
        (item,) = rows.due_rechecks(connection, now=now)
    if wait:
        worlds.execute(
            rt.engine, "UPDATE consistency_booking_rechecks SET due_at = due_at + INTERVAL :s SECOND", s=wait
        )
    return call, item


def _taken_back(rt: Runtime, call: int) -> int:
    return bookings.count(rt, "consistency_corrections", f"entity_id = {call} AND rule = 'appointment_rollback'")


def test_a_recheck_that_somebody_holds_is_left_alone(rt: Runtime) -> None:
    """By other services and by the scheduler's run, until the lease ends."""
    call, item = _announced(rt)
    with transaction(rt.engine) as connection:
        assert rows.lease_recheck(connection, item) is not None
        assert rows.lease_recheck(connection, item) is None

    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        held = guard.recheck_due(), guard.recheck_hinted(None, calls=[call])
        held_by_run = pipeline.recheck_bookings(rt, actor="test")
        worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET lease_until = UTC_TIMESTAMP(6)")
        after = guard.recheck_due()

    assert (({}, {}), {}) == (held, held_by_run)
    assert {"settled": 1} == after
    assert 1 == _taken_back(rt, call)


def test_rechecks_run_in_the_service_when_they_are_due(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """In two at once: taken back once, and nothing is left to the scheduler's run."""
    call, _ = _announced(rt)
    processes = [begin() for _ in range(2)]
    for process in processes:
        url_of(process)

    until(lambda: 0 == bookings.count(rt, "consistency_booking_rechecks", "status = 'waiting'"))
    assert {} == pipeline.recheck_bookings(rt, actor="test")
    assert 1 == _taken_back(rt, call)
    assert 1 == bookings.count(rt, "manual_review_queue", f"entity_id = {call}")
    assert [(1, "settled")] == worlds.execute(rt.engine, "SELECT attempts, status FROM consistency_booking_rechecks")


def test_a_service_without_a_worker_leaves_all_of_it(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """Hints are noted, and rechecks wait."""
    call, _ = _announced(rt)
    url = url_of(begin("--no-worker"))
    post_calcom(url, calcom_body("bk1"))
    time.sleep(2.0)  # a worker would begin after one second and has no other sign; too short a wait fails nothing

    assert [("bk1", 0)] == hinting.waiting(rt)
    assert 0 == _taken_back(rt, call)
    assert 1 == bookings.count(rt, "consistency_booking_rechecks", "status = 'waiting' AND attempts = 0")


def test_a_hint_of_a_call_has_it_looked_at_now(
    rt: Runtime, fake: FakeCalcom, begin: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """Long before it is due; the rows are judged too."""
    call, _ = _announced(rt, wait=3600.0)
    name = str(worlds.row(rt.engine, "calls", call)["retell_call_id"])
    worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET requested_at = requested_at - INTERVAL 1 MINUTE")
    url = url_of(begin())

    assert (202, "accepted") == told(hinting.post_retell(url, hinting.retell_body(name, "call_analyzed")))

    until(lambda: _taken_back(rt, call) == 1)


def test_a_hint_brings_no_question_nearer(rt: Runtime) -> None:
    """What still cannot be verified waits as if nobody had looked, however many hints come."""
    call, item = _announced(rt, wait=3600.0)
    before = worlds.execute(rt.engine, "SELECT due_at, attempts, status FROM consistency_booking_rechecks")

    def silent(_question: object) -> None:
        raise TimeoutError

    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=silent) as guard:
        counts = [guard.recheck_hinted(1, calls=[call]) for _ in range(10)]

    assert [{"waiting": 1}] * 10 == counts
    assert before == worlds.execute(rt.engine, "SELECT due_at, attempts, status FROM consistency_booking_rechecks")
    assert 0 == bookings.count(rt, "manual_review_queue")
    assert 0 == item.attempts


def test_a_hint_of_another_company_touches_nothing_of_this(rt: Runtime) -> None:
    """Though it names the same booking."""
    call = bookings.add_call(rt)
    request = request_of(call, None, "bk1", 1)
    with transaction(rt.engine) as connection:
        rows.put_recheck(connection, request, requested_at=rt.now(), due_at=rt.now(), cause="test", now=rt.now())

    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        assert {} == guard.recheck_hinted(2, calls=[], bookings=["bk1"])
        assert 1 == sum(guard.recheck_hinted(1, calls=[], bookings=["bk1"]).values())
