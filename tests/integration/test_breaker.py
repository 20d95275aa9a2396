"""The circuit breaker's 22 behaviours (B1 to B22), by what was meant, on a real database.

What contradicted itself before: counters survive opening, the first probe takes its lease like any other, the durable
row is the state.
"""

import dataclasses
import time
from datetime import timedelta

import pytest

from data_consistency.breaker import records
from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.policy import BreakerSettings, Permit, Rejected, Use, Why
from data_consistency.db.transactions import transaction
from data_consistency.errors import CircuitOpen
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import (
    AT_ONCE_SECONDS,
    LONG,
    Broken,
    answer,
    breakers_of,
    cool_down,
    events,
    fail,
    open_it,
    probe_of,
    row,
    try_call,
)

pytestmark = pytest.mark.every_server


def _status(rt: Runtime, key: str = "calcom:company:1") -> records.Status:
    with transaction(rt.engine) as connection:
        return records.get_breaker(connection, key)


def test_b1_three_failures_open(rt: Runtime, breaker: CircuitBreaker) -> None:
    """In a row; with one event."""
    open_it(breaker)

    assert "open" == row(rt)["current_state"]
    assert [("closed", "open")] == events(rt)


def test_b2_successes_stay_closed(rt: Runtime, breaker: CircuitBreaker) -> None:
    """And write nothing."""
    assert ["answer"] * 10 == [try_call(breaker, answer) for _ in range(10)]
    assert [] == events(rt)
    assert [] == worlds.execute(rt.engine, "SELECT 1 FROM circuit_breaker_states WHERE failure_count > 0")


def test_b3_b22_a_success_resets_the_counter(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Two failures, a success, two failures: closed."""
    for call in (fail, fail, answer, fail, fail):
        try_call(breaker, call)

    assert ("closed", 2) == (row(rt)["current_state"], row(rt)["failure_count"])


def test_b4_after_the_cool_down_a_call_is_let_through(rt: Runtime, breaker: CircuitBreaker) -> None:
    """And succeeds."""
    open_it(breaker)
    cool_down(rt)

    assert "answer" == try_call(breaker, answer)
    assert [("closed", "open"), ("open", "half_open")] == events(rt)


def test_b5_b15_within_the_cool_down_nothing_is_called(rt: Runtime, breaker: CircuitBreaker) -> None:
    """The operation is not executed; the rejection says when to come again."""
    called: list[int] = []
    open_it(breaker)
    cool_down(rt, 10)

    with pytest.raises(CircuitOpen, match="is open; ask again in") as raised:
        breaker.call(lambda: called.append(1))

    assert [] == called
    assert raised.value.retry_after is not None
    assert 15 < raised.value.retry_after <= 20


def test_b6_b12_two_successes_close(rt: Runtime, breaker: CircuitBreaker) -> None:
    """The durable row says since when, and how long it took."""
    open_it(breaker)
    cool_down(rt)

    assert ["answer", "answer"] == [try_call(breaker, answer) for _ in range(2)]

    closed = row(rt)
    assert ("closed", 0) == (closed["current_state"], closed["failure_count"])
    assert closed["closed_at"] is not None
    assert closed["last_failure_at"] is not None
    assert [("closed", "open"), ("open", "half_open"), ("half_open", "closed")] == events(rt)
    assert _status(rt).recovery_seconds is not None


def test_b7_one_probe_at_a_time(rt: Runtime, breaker: CircuitBreaker, breakers: Breakers) -> None:
    """The first takes the lease, also in the very transition; others are told that somebody probes."""
    open_it(breaker)
    cool_down(rt)

    first, second = breaker.permit(), breaker.permit()
    with breakers_of(rt) as others:
        elsewhere = others.of("calcom", 1, LONG).permit()

    probe_of(first)
    assert isinstance(second, Rejected)
    assert isinstance(elsewhere, Rejected)
    assert (Why.PROBING, Why.PROBING) == (second.why, elsewhere.why)
    assert breakers.of("calcom", 1) is breaker


def test_b8_a_failed_probe_opens_again(rt: Runtime, breaker: CircuitBreaker) -> None:
    """For another cool-down."""
    open_it(breaker)
    cool_down(rt)

    assert "Broken" == try_call(breaker)

    assert ("open", 4, 1) == tuple(row(rt)[name] for name in ("current_state", "failure_count", "reopenings"))
    assert ("half_open", "open") == events(rt)[-1]
    assert "CircuitOpen" == try_call(breaker, answer)


def test_b9_b11_b18_counters_survive_the_opening(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Row and statistics: open, since when, three failures."""
    open_it(breaker)

    status = _status(rt)
    assert ("open", 3, 1) == (status.current_state, status.failure_count, status.company_id)
    assert status.opened_at is not None
    assert status.last_failure_at is not None


def test_b10_a_failure_is_kept_and_forgotten_after_its_time(rt: Runtime, breaker: CircuitBreaker) -> None:
    """In the durable row, for an hour: then it no longer counts towards the next."""
    try_call(breaker)
    try_call(breaker)
    assert 2 == row(rt)["failure_count"]
    worlds.execute(
        rt.engine, "UPDATE circuit_breaker_states SET last_failure_at = last_failure_at - INTERVAL 61 MINUTE"
    )

    try_call(breaker)

    assert ("closed", 1) == (row(rt)["current_state"], row(rt)["failure_count"])


def test_b13_b14_keys_do_not_meet(rt: Runtime, breakers: Breakers, breaker: CircuitBreaker) -> None:
    """Companies and services alike."""
    open_it(breaker)

    for other in (breakers.of("calcom", 2), breakers.of("retell", 1), breakers.of("calcom")):
        assert "answer" == try_call(other, answer)
    assert "CircuitOpen" == try_call(breaker, answer)


def test_b16_a_rejection_asks_nobody(rt: Runtime, breaker: CircuitBreaker) -> None:
    """It costs no statement while what was read is fresh."""
    breaker = CircuitBreaker(
        breaker._store, key=breaker.key, settings=dataclasses.replace(LONG, refresh_seconds=30), log=breaker._log
    )
    open_it(breaker)
    assert "CircuitOpen" == try_call(breaker, answer)
    before = _questions(rt)

    rejected = [breaker.permit() for _ in range(1000)]

    assert _questions(rt) - before < 50  # asking for it, and the batches of measured calls
    assert all(isinstance(one, Rejected) for one in rejected)


def test_a_healthy_call_asks_nobody(rt: Runtime, breaker: CircuitBreaker) -> None:
    """While what was read is fresh."""
    breaker = CircuitBreaker(
        breaker._store, key=breaker.key, settings=dataclasses.replace(LONG, refresh_seconds=30), log=breaker._log
    )
    try_call(breaker, answer)
    before = _questions(rt)

    for _ in range(1000):
        permit = breaker.permit(Use.WRITE)
        assert isinstance(permit, Permit)
        breaker.success(permit)

    assert _questions(rt) - before < 50


def _questions(rt: Runtime) -> int:
    with rt.engine.connect() as connection:
        return int(connection.exec_driver_sql("SHOW GLOBAL STATUS LIKE 'Questions'").one()[1])


def test_b17_statistics_before_the_opening(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Key, closed, two failures."""
    try_call(breaker)
    try_call(breaker)

    status = _status(rt)
    assert ("calcom:company:1", "closed", 2) == (status.service_key, status.current_state, status.failure_count)


def test_b19_the_calls_own_error_reaches_the_caller(breaker: CircuitBreaker) -> None:
    """As it is."""
    with pytest.raises(Broken):
        breaker.call(fail)
    with pytest.raises(Broken), breaker.guarded():
        raise Broken


def test_b20_of_five_quick_failures_the_later_are_not_made(breaker: CircuitBreaker) -> None:
    """Three are."""
    assert ["Broken"] * 3 + ["CircuitOpen"] * 2 == [try_call(breaker) for _ in range(5)]


def test_b21_an_unknown_key_is_closed(breakers: Breakers) -> None:
    """And costs no row."""
    assert isinstance(breakers.of("nobody", 9).permit(), Permit)


def test_a_clock_that_was_set_back_does_not_keep_it_open(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Opened in the future is cooled down."""
    open_it(breaker)
    cool_down(rt, -3600)

    assert "answer" == try_call(breaker, answer)


def test_failed_probes_wait_longer_and_longer(rt: Runtime, breakers: Breakers) -> None:
    """Up to the cap."""
    settings = BreakerSettings(refresh_seconds=AT_ONCE_SECONDS, backoff_factor=1.5, cool_down_cap_seconds=40)
    breaker = breakers.of("calcom", 1, settings)
    open_it(breaker)
    waits = []
    for _ in range(3):
        cool_down(rt, 60)
        assert "Broken" == try_call(breaker)
        rejected = breaker.permit()
        assert isinstance(rejected, Rejected)
        waits.append(round(rejected.retry_after or 0))

    assert [40, 40, 40] == waits


def test_a_rate_opens_instead_of_a_row_of_failures(rt: Runtime, breakers: Breakers) -> None:
    """Half of at least ten calls within the window."""
    breaker = breakers.of(
        "calcom", 1, BreakerSettings(failure_rate=0.5, minimum_calls=10, refresh_seconds=AT_ONCE_SECONDS)
    )
    for call in (fail, fail, fail, answer, answer, answer, answer, fail):
        try_call(breaker, call)
    assert "closed" == row(rt)["current_state"]

    for _ in range(2):
        try_call(breaker)

    assert "open" == row(rt)["current_state"]
    assert "60%" in str(_reasons(rt)[-1]) or "50%" in str(_reasons(rt)[-1])


def _reasons(rt: Runtime) -> list[object]:
    return [reason for (reason,) in worlds.execute(rt.engine, "SELECT reason FROM circuit_breaker_events ORDER BY id")]


def test_a_slow_answer_counts(rt: Runtime, breakers: Breakers) -> None:
    """It is an answer to the caller, and a failure to the breaker."""
    breaker = breakers.of(
        "calcom", 1, BreakerSettings(slow_seconds=0.01, timeout_seconds=5, refresh_seconds=AT_ONCE_SECONDS)
    )

    assert ["None"] * 3 == [try_call(breaker, lambda: time.sleep(0.05)) for _ in range(3)]
    assert "CircuitOpen" == try_call(breaker, answer)
    assert "slow" in str(_reasons(rt)[0])


def test_times_of_the_row_are_utc(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Of the server's clock."""
    open_it(breaker)

    assert abs(row(rt)["opened_at"] - rt.now()) < timedelta(minutes=1)
