"""Guarded calls: permit, deadline, call, outcome."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from data_consistency.breaker.deadline import Saturated, Workers
from data_consistency.breaker.gate import Gate
from data_consistency.breaker.outcomes import outcome_of_answer, outcome_of_error
from data_consistency.breaker.policy import Outcome, Permit, Rejected, Use, Why
from data_consistency.errors import CircuitOpen

_T = TypeVar("_T")
WORKERS = 16
_TOLD = {
    Why.OPEN: "is open",
    Why.PROBING: "is being probed",
    Why.FORCED: "was forced open by an operator",
    Why.UNAVAILABLE: "cannot be asked, its database is away",
    Why.SATURATED: "has no thread left: all hang in calls that were given up",
}


class CircuitBreaker(Gate):
    """Calls that are not made while their service fails.

    Errors of the call reach the caller as they are. What counts as a failure of the service is said by
    `outcomes.outcome_of_error` and `outcome_of_answer`: business refusals do not, and what we did ourselves (a limit, a
    queue, a call that had less than its time) is neither success nor failure.
    """

    _workers = Workers(WORKERS)

    def call(
        self,
        call: Callable[..., _T],
        *args: object,
        timeout: float | None = None,
        use: Use = Use.READ,
        **kwargs: object,
    ) -> _T:
        """Make a call in a thread and wait for it no longer than its time.

        The called client should end itself by then: `deadline.remaining_seconds()` tells it the time that is left. A
        client that does not is given up, and its thread is one of a bounded number.

        Args:
            call: what to call, with its arguments.
            args: handed to it.
            timeout: seconds; None: the settings' time.
            use: whether it reads or writes, for when the breaker's own database is away.
            kwargs: handed to it.

        Raises:
            CircuitOpen: the call was not made.
            CallTimedOut: it did not answer in its time.
            Exception: its own.
        """
        permit = self._require(self.permit(use))
        with self._settled(permit) as outcome:
            try:
                answer = self._workers.run(partial(call, *args, **kwargs), self._seconds(permit, timeout))
            except Saturated as error:
                self.release(permit)
                raise self._open(Rejected(Why.SATURATED, self.settings.timeout_seconds)) from error
            outcome.append(outcome_of_answer(answer))
        return answer

    @contextmanager
    def guarded(self, use: Use = Use.READ) -> Iterator[Permit]:
        """A block that calls the service itself; it must limit its own time.

        Raises:
            CircuitOpen: the block was not entered.
        """
        permit = self._require(self.permit(use))
        with self._settled(permit):
            yield permit

    @contextmanager
    def _settled(self, permit: Permit) -> Iterator[list[Outcome]]:
        outcome: list[Outcome] = []
        try:
            yield outcome
        except Exception as error:
            self.settle(permit, outcome_of_error(error), type(error).__name__)
            raise
        except BaseException:
            self.release(permit)
            raise
        self.settle(permit, *_of_answer(outcome))

    def _seconds(self, permit: Permit, timeout: float | None) -> float:
        """The time of a call; a probe ends before its lease, or another would run beside it."""
        seconds = self.settings.timeout_seconds if timeout is None else timeout
        return min(seconds, self.settings.lease_seconds) if permit.probe else seconds

    def _require(self, decision: Permit | Rejected) -> Permit:
        if isinstance(decision, Rejected):
            raise self._open(decision)
        return decision

    def _open(self, rejected: Rejected) -> CircuitOpen:
        wait = rejected.retry_after
        until = "until somebody resets it" if wait is None else f"ask again in {wait:.1f} s"
        return CircuitOpen(f"circuit breaker {self.key} {_TOLD[rejected.why]}; {until}", retry_after=wait)


def _of_answer(outcome: list[Outcome]) -> tuple[Outcome, str]:
    """What a block that ended well said; a block that says nothing succeeded."""
    return (outcome[-1] if outcome else Outcome.SUCCESS), "answer"
