"""The circuit breaker's words and judgements: settings, states, what counts as a failure, who may call.

Pure: the state lives in the database, which decides every transition on its own clock (`breaker/store.py`). What
a process can decide alone, from a reading of that state and the reading's age, is decided here.
"""

import math
import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from data_consistency.errors import ConfigurationError, WrongUse

_KEY = re.compile(r"[a-z0-9]+(?:[_.:-][a-z0-9]+)*")
_COMPANY = re.compile(r"(?:^|:)company:([0-9]{1,19})(?::|$)")
_MAX_KEY = 191
_WRITES = ":writes"
_WHOLE = frozenset({"failure_threshold", "minimum_calls", "probes", "successes_to_close"})


class State(StrEnum):
    """Where the circuit stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Mode(StrEnum):
    """What an operator wants of it."""

    AUTOMATIC = "automatic"
    FORCED_OPEN = "forced_open"  # nothing is called until somebody resets it
    DISABLED = "disabled"  # everything is called, nothing is measured or counted
    METRICS_ONLY = "metrics_only"  # everything is called and measured, nothing opens


class Use(StrEnum):
    """What a call does, which says what to do while the breaker's own database is away."""

    READ = "read"  # goes through: a look does no harm
    WRITE = "write"  # is rejected: nobody knows whether the other side can take it


class Outcome(StrEnum):
    """What a call says about the service, not about its own success."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEITHER = "neither"  # it says nothing: not made, cut short by us, or turned away for its key


class Why(StrEnum):
    """Why a call was rejected."""

    OPEN = "open"
    PROBING = "half_open"
    FORCED = "forced_open"
    UNAVAILABLE = "unavailable"  # the breaker's own database is away
    SATURATED = "saturated"  # all worker threads hang in calls that were given up


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When a breaker opens, how long it waits, what closes it; times in seconds.

    Raises:
        ConfigurationError: names the first field that cannot be used, and why.
    """

    failure_threshold: int = 3  # failures in a row that open
    failure_rate: float | None = None  # instead of them: this share of the calls in the window
    window_seconds: float = 60.0
    minimum_calls: int = 10  # a share of fewer calls says nothing
    failure_memory_seconds: float = 3600.0  # a failure this old no longer counts towards the next
    slow_seconds: float | None = None  # an answer that took longer counts as a failure
    timeout_seconds: float = 10.0  # of a guarded call that names none
    cool_down_seconds: float = 30.0  # from opening to the first probe
    backoff_factor: float = 1.0  # each failed probe multiplies the cool-down
    cool_down_cap_seconds: float = 50.0  # below a minute, so that recovery is
    probes: int = 1  # calls let through at a time while half-open
    successes_to_close: int = 2
    lease_seconds: float = 15.0  # after which a probe that never reported is given up
    refresh_seconds: float = 1.0  # how old a process's reading of the state may be

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                self._require_number(field.name, value)
        if self.failure_rate is not None and self.failure_rate > 1:
            raise _unusable("failure_rate", self.failure_rate, "use a share above 0 and up to 1")
        if self.backoff_factor < 1 or self.backoff_factor > 10:
            raise _unusable("backoff_factor", self.backoff_factor, "use a factor from 1 to 10")
        if self.cool_down_cap_seconds < self.cool_down_seconds:
            raise _unusable("cool_down_cap_seconds", self.cool_down_cap_seconds, "use at least cool_down_seconds")
        if self.lease_seconds <= self.timeout_seconds:
            raise _unusable("lease_seconds", self.lease_seconds, "use more than timeout_seconds, or probes overlap")

    @staticmethod
    def _require_number(name: str, value: object) -> None:
        wanted = int if name in _WHOLE else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise _unusable(name, value, "use a whole number from 1 up" if name in _WHOLE else "use a number above 0")
        if not math.isfinite(value) or value <= 0 or value > 1e6:
            raise _unusable(name, value, "use a number above 0 and up to 1000000")

    def cool_down(self, reopenings: int) -> float:
        """Seconds from opening to the next probe, after so many failed probes."""
        return min(self.cool_down_cap_seconds, self.cool_down_seconds * self.backoff_factor ** min(reopenings, 30))


def _unusable(name: str, value: object, advice: str) -> ConfigurationError:
    return ConfigurationError(f"circuit breaker: {name}={value!r}: {advice}")


def key_of(service: str, company_id: int | None = None, use: Use = Use.READ) -> str:
    """The key of one company's breaker for one service, such as `calcom:company:7`; without a company, for all.

    Writes are counted under a key of their own, so that reads that work do not hide writes that fail.

    Raises:
        WrongUse: it would not be a key.
    """
    if company_id is not None and (isinstance(company_id, bool) or company_id < 0):
        raise WrongUse(f"circuit breaker: company {company_id!r}: use the id of a company")
    key = require_key(service if company_id is None else f"{service}:company:{company_id}")
    return require_key(writes_of(key)) if use is Use.WRITE else key


def base_of(key: str) -> str:
    """The key of service and company, of which one of writes is a part."""
    return key.removesuffix(_WRITES)


def writes_of(key: str) -> str:
    """The key under which the writes of a breaker are counted."""
    return f"{base_of(key)}{_WRITES}"


def service_of(key: str) -> str:
    """The key of the service for all companies, whose settings hold where a company has none of its own."""
    return _COMPANY.split(base_of(key))[0] or base_of(key)


def require_key(text: str) -> str:
    """The text, if it can be a key.

    Raises:
        WrongUse: it cannot; upper case would meet lower case in the database.
    """
    if len(text) > _MAX_KEY or not _KEY.fullmatch(text):
        raise WrongUse(
            f"circuit breaker: key {text[:60]!r}: use lower-case letters, digits and single _ . : - between them,"
            f" at most {_MAX_KEY} characters, such as calcom:company:7"
        )
    return text


def company_of(key: str) -> int | None:
    """The company a key speaks of; None: none."""
    found = _COMPANY.search(key)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state as the database told it; `wait` is how long it was to the next probe then."""

    state: State = State.CLOSED
    mode: Mode = Mode.AUTOMATIC
    generation: int = 0  # moves with every transition; what began before is told apart by it
    failure_count: int = 0
    wait: float = 0.0
    known: bool = False  # whether there is a row
    lease_until: datetime | None = None  # of the probes that run, UTC; None also where this process gave the lease
    overrides: tuple[tuple[str, float], ...] = ()  # settings that operators gave to the service or the company

    @property
    def admits(self) -> bool:
        """Whether any process may call, as long as the reading is fresh."""
        if self.mode is Mode.AUTOMATIC:
            return self.state is State.CLOSED
        return self.mode is not Mode.FORCED_OPEN

    @property
    def shut_for(self) -> float:
        """Seconds for which nobody need ask; then a probe may be due, which only the database can grant."""
        return math.inf if self.mode is Mode.FORCED_OPEN else self.wait

    def permit(self, now: float, kind: "type[Permit] | None" = None) -> "Permit":
        """The permit that a reading which admits gives."""
        made = Permit if kind is None else kind
        return made(self.generation, now, self.mode is Mode.AUTOMATIC, self.mode is not Mode.DISABLED)

    def rejection(self, wait: float) -> "Rejected":
        """The rejection that a reading which does not admit gives."""
        if self.mode is Mode.FORCED_OPEN:
            return Rejected(Why.FORCED, None)
        return Rejected(Why.PROBING if self.state is State.HALF_OPEN else Why.OPEN, wait)


class Permit:
    """The right to one call; it is settled once, by its outcome or by giving it back.

    Made for every call, so what is the same for nearly all stands in the class, and flags go by position.
    """

    probe = False  # holds a lease that others wait for
    settled = False
    writes = False  # reads and writes are counted apart

    def __init__(
        self,
        generation: int,
        started: float,
        counts: bool = True,
        measured: bool = True,
        probe: bool = False,
    ) -> None:
        self.generation = generation
        self.started = started  # monotonic, to tell how long the call took
        self.counts = counts  # its outcome can change the state
        self.measured = measured  # its outcome is a row of metrics
        if probe:
            self.probe = True

    @property
    def state(self) -> State:
        """Where the circuit stood when it was given."""
        return State.HALF_OPEN if self.probe else State.CLOSED


class WritePermit(Permit):
    """The right to one call that changes something."""

    writes = True


class Rejected:
    """No call now; `retry_after` says when to ask again, None that only an operator can tell."""

    __slots__ = ("retry_after", "why")

    def __init__(self, why: Why, retry_after: float | None) -> None:
        self.why = why
        self.retry_after = retry_after

    @property
    def state(self) -> State:
        """Where the circuit stood."""
        return State.HALF_OPEN if self.why is Why.PROBING else State.OPEN
