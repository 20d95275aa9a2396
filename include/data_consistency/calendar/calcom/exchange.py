"""One request and its answer: pace, deadline, retries of reads, the guard around all of it.

A GET may be tried again; a POST never is, since nobody knows what became of the first.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import httpx
import tenacity

from data_consistency.calendar.calcom import answers, network, quiet
from data_consistency.calendar.calcom.clock import Allowance, Clock
from data_consistency.calendar.calcom.connection import Connection
from data_consistency.calendar.calcom.errors import CalcomError, OutOfTime, RateLimited, Unavailable
from data_consistency.calendar.calcom.pace import Pace

T = TypeVar("T")
_log = logging.getLogger(__name__)
_FIRST_WAIT = 0.5
_LONGEST_RETRY_WAIT = 20.0
# With less left than that no request is sent: an answer would hardly come, and the service would be blamed for it.
_LEAST_SECONDS = 0.5
_HOPELESS = frozenset({501, 505})  # the server will not know the method a moment later


class Guard(Protocol):
    """What may stand around a call, such as a circuit breaker: it calls, or raises an error of its own."""

    def call(self, fn: Callable[[], T], /) -> T:
        """Call, judge what happens, and pass it on."""


class Unguarded:
    """No guard."""

    def call(self, fn: Callable[[], T], /) -> T:
        """Call."""
        return fn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request."""

    operation: str  # in words, for logs and errors: the address would name a uid
    method: str
    path: str
    version: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


class Exchange:
    """Sends requests of one connection."""

    def __init__(
        self, connection: Connection, *, pace: Pace, clock: Clock, guard: Guard, guard_of_writes: Guard | None = None
    ) -> None:
        self._limits = connection.limits
        self._pace = pace
        self._clock = clock
        self._guard = guard
        self._guard_of_writes = guard_of_writes or guard
        limits = connection.limits
        self._http = httpx.Client(
            base_url=connection.base_url,
            transport=network.DeadlineTransport(tls=connection.base_url.startswith("https:"), proxy=connection.proxy),
            headers={"Authorization": f"Bearer {connection.key}", "Accept": "application/json"},
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            follow_redirects=False,  # the key goes to one server only
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def send(self, ask: Ask, allowance: Allowance) -> Mapping[str, object]:
        """The document of a good answer; one call of the guard, retries included.

        Raises:
            CalcomError: any other answer, or none.
        """
        if ask.method == "GET":
            return self._guard.call(lambda: self._repeat(ask, allowance))
        return self._guard_of_writes.call(lambda: self._once(ask, allowance))

    def _repeat(self, ask: Ask, allowance: Allowance) -> Mapping[str, object]:
        limited = _Retries(self._limits.rate_limit_waits)
        failed = _Retries(self._limits.retries)

        def stop(state: tenacity.RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            # What the service did is the last word, not that our own time ends before the next try.
            if state.upcoming_sleep + _LEAST_SECONDS >= allowance.left():
                return True
            if isinstance(error, RateLimited):
                return not limited.take()  # the pace waits before the next request
            return not failed.take() or not allowance.take_retry()

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_help),
            stop=stop,
            wait=_wait,
            sleep=self._clock.sleep,
            before_sleep=_log_retry,
            reraise=True,
        )
        return retrying(self._once, ask, allowance)

    def _once(self, ask: Ask, allowance: Allowance) -> Mapping[str, object]:
        self._pace.enter(ask.operation, allowance)
        answer = self._receive(ask, allowance)
        _log.debug("%s: HTTP %s, request %s", ask.operation, answer.status, answer.request_id)
        try:
            document = answers.read(answer, ask.operation)
        except RateLimited as error:
            self._pace.pause(error.retry_after)
            raise
        self._pace.learn(answer.headers)
        return document

    def _receive(self, ask: Ask, allowance: Allowance) -> answers.Answer:
        left = allowance.left()
        seconds = min(self._limits.request, left)
        if left < min(_LEAST_SECONDS, self._limits.request):
            raise OutOfTime(ask.operation, "no time left; nothing was sent")
        request = self._http.build_request(
            ask.method,
            ask.path,
            params=dict(ask.params) or None,
            json=ask.body,
            headers={"cal-api-version": ask.version} if ask.version else {},
        )
        try:
            with quiet.unlogged(), network.deadline(seconds):
                response = self._http.send(request, stream=True)
                try:
                    body = self._body(response, ask.operation)
                finally:
                    response.close()
        except network.NoneFree:
            raise OutOfTime(ask.operation, "all connections are taken; nothing was sent") from None
        except network.NotSent as error:
            raise Unavailable(ask.operation, f"no connection, {error}", was_sent=False) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            is_late = isinstance(error, httpx.TimeoutException)
            raise Unavailable(
                ask.operation,
                f"no answer, {error if str(error).isalnum() else 'broken'}",
                was_cut_short=is_late and seconds < min(self._limits.request, self._limits.read),
            ) from None
        return answers.Answer(status=response.status_code, headers=response.headers, body=body, at=self._clock.now())

    def _body(self, response: httpx.Response, operation: str) -> bytes:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > self._limits.body_bytes:
                raise Unavailable(operation, "the answer is too large", status=response.status_code)
        return bytes(body)


class _Retries:
    def __init__(self, left: int) -> None:
        self._left = left

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0


_doubling = tenacity.wait_random_exponential(multiplier=2 * _FIRST_WAIT, max=_LONGEST_RETRY_WAIT)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return 0.0 if isinstance(error, RateLimited) else _FIRST_WAIT / 2 + _doubling(state)


def _may_help(error: BaseException) -> bool:
    if isinstance(error, Unavailable):
        return error.status not in _HOPELESS and not isinstance(error, OutOfTime)
    return isinstance(error, RateLimited)


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, CalcomError)  # nothing else is tried again
    _log.info("%s: %s, attempt %s", error.operation, error.kind.value, state.attempt_number)
