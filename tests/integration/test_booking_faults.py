"""The booking guard when things break: the database, the connection, the process, or another guard comes first."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action
from data_consistency.booking.verdict import Verdict
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import bookings, worlds


@pytest.fixture
def guard(rt: Runtime) -> Iterator[BookingGuard]:
    """A guard that acts; no calendar is connected."""
    with BookingGuard(rt, mode=Mode.ENFORCE) as made:
        yield made


def test_a_database_that_does_not_answer_is_unknown(rt: Runtime) -> None:
    """It ends in its time, says so, and nothing is taken back."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        away = worlds.runtime(f"mysql+pymysql://root@127.0.0.1:{port}/nothing")
        with BookingGuard(away, mode=Mode.ENFORCE, patience_seconds=0.2) as guard:
            result = guard.validate_appointment_creation(1)
            settled = guard.settle(BookingRequest(call_id=1), result)

    assert (Verdict.UNKNOWN, "not_verifiable") == (result.verdict, result.reason)
    assert (Action.NOT_RECORDED, Verdict.UNKNOWN) == (settled.action, settled.result.verdict)


def test_a_connection_that_died_in_the_pool_is_replaced(rt: Runtime, guard: BookingGuard) -> None:
    """The first caller after a restart notices nothing."""
    call = bookings.add_call(rt)
    bookings.add_appointment(rt, call)
    guard.validate_appointment_creation(call)
    for (process,) in worlds.execute(
        rt.engine, "SELECT id FROM information_schema.PROCESSLIST WHERE command = 'Sleep' AND db = DATABASE()"
    ):
        worlds.execute(rt.engine, f"KILL {process}")

    assert guard.validate_appointment_creation(call).success


def test_two_guards_on_one_call_roll_it_back_once(rt: Runtime) -> None:
    """One audit row, one finding, one item, whoever comes first."""
    call = bookings.add_call(rt)
    actions: list[Action] = []
    ready = threading.Barrier(4)

    def settle() -> None:
        with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
            result = guard.validate_appointment_creation(call)
            ready.wait()
            actions.append(guard.rollback_on_failure(call, result).action)

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [Action.NONE] * 3 + [Action.ROLLED_BACK] == sorted(actions)
    assert 1 == bookings.count(rt, "consistency_corrections")
    assert 1 == bookings.count(rt, "manual_review_queue")
    assert 1 == bookings.count(rt, "data_consistency_alerts")


_KILLED = """
import os, signal, sys
from sqlalchemy import event
from data_consistency.booking.guard import BookingGuard, Mode
from tests import bookings, worlds
rt = worlds.runtime(sys.argv[1])
call, last = int(sys.argv[2]), int(sys.argv[3])
with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
    result = guard.validate_appointment_creation(call)
    seen = []
    @event.listens_for(guard._rt.engine, "after_cursor_execute")
    def die(_c, _k, statement, *_rest):
        seen.append(statement)
        if len(seen) == last:
            os.kill(os.getpid(), signal.SIGKILL)
    guard.rollback_on_failure(call, result)
print(len(seen))
"""


def test_a_guard_killed_between_any_two_steps_leaves_all_or_nothing(rt: Runtime, guard: BookingGuard) -> None:
    """The next look finishes what was begun; nothing is told twice."""
    url = rt.engine.url.render_as_string(hide_password=False)

    def run(call: int, last: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _KILLED, url, str(call), str(last)],
            capture_output=True, text=True, check=False, cwd=shipped().home,
            env={**os.environ, "PYTHONPATH": f"{Path(shipped().home, 'include')}:{shipped().home}"},
        )  # fmt: skip

    run(bookings.add_call(rt), 0)  # the first of a rule makes its gate
    whole = run(bookings.add_call(rt), 0)
    assert 0 == whole.returncode, whole.stderr
    steps = int(whole.stdout)
    assert steps > 8
    for last in range(1, steps + 1):
        call = bookings.add_call(rt)
        clean = bookings.columns(rt, call)

        assert -signal.SIGKILL == run(call, last).returncode

        audits = bookings.count(rt, "consistency_corrections", f"entity_id = {call}")
        notes = [
            audits,
            bookings.count(rt, "data_consistency_alerts", f"entity_id = {call}"),
            bookings.count(rt, "manual_review_queue", f"entity_id = {call}"),
            int(bookings.columns(rt, call) != clean),
        ]
        assert notes in ([0, 0, 0, 0], [1, 1, 1, 1])
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call))
        assert 1 == bookings.count(rt, "consistency_corrections", f"entity_id = {call}")
        assert 1 == bookings.count(rt, "manual_review_queue", f"entity_id = {call}")


def test_a_database_that_drops_the_connection_midway_leaves_all_or_nothing(rt: Runtime) -> None:
    """After any statement: it was done, or it is looked at again later; in the end it is done once."""
    seen: list[int] = []
    drop_after = 0

    def drop(_connection: object, cursor: Any, *_rest: object) -> None:
        seen.append(cursor.connection.thread_id())
        if len(seen) == drop_after:
            worlds.execute(rt.engine, f"KILL {seen[-1]}")

    def settle(call: int) -> Action:
        seen.clear()
        return guard.rollback_on_failure(call, guard.validate_appointment_creation(call)).action

    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        event.listen(guard._rt.engine, "after_cursor_execute", drop)
        assert Action.ROLLED_BACK == settle(bookings.add_call(rt))
        steps, actions = len(seen), []
        for drop_after in range(1, steps + 1):
            call = bookings.add_call(rt)
            clean = bookings.columns(rt, call)

            actions.append(settle(call))

            of_call = f"entity_id = {call}"
            audits = bookings.count(rt, "consistency_corrections", of_call)
            assert bool(audits) == (bookings.columns(rt, call) != clean) == (actions[-1] is Action.ROLLED_BACK)
            assert audits == bookings.count(rt, "data_consistency_alerts", of_call)
            drop_after = 0
            settle(call)
            assert 1 == bookings.count(rt, "consistency_corrections", of_call)
            assert 1 == bookings.count(rt, "manual_review_queue", of_call)

    assert steps > 8
    assert {Action.QUEUED} == set(actions) - {Action.ROLLED_BACK}
