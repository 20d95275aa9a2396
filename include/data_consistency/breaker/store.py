"""The circuit breaker's state: every change is one guarded UPDATE that the server decides on its own clock.

What only counts commits itself. What makes a transition stands in a transaction with its event, so that there is
exactly one event for each, whoever dies or races. A result is of use only in the generation in which its call began.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from data_consistency.breaker import settings as given
from data_consistency.breaker.policy import (
    BreakerSettings,
    Mode,
    Reading,
    State,
    base_of,
    company_of,
    require_key,
    service_of,
)
from data_consistency.db import server_errors, sql
from data_consistency.db.marker import require_marker
from data_consistency.db.retrying import retry_transient
from data_consistency.db.server_errors import Kind
from data_consistency.errors import SchemaNotReady

_T = TypeVar("_T")
# Two askers may hinder each other before they agree; each time another has made progress.
_TRIES = 5
_FIRST_WAIT_SECONDS = 0.01
_NEVER = 2**31


class BreakerStore:
    """One breaker's row, over an engine whose statements commit themselves (`make_quick_engine`)."""

    def __init__(self, engine: Engine, key: str, settings: BreakerSettings) -> None:
        self._engine = engine
        self._key = require_key(key)
        self._given = self._settings = settings
        self._overrides: tuple[tuple[str, float], ...] = ()
        self._params = _parameters(self._key, settings)
        self._marked = False

    def read(self) -> Reading:
        """The state now; a key nobody has used is closed.

        Raises:
            DatabaseUnavailable: no answer.
            DatabaseRefused: it says no.
            SchemaNotReady: the breaker's tables are not as we need them.
            UnmarkedSchema: the schema is not ours.
        """
        return self._with(self._read)

    def grant(self, reading: Reading) -> int | None:
        """Ask for a probe; returns its generation, None when none is free or due, or when the reading is old."""
        if reading.state is State.OPEN:
            return self._with(lambda c: self._start_probing(c, reading.generation))
        return self._with(lambda c: self._generation_of(c, "lease_breaker_probe", lease_until=reading.lease_until))

    def fail(self, generation: int, failures: int, cause: str) -> bool:
        """Count failures that came at once; returns whether they were of use: late ones are not."""
        return self._with(lambda c: self._count_failures(c, generation, failures, cause))

    def fail_probe(self, generation: int, cause: str) -> bool:
        """Open again after a probe that failed; returns whether it was of use."""
        return self._with(lambda c: self._reopen(c, generation, cause))

    def succeed(self, generation: int, *, probe: bool) -> bool:
        """Store a success; returns whether it was of use."""
        if probe:
            return self._with(lambda c: self._count_probe(c, generation))
        return self._with(lambda c: self._did(c, "forget_breaker_failures", generation))

    def release(self, generation: int) -> bool:
        """Give a probe back that ended without a result."""
        return self._with(lambda c: self._did(c, "release_breaker_probe", generation))

    def _with(self, work: Callable[[Connection], _T]) -> _T:
        """Do it on a connection; again, as a whole, where the pool's connection had died or we gave way to another."""
        try:
            return retry_transient(
                lambda: self._on_connection(work), base_delay_seconds=_FIRST_WAIT_SECONDS, transient=_is_worth_it
            )
        except SQLAlchemyError as error:
            raise _translated(error) from error

    def _on_connection(self, work: Callable[[Connection], _T]) -> _T:
        with self._engine.connect() as connection:
            if not self._marked:
                require_marker(connection)
                self._marked = True
            return work(connection)

    def _read(self, connection: Connection) -> Reading:
        row = sql.run(connection, "breaker_reading", **self._params).one()
        overrides = _overrides(row.service_settings, row.company_settings, row.own_settings)
        if overrides != self._overrides:
            # How long it is to a probe depends on them.
            self._overrides, self._settings = overrides, given.overridden(self._given, overrides)
            self._params = _parameters(self._key, self._settings)
            row = sql.run(connection, "breaker_reading", **self._params).one()
        if row.current_state is None:
            return Reading(overrides=overrides)
        return Reading(
            state=State(str(row.current_state)),
            mode=Mode(str(row.mode)),
            generation=int(row.generation),
            failure_count=int(row.failure_count),
            wait=int(row.wait_us) / 1e6,
            known=True,
            lease_until=row.lease_until,
            overrides=overrides,
        )

    def _start_probing(self, connection: Connection, seen: int) -> int | None:
        with _transaction(connection):
            generation = self._generation_of(connection, "start_breaker_probing", generation=seen)
            if generation is not None:
                self._tell(connection, State.OPEN, "cool-down is over: probing")
        return generation

    def _reopen(self, connection: Connection, generation: int, cause: str) -> bool:
        return self._transition(connection, "reopen_breaker", generation, State.HALF_OPEN, f"probe failed: {cause}")

    def _count_probe(self, connection: Connection, generation: int) -> bool:
        if self._did(connection, "count_breaker_probe", generation):
            return True
        reason = f"{self._settings.successes_to_close} probes succeeded"
        return self._transition(connection, "close_breaker", generation, State.HALF_OPEN, reason)

    def _count_failures(self, connection: Connection, generation: int, failures: int, cause: str) -> bool:
        count = self._count_in_row if self._settings.failure_rate is None else self._count_in_window
        for _ in range(_TRIES):
            if count(connection, generation, failures, cause):
                return True
            reading = self._read(connection)
            if not reading.known:
                register(connection, self._key)
            elif reading.generation != generation:
                return False
            # Else a success came in between, and the failure neither counted nor opened: it counts after all.
        return False

    def _count_in_row(self, connection: Connection, generation: int, failures: int, cause: str) -> bool:
        if self._did(connection, "count_breaker_failure", generation, failures=failures):
            return True
        reason = f"{self._settings.failure_threshold} failures in a row; the last: {cause}"
        return self._transition(connection, "open_breaker", generation, State.CLOSED, reason, failures=failures)

    def _count_in_window(self, connection: Connection, generation: int, failures: int, cause: str) -> bool:
        if not self._did(connection, "count_breaker_failure", generation, threshold=_NEVER, failures=failures):
            return False
        reason = f"{self._settings.failure_rate:.0%} of the calls in the window failed; the last: {cause}"
        self._transition(connection, "open_breaker_by_rate", generation, State.CLOSED, reason)
        return True

    def _transition(
        self, connection: Connection, query: str, generation: int, old: State, reason: str, **params: object
    ) -> bool:
        with _transaction(connection):
            done = self._did(connection, query, generation, **params)
            if done:
                self._tell(connection, old, reason)
        return done

    def _tell(self, connection: Connection, old: State, reason: str) -> None:
        insert_event(connection, self._key, old=old.value, reason=reason, actor=None)

    def _did(self, connection: Connection, query: str, generation: int, **params: object) -> bool:
        return sql.run(connection, query, **{**self._params, "generation": generation, **params}).rowcount > 0

    def _generation_of(self, connection: Connection, query: str, **params: object) -> int | None:
        result = sql.run(connection, query, **{**self._params, **params})
        return int(result.lastrowid) if result.rowcount else None


def register(connection: Connection, key: str) -> None:
    """Make the row of a breaker that has none; closed."""
    sql.run(connection, "register_breaker", service_key=key, company_id=company_of(key))


def insert_event(connection: Connection, key: str, *, old: str, reason: str, actor: str | None) -> None:
    """Tell of the transition that the row has just made, in its transaction."""
    sql.run(connection, "insert_breaker_event", service_key=key, old_state=old, reason=reason[:255], actor=actor)


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Several statements as one, on a connection whose statements otherwise commit themselves."""
    connection.exec_driver_sql("START TRANSACTION")
    try:
        yield
    except BaseException:
        # Never back into the pool with a lock; closing it is a rollback, also where the server no longer answers.
        connection.invalidate()
        raise
    connection.exec_driver_sql("COMMIT")


def _overrides(*texts: object) -> tuple[tuple[str, float], ...]:
    """What operators gave, the nearest last."""
    merged: dict[str, float] = {}
    for text in texts:
        merged |= given.stored(text)
    return tuple(sorted(merged.items()))


def _parameters(key: str, settings: BreakerSettings) -> dict[str, object]:
    return {
        "service_key": key,
        "company_key": base_of(key),
        "default_key": service_of(key),
        "threshold": settings.failure_threshold,
        "failure_rate": settings.failure_rate,
        "minimum_calls": settings.minimum_calls,
        "window_us": _us(settings.window_seconds),
        "memory_us": _us(settings.failure_memory_seconds),
        "cool_down_us": _us(settings.cool_down_seconds),
        "cool_down_cap_us": _us(settings.cool_down_cap_seconds),
        "backoff": settings.backoff_factor,
        "probes": settings.probes,
        "successes_to_close": settings.successes_to_close,
        "lease_us": _us(settings.lease_seconds),
    }


def _us(seconds: float) -> int:
    return max(1, round(seconds * 1e6))


def _is_worth_it(error: BaseException) -> bool:
    """Not where a connection could not be made or a lock not be had in time: the caller waits."""
    return isinstance(error, DBAPIError) and (error.connection_invalidated or server_errors.is_deadlock(error))


def _translated(error: SQLAlchemyError) -> Exception:
    if isinstance(error, DBAPIError) and server_errors.kind_of(error) is Kind.NAME:
        return SchemaNotReady("the circuit breaker's tables are not there as we need them; run `consistency migrate`")
    ours = server_errors.translated(error)
    return error if ours is None else type(ours)(f"circuit breaker: {ours}")
