"""Probes of a circuit breaker: who is given one, for how long, and whose results still count."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.policy import BreakerSettings, Permit, Rejected, State
from data_consistency.breaker.store import BreakerStore
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import LEASED, LONG, answer, breakers_of, cool_down, end_lease, open_it, probe_of, row, try_call

pytestmark = pytest.mark.every_server

_ASKING = (
    "SELECT id FROM information_schema.processlist"
    " WHERE db = DATABASE() AND info LIKE '%UPDATE circuit_breaker_states%' AND id <> CONNECTION_ID()"
)


def test_a_lease_that_nobody_gave_back_runs_out(rt: Runtime, breakers: Breakers) -> None:
    """The next probe may go; the late result of the first says nothing any more."""
    breaker = breakers.of("calcom", 1, LEASED)
    open_it(breaker)
    cool_down(rt, 61)
    lost = probe_of(breaker.permit())
    assert isinstance(breaker.permit(), Rejected)
    end_lease(rt)

    second = probe_of(breaker.permit())
    breaker.failure(lost)
    breaker.success(second)

    assert second.generation > lost.generation
    assert "half_open" == row(rt)["current_state"]


def test_a_lease_given_while_another_waits_for_the_row_is_not_taken_from_it(rt: Runtime, breakers: Breakers) -> None:
    """Who waits brings the time at which he began; a lease given meanwhile lies further ahead of it than any can."""
    breaker = breakers.of("calcom", 1, LEASED)
    open_it(breaker)
    cool_down(rt, 61)
    probe_of(breaker.permit())
    end_lease(rt)
    granted = _granted_after(
        rt, "SET lease_until = UTC_TIMESTAMP(6) + INTERVAL 600 SECOND, probes_running = 1", LEASED, State.HALF_OPEN
    )

    assert granted is None


def test_what_opened_while_another_waited_for_the_row_is_not_probed(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Its cool-down begins now, though it lies ahead of the time at which the other asked."""
    open_it(breaker)
    cool_down(rt)
    granted = _granted_after(rt, "SET opened_at = UTC_TIMESTAMP(6), generation = generation + 2", LONG, State.OPEN)

    assert granted is None


def _granted_after(rt: Runtime, change: str, wanted: BreakerSettings, state: State) -> int | None:
    """What an asker gets who waits for the row until another has changed it."""
    with breakers_of(rt) as others, ThreadPoolExecutor(1) as pool, rt.engine.connect() as holder:
        store = BreakerStore(others.engine, "calcom:company:1", wanted)
        reading = store.read()
        holder.exec_driver_sql("START TRANSACTION")
        holder.exec_driver_sql("SELECT id FROM circuit_breaker_states FOR UPDATE")
        asked = pool.submit(store.grant, reading)
        while not worlds.execute(rt.engine, _ASKING):
            assert not asked.done()
        holder.exec_driver_sql(f"UPDATE circuit_breaker_states {change}")
        holder.exec_driver_sql("COMMIT")
        granted = asked.result(timeout=60)
    assert state is reading.state
    assert not reading.wait
    return granted


def test_a_probe_that_was_given_back_is_free_at_once(rt: Runtime, breaker: CircuitBreaker) -> None:
    """Its caller was stopped; that says nothing of the service."""
    open_it(breaker)
    cool_down(rt)
    probe = probe_of(breaker.permit())
    breaker.release(probe)
    breaker.release(probe)
    breaker.failure(probe)

    assert probe_of(breaker.permit())


def test_a_late_failure_of_a_call_from_before_does_not_open_anew(rt: Runtime, breaker: CircuitBreaker) -> None:
    """It began before the outage ended."""
    old = [breaker.permit() for _ in range(3)]
    open_it(breaker)
    cool_down(rt)
    for _ in range(2):
        try_call(breaker, answer)

    for permit in old:
        assert isinstance(permit, Permit)
        breaker.failure(permit)

    assert ("closed", 0) == (row(rt)["current_state"], row(rt)["failure_count"])
