"""Breakers with short times, for tests."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.policy import BreakerSettings, Permit, Rejected
from data_consistency.runtime import Runtime
from tests import worlds

# So short that every call reads the durable row: what a test has written there is seen without waiting.
AT_ONCE_SECONDS = 0.000001
FAST = BreakerSettings(
    cool_down_seconds=0.4,
    cool_down_cap_seconds=0.4,
    timeout_seconds=0.3,
    lease_seconds=0.6,
    refresh_seconds=AT_ONCE_SECONDS,
)
# The usual times.
LONG = BreakerSettings(refresh_seconds=AT_ONCE_SECONDS)
# Until a breaker gives its own database up: an outcome that is lost to a slow machine changes what comes after it.
PATIENCE_SECONDS = 120.0
# Where the next call has to find the breaker open, however slow the machine is.
PATIENT = dataclasses.replace(FAST, cool_down_seconds=60, cool_down_cap_seconds=60)
# Where a probe must still be out, however slow the machine is, until a test ends its lease.
LEASED = dataclasses.replace(PATIENT, timeout_seconds=300, lease_seconds=600)


class Broken(ConnectionError):
    """What a service that is away raises."""


def fail() -> None:
    """A call of a service that is away."""
    raise Broken


def answer() -> str:
    """A call of a service that is there."""
    return "answer"


@contextmanager
def breakers_of(rt: Runtime, *, interval_seconds: float = 0.05) -> Iterator[Breakers]:
    """The breakers of this process."""
    with Breakers(
        rt.engine.url, rt.project, patience_seconds=PATIENCE_SECONDS, interval_seconds=interval_seconds
    ) as made:
        yield made


def try_call(breaker: CircuitBreaker, call: Any = fail) -> str:
    """What became of a call: its answer, or the name of the error."""
    try:
        return str(breaker.call(call))
    except Exception as error:  # the name is what the test looks at
        return type(error).__name__


def open_it(breaker: CircuitBreaker) -> None:
    """As many failures as it takes."""
    for _ in range(3):
        assert "Broken" == try_call(breaker)


def probe_of(decision: Permit | Rejected) -> Permit:
    """A permit that must be one of a probe."""
    assert isinstance(decision, Permit)
    assert decision.probe
    return decision


def row(rt: Runtime, key: str = "calcom:company:1") -> dict[str, Any]:
    """The durable row."""
    with rt.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT * FROM circuit_breaker_states WHERE service_key = %s", (key,)
        ).mappings()
        return dict(found.one())


def cool_down(rt: Runtime, seconds: float = 31) -> None:
    """Let time pass, as the server sees it."""
    worlds.execute(
        rt.engine,
        f"UPDATE circuit_breaker_states SET opened_at = opened_at - INTERVAL {seconds * 1e6:.0f} MICROSECOND",
    )


def end_lease(rt: Runtime) -> None:
    """Let the lease of a probe run out, as the server sees it."""
    worlds.execute(rt.engine, "UPDATE circuit_breaker_states SET lease_until = lease_until - INTERVAL 1 HOUR")


def events(rt: Runtime) -> list[tuple[object, ...]]:
    """Transitions, oldest first."""
    return worlds.execute(rt.engine, "SELECT old_state, new_state FROM circuit_breaker_events ORDER BY id")
