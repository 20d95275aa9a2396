"""Guarded calls end in time, sync and async; what is measured is never in the way; the database may be away."""

import threading
import time
from collections.abc import Iterator

import pytest

from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.deadline import Workers, remaining_seconds
from data_consistency.breaker.metrics import CallLog
from data_consistency.breaker.policy import BreakerSettings, Outcome, Rejected, Use, Why
from data_consistency.errors import CallTimedOut, CircuitOpen, DatabaseUnavailable, SchemaNotReady
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import AT_ONCE_SECONDS, FAST, answer, breakers_of, fail, row, try_call
from tests.patience import PATIENCE
from tests.worlds import make_quick_engine

pytestmark = pytest.mark.every_server


@pytest.fixture
def breakers(rt: Runtime) -> Iterator[Breakers]:
    """The breakers of this process."""
    with breakers_of(rt) as made:
        yield made


@pytest.fixture
def breaker(breakers: Breakers) -> CircuitBreaker:
    """With short times."""
    return breakers.of("calcom", 1, FAST)


def test_a_call_that_hangs_is_given_up_and_counts(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Its caller goes on; the client was told how long it had."""
    told: list[float | None] = []
    go = threading.Event()

    def hang() -> None:
        told.append(remaining_seconds())
        go.wait(PATIENCE)

    with pytest.raises(CallTimedOut, match=r"within 0\.3 s"):
        breaker.call(hang)
    with pytest.raises(CallTimedOut, match=r"within 0\.1 s"):
        breaker.call(hang, timeout=0.1)
    go.set()

    assert 2 == row(rt)["failure_count"]
    assert told[0] is not None
    assert 0 < told[0] <= 0.3
    assert remaining_seconds() is None


def test_a_deadline_within_a_deadline_is_never_longer(breaker: CircuitBreaker) -> None:
    """What is left of the outer one."""
    inner: list[float] = []

    def nested() -> None:
        breaker.call(lambda: inner.append(remaining_seconds() or 99), timeout=60)

    breaker.call(nested)
    assert inner[0] <= 0.3


def test_threads_that_hang_are_bounded(breaker: CircuitBreaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all hang, a call is refused, and the refusal says nothing of the service."""
    go = threading.Event()
    monkeypatch.setattr(CircuitBreaker, "_workers", Workers(1))
    with pytest.raises(CallTimedOut):
        breaker.call(go.wait, 10, timeout=0.05)

    with pytest.raises(CircuitOpen, match="no thread left"):
        breaker.call(answer, timeout=0.05)

    go.set()
    end = time.monotonic() + 30  # until the thread has come back
    while "CircuitOpen" == (said := try_call(breaker, answer)) and time.monotonic() < end:
        pass
    assert "answer" == said


def test_a_caller_that_is_stopped_gives_its_permit_back(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Ctrl-C is no failure of the service."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaker.call(interrupt)
    assert [] == worlds.execute(rt.engine, "SELECT 1 FROM circuit_breaker_states WHERE failure_count > 0")


def test_without_its_database_reads_go_through_and_writes_do_not(rt: Runtime) -> None:
    """Whoever only looks does no harm; nobody knows whether the other side can take a booking."""
    with Breakers("mysql+pymysql://nobody@127.0.0.1:1/nowhere", shipped(), patience_seconds=0.2) as breakers:
        breaker = breakers.of("calcom", 1, FAST)

        assert "answer" == breaker.call(answer, use=Use.READ)
        with pytest.raises(CircuitOpen, match="its database is away"):
            breaker.call(answer, use=Use.WRITE)
        for _ in range(5):
            assert "Broken" == try_call(breaker)  # counted nowhere
        assert breakers.log.flush() is False


def test_what_was_shut_when_last_seen_stays_shut_while_the_database_is_away(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its time."""
    with breakers_of(rt) as breakers:
        breaker = breakers.of("calcom", 1, BreakerSettings(refresh_seconds=AT_ONCE_SECONDS))
        for _ in range(3):
            try_call(breaker)
        assert isinstance(breaker.permit(), Rejected)

        def away(*_args: object) -> object:
            raise DatabaseUnavailable("away")

        monkeypatch.setattr(breaker._store, "read", away)
        shut = [breaker.permit(Use.READ) for _ in range(3)]

    assert all(isinstance(one, Rejected) and one.why is Why.OPEN for one in shut)


def test_an_outcome_that_cannot_be_stored_is_not_the_callers_problem(
    breaker: CircuitBreaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has its answer, or its own error."""

    def away(*_args: object, **_more: object) -> bool:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(breaker._store, "fail", away)

    assert "Broken" == try_call(breaker)
    assert "was not stored: DatabaseUnavailable" in caplog.text


def test_a_schema_without_its_tables_is_told(rt: Runtime) -> None:
    """Not taken for an outage."""
    worlds.execute(rt.engine, "RENAME TABLE circuit_breaker_states TO elsewhere")
    with breakers_of(rt) as breakers, pytest.raises(SchemaNotReady, match="consistency migrate"):
        breakers.of("calcom", 1).permit()


def test_calls_are_measured_in_batches(rt: Runtime) -> None:
    """Successes, failures and rejections, with their times; the row of a key appears with its first batch."""
    with breakers_of(rt) as breakers:
        breaker = breakers.of("calcom", 1, BreakerSettings(refresh_seconds=30))
        for call in (answer, fail, fail, fail, answer):
            try_call(breaker, call)

    measured = worlds.execute(
        rt.engine, "SELECT status, COUNT(*), COUNT(duration_ms) FROM circuit_breaker_metrics GROUP BY status"
    )
    assert {"failure": (3, 3), "rejected": (1, 0), "success": (1, 1)} == {
        str(status): (count, times) for status, count, times in measured
    }


def test_measuring_is_bounded_and_never_in_the_way() -> None:
    """A database that takes nothing costs the oldest room, and the loss is counted."""
    taken: list[int] = []

    def write(batch: object) -> None:
        if not taken:
            taken.append(1)
            raise DatabaseUnavailable("away")
        taken.append(len(batch))  # type: ignore[arg-type]

    log = CallLog(write, capacity=10, batch=4, interval_seconds=60)
    for _ in range(15):
        log.add(("k", Outcome.SUCCESS.value, "closed", 0.1, time.monotonic()))
    assert 5 <= log.dropped <= 15
    with log:
        pass
    assert len(log) == 0


def test_the_quick_engine_gives_up_soon(rt: Runtime) -> None:
    """On the server, too."""
    from sqlalchemy.exc import OperationalError

    engine = make_quick_engine(rt.engine.url, patience_seconds=0.4)
    # Not SLEEP: a MySQL that gives up wakes it, and calls that an answer.
    endless = f"SELECT COUNT(*) FROM {worlds.series(0, 99999)} CROSS JOIN {worlds.series(0, 99999, name='again')}"
    with pytest.raises(OperationalError), engine.connect() as connection:
        connection.exec_driver_sql(endless).scalar_one()
    engine.dispose()
