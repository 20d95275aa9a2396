"""Guarded calls, sync and async: permit, deadline, call, outcome."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import TypeVar

from data_consistency.breaker import (
    Outcome,
    Permit,
    Rejected,
    Use,
    Why,
    outcome_of_answer,
    outcome_of_error,
)
from data_consistency.errors import CallTimedOut, CircuitOpen
from data_consistency.guard.deadline import Saturated, Workers, set_deadline
from data_consistency.guard.gate import Gate

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
    `breaker.outcome_of_error` and `outcome_of_answer`: business refusals do not.
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

        The called client should end itself by then: `guard.remaining_seconds()` tells it the time that is left. A
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

    async def acall(
        self,
        call: Callable[..., Awaitable[_T]],
        *args: object,
        timeout: float | None = None,  # the service's time, which the breaker must see run out
        use: Use = Use.READ,
        **kwargs: object,
    ) -> _T:
        """Make an asynchronous call, cancelled at the end of its time; the same arguments and errors as `call`."""
        async with self.aguarded(timeout=timeout, use=use) as outcome:
            answer = await call(*args, **kwargs)
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

    @asynccontextmanager
    async def aguarded(
        self,
        *,
        timeout: float | None = None,  # as above
        use: Use = Use.READ,
    ) -> AsyncIterator[list[Outcome]]:
        """An asynchronous block that calls the service, cancelled at the end of its time.

        The database, where it must be asked, is asked in a thread, so that the loop goes on.

        Raises:
            CircuitOpen: the block was not entered.
            CallTimedOut: it did not end in its time.
        """
        decision = self.permit_at_once(use)
        permit = self._require(await asyncio.to_thread(self.permit, use) if decision is None else decision)
        seconds = self._seconds(permit, timeout)
        set_deadline(seconds)
        outcome: list[Outcome] = []
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                yield outcome
        except TimeoutError as error:
            await self._settle_aside(permit, Outcome.FAILURE, type(error).__name__)
            if limit.expired():
                raise CallTimedOut(f"no answer within {seconds:g} s; the call was cancelled") from error
            raise
        except Exception as error:
            await self._settle_aside(permit, outcome_of_error(error), type(error).__name__)
            raise
        except BaseException:
            # We are being cancelled and may not wait; whoever is first tells the others, else the lease runs out.
            asyncio.get_running_loop().run_in_executor(None, self.release, permit)
            raise
        await self._settle_aside(permit, *_of_answer(outcome))

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

    async def _settle_aside(self, permit: Permit, outcome: Outcome, cause: str) -> None:
        """Settle; in a thread where that takes the database."""
        if not permit.counts or (
            outcome is Outcome.SUCCESS and self.is_free(permit) and not self.settings.slow_seconds
        ):
            self.settle(permit, outcome, cause)
        else:
            await asyncio.shield(asyncio.to_thread(self.settle, permit, outcome, cause))

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
