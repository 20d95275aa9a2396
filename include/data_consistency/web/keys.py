"""Who asks: the company behind an API key, compared in constant time, and how often it may."""

import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from data_consistency.errors import DataConsistencyError
from data_consistency.ledger.api_keys import ApiKey, hash_of
from data_consistency.logs import logger_of
from data_consistency.web.problems import Problem

logger = logger_of(__name__)

FRESH_SECONDS = 15.0
# After an error the database is not asked for so long.
PAUSE_SECONDS = 1.0
# With the database away, keys known before go on opening for so long: a booking path is not locked out by a restart.
STALE_SECONDS = 300.0


class KeyRing:
    """The valid keys, read again every few seconds: a revoked key closes within them.

    One request at a time reads them, and the others go on with those known before: a database that hangs is waited for
    by one, and asked again only after a pause.
    """

    def __init__(self, load: Callable[[], tuple[ApiKey, ...]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._keys: tuple[ApiKey, ...] = ()
        self._read_at: float | None = None
        self._failed_at: float | None = None
        self._loading = threading.Lock()

    @property
    def is_fresh(self) -> bool:
        """Whether the database need not be asked."""
        return self._is_since(self._read_at, FRESH_SECONDS) or self._is_since(self._failed_at, PAUSE_SECONDS)

    def company_of(self, authorization: str | None) -> ApiKey:
        """The key behind an Authorization header.

        Raises:
            Problem: 401 there is none, or it opens nothing; 503 nobody can say.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("Send your API key: Authorization: Bearer <key>.")
        given = hash_of(token.strip())
        found = None
        for key in self._current():
            # Every key is compared, whichever matches: the time tells nothing.
            if hmac.compare_digest(key.key_hash, given):
                found = key
        if found is None:
            raise _unauthorized("The API key is unknown, expired or revoked.")
        return found

    def _current(self) -> tuple[ApiKey, ...]:
        # Who has no keys at all waits for whoever reads them first; else nobody waits for anybody.
        if not self.is_fresh and self._loading.acquire(blocking=self._read_at is None):
            try:
                self._read_again()
            finally:
                self._loading.release()
        if not self._is_since(self._read_at, STALE_SECONDS):
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "API keys cannot be looked up now. Repeat the request.",
                headers={"Retry-After": "5"},
            )
        return self._keys

    def _read_again(self) -> None:
        if self.is_fresh:
            return  # another has just done it
        try:
            self._keys = self._load()
        except DataConsistencyError as error:
            self._failed_at = self._clock()
            logger.warning("API keys cannot be looked up cause=%s", type(error).__name__)
        else:
            self._read_at, self._failed_at = self._clock(), None

    def _is_since(self, at: float | None, seconds: float) -> bool:
        return at is not None and self._clock() - at <= seconds


class RateLimit:
    """A token bucket for each key: so many requests a second, and so many at once after a pause."""

    def __init__(self, per_second: float, burst: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: ApiKey) -> None:
        """Count one request.

        Raises:
            Problem: 429, with the seconds to wait.
        """
        with self._lock:
            now = self._clock()
            tokens, at = self._buckets.get(key.key_hash, (self._burst, now))
            tokens = min(self._burst, tokens + (now - at) * self._per_second)
            if tokens < 1:
                wait = max(1, round((1 - tokens) / self._per_second))
                raise Problem(
                    HTTPStatus.TOO_MANY_REQUESTS, "Too many requests with this key.", headers={"Retry-After": str(wait)}
                )
            self._buckets[key.key_hash] = (tokens - 1, now)


class AtOnce:
    """So many of a company's requests are worked on at once: who waits for one calendar takes no thread of others."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now: Counter[int] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def counted(self, company_id: int) -> Iterator[None]:
        """Count one request while it is worked on.

        Raises:
            Problem: 429, with the seconds to wait.
        """
        with self._lock:
            if self._now[company_id] >= self._most:
                raise Problem(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    f"Your company has {self._most} of these under way. Repeat the request.",
                    headers={"Retry-After": "1"},
                )
            self._now[company_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._now[company_id] -= 1
                self._now += Counter()  # forgets who has none


def _unauthorized(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})
