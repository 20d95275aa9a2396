"""The gate: who may call now, and what a call's outcome changes.

A process keeps its last reading of the state for `refresh_seconds`. While that is fresh, a permit of a closed breaker
and a rejection of an open one cost no I/O. One thread at a time asks the database; the others go by what is known.
"""

import math
import threading
import time
from collections.abc import Callable

from data_consistency.breaker.forks import begin_anew_in_children
from data_consistency.breaker.metrics import CallLog
from data_consistency.breaker.policy import (
    BreakerSettings,
    Mode,
    Outcome,
    Permit,
    Reading,
    Rejected,
    State,
    Use,
    Why,
    WritePermit,
)
from data_consistency.breaker.settings import overridden
from data_consistency.breaker.store import BreakerStore
from data_consistency.breaker.together import Together
from data_consistency.errors import DatabaseRefused, DatabaseUnavailable
from data_consistency.logs import logger_of

logger = logger_of(__name__)

_REJECTED = "rejected"


class _View:
    """A reading and what follows from it, in monotonic times."""

    __slots__ = (
        "admits",
        "counts",
        "generation",
        "measured",
        "reading",
        "shut_state",
        "shut_until",
        "shut_why",
        "until",
    )

    def __init__(self, reading: Reading, now: float, fresh_for: float) -> None:
        self.reading = reading
        self.admits = reading.admits
        self.generation = reading.generation
        self.counts = reading.mode is Mode.AUTOMATIC
        self.measured = reading.mode is not Mode.DISABLED
        self.shut_until = now + reading.shut_for
        rejection = reading.rejection(0.0)
        self.shut_why, self.shut_state = rejection.why, rejection.state.value
        self.until = now + fresh_for


class Gate:
    """Permits and outcomes of one breaker in this process.

    Where it has a gate for writes, they are counted there, apart from the reads; without one it counts all together.
    """

    def __init__(
        self,
        store: BreakerStore,
        *,
        key: str,
        settings: BreakerSettings,
        log: CallLog,
        clock: Callable[[], float] = time.monotonic,
        writes: "Gate | None" = None,
        is_of_writes: bool = False,
    ) -> None:
        self.key = key
        self.settings = self._given = settings
        self._writes = writes
        self._permit: type[Permit] = WritePermit if is_of_writes else Permit
        self._store = store
        self._failures = Together(lambda *failures: self._store.fail(*failures))
        self._log = log
        self._clock = clock
        self._view: _View | None = None
        self._away_until = -math.inf
        self._asking = threading.Lock()
        begin_anew_in_children(self)

    def permit(self, use: Use = Use.READ) -> Permit | Rejected:
        """The right to one call, or why not. Settle the permit by `success`, `failure` or `release`.

        Raises:
            SchemaNotReady: the breaker's tables are missing.
            UnmarkedSchema: the schema is not ours.
        """
        if use is Use.WRITE and self._writes is not None:
            return self._writes.permit(use)
        # The way of nearly every call, written out: a call of ours would cost as much again.
        view = self._view
        if view is not None and (now := self._clock()) < view.until:
            if view.admits:
                return self._permit(view.generation, now, view.counts, view.measured)
            if (wait := view.shut_until - now) > 0:
                self._log.add((self.key, _REJECTED, view.shut_state, None, now))
                return Rejected(view.shut_why, None if wait == math.inf else wait)
        return self.permit_at_once(use) or self._ask(use)

    def permit_at_once(self, use: Use = Use.READ) -> Permit | Rejected | None:
        """The same without I/O; None when the database must be asked."""
        if use is Use.WRITE and self._writes is not None:
            return self._writes.permit_at_once(use)
        now = self._clock()
        view = self._view
        if view is not None and now < view.until:
            if view.admits:
                return view.reading.permit(now, self._permit)
            if now < view.shut_until:
                return self._reject(view.reading.rejection(view.shut_until - now))
            return None
        return self._while_away(use, now) if now < self._away_until else None

    def success(self, permit: Permit) -> None:
        """The service answered; a slow answer counts as a failure. Never raises."""
        self.settle(permit, Outcome.SUCCESS)

    def failure(self, permit: Permit, cause: str = "failure") -> None:
        """The service failed; `cause` is the name of an error, never its text. Never raises."""
        self.settle(permit, Outcome.FAILURE, cause)

    def release(self, permit: Permit) -> None:
        """The call says nothing of the service: it was not made, or its caller was stopped. Never raises."""
        if permit.writes and self._writes is not None:
            self._writes.release(permit)
        elif not permit.settled:
            permit.settled = True
            if permit.probe:
                self._stored(lambda: self._store.release(permit.generation))

    def settle(self, permit: Permit, outcome: Outcome, cause: str = "failure") -> None:
        """Store what a call said; a permit that was settled says nothing more."""
        if permit.writes and self._writes is not None:
            self._writes.settle(permit, outcome, cause)
        elif outcome is Outcome.NEITHER:
            self.release(permit)
        elif not permit.settled:
            permit.settled = True
            self._settle(permit, outcome, cause)

    def _settle(self, permit: Permit, outcome: Outcome, cause: str) -> None:
        now = self._clock()
        seconds = now - permit.started
        if outcome is Outcome.SUCCESS and self.settings.slow_seconds is not None:
            outcome, cause = (Outcome.FAILURE, "slow") if seconds > self.settings.slow_seconds else (outcome, cause)
        if permit.measured:
            self._log.add((self.key, outcome.value, permit.state.value, seconds, now))
        if outcome is Outcome.FAILURE and permit.counts:
            if self.settings.failure_rate is not None:
                self._log.flush()  # the database counts the calls of the window, this one too
            self._stored(lambda: self._fail(permit, cause))
        elif outcome is Outcome.SUCCESS and not self.is_free(permit):
            self._stored(lambda: self._store.succeed(permit.generation, probe=permit.probe))

    def _fail(self, permit: Permit, cause: str) -> bool:
        if permit.probe:
            return self._store.fail_probe(permit.generation, cause)
        return self._failures.add(permit.generation, cause)

    def is_free(self, permit: Permit) -> bool:
        """Whether a success of this call changes nothing, and so costs no I/O."""
        if permit.writes and self._writes is not None:
            return self._writes.is_free(permit)
        view = self._view
        return not permit.counts or (not permit.probe and view is not None and not view.reading.failure_count)

    def after_fork(self) -> None:
        """Forget what the parent knew: its locks may be held by threads that are not here."""
        self._asking = threading.Lock()
        self._view = None

    def _ask(self, use: Use) -> Permit | Rejected:
        """Go to the database, unless somebody is on the way there and what is known is only a little old.

        What a transition of ours has made old, or nobody has asked for long, admits nobody: it would let through
        whoever comes while one probes.
        """
        known = self._view
        now = self._clock()
        must_wait = known is None or now >= known.until + self.settings.refresh_seconds
        if not self._asking.acquire(blocking=must_wait):
            assert known is not None
            return (
                known.reading.permit(now, self._permit) if known.admits else self._reject(known.reading.rejection(0.0))
            )
        try:
            return self.permit_at_once(use) or self._answer()
        except (DatabaseUnavailable, DatabaseRefused) as error:
            return self._go_away(error, use)
        finally:
            self._asking.release()

    def _answer(self) -> Permit | Rejected:
        view = self._view
        if view is None or self._clock() >= view.until:
            view = self._see(self._store.read())
        for _ in range(2):
            now = self._clock()
            if view.admits:
                return view.reading.permit(now, self._permit)
            if now < view.shut_until:
                break
            generation = self._store.grant(view.reading)
            if generation is not None:
                self._see(self._after_grant(generation))
                return self._permit(generation, now, probe=True)
            view = self._see(self._store.read())
        return self._reject(view.reading.rejection(max(0.0, view.shut_until - self._clock())))

    def _after_grant(self, generation: int) -> Reading:
        wait = self.settings.lease_seconds if self.settings.probes == 1 else 0.0
        overrides = () if self._view is None else self._view.reading.overrides
        return Reading(state=State.HALF_OPEN, generation=generation, wait=wait, known=True, overrides=overrides)

    def _see(self, reading: Reading) -> _View:
        if self._view is None or reading.overrides != self._view.reading.overrides:
            self.settings = overridden(self._given, reading.overrides)
        self._view = view = _View(reading, self._clock(), self.settings.refresh_seconds)
        return view

    def _stored(self, store: Callable[[], bool]) -> None:
        """Change the state; what a process knew of it is old then."""
        try:
            store()
        except Exception as error:
            # Whatever it was, the caller has its answer and must get it.
            logger.warning("breaker %s: an outcome was not stored: %s", self.key, type(error).__name__)
        if (view := self._view) is not None:
            view.until = -math.inf

    def _go_away(self, error: DatabaseUnavailable | DatabaseRefused, use: Use) -> Permit | Rejected:
        now = self._clock()
        self._away_until = now + self.settings.refresh_seconds
        logger.warning("breaker %s goes on without its database: %s", self.key, error)
        return self._while_away(use, now)

    def _while_away(self, use: Use, now: float) -> Permit | Rejected:
        """Reads go through, writes do not; what was shut when last seen stays so for its time."""
        view = self._view
        if view is not None and not view.admits and now < view.shut_until:
            return self._reject(view.reading.rejection(view.shut_until - now))
        if use is Use.WRITE:
            return self._reject(Rejected(Why.UNAVAILABLE, max(0.0, self._away_until - now)))
        return self._permit(0, now, counts=False)

    def _reject(self, rejected: Rejected) -> Rejected:
        self._log.add((self.key, _REJECTED, rejected.state.value, None, self._clock()))
        return rejected
