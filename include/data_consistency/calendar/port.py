"""How a data job asks the calendar: reads alone, through the company's circuit breaker, at the pace of its key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.policy import Use
from data_consistency.calendar.calcom import Booking, CalcomClient, Query, Walk
from data_consistency.calendar.calcom.accounts import Account
from data_consistency.calendar.calcom.errors import RateLimited
from data_consistency.calendar.calcom.pace_store import FilePace
from data_consistency.rules import CALCOM
from data_consistency.runtime import Runtime

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedCalendar:
    """One company whose calendar is connected."""

    company_id: int
    account: Account


class ReadOnlyCalendar:
    """What a data job may ask; there is no way to book, move or cancel through it."""

    def __init__(self, client: CalcomClient) -> None:
        self._client = client

    def prove_access(self) -> None:
        """Ask whose key it is: Cal.com answers, and the key is good.

        Raises:
            DataConsistencyError: it does not, or is not.
        """
        self._client.me()

    def walk(self, query: Query) -> Walk:
        """Read a list of bookings to its end.

        Raises:
            DataConsistencyError: not one page could be read.
        """
        return self._client.walk(query)

    def get(self, uid: str) -> tuple[Booking, ...]:
        """A booking by its uid.

        Raises:
            BookingNotFound: no such booking; once is no proof.
            DataConsistencyError: no usable answer.
        """
        return self._client.get(uid)


class BreakerGuard:
    """The breaker around a call of the client, which limits its own time.

    A walk waits for its pace within the call, so the breaker's own time limit would take our patience for an outage.
    A limit of requests, theirs or ours, says neither that the service fails nor that it works.
    """

    def __init__(self, breaker: CircuitBreaker, use: Use = Use.READ) -> None:
        self._breaker = breaker
        self._use = use

    def call(self, fn: Callable[[], T], /) -> T:
        """Call, if the breaker allows it.

        Raises:
            CircuitOpen: the call was not made.
            Exception: its own.
        """
        with self._breaker.guarded(self._use) as permit:
            try:
                return fn()
            except RateLimited:
                self._breaker.release(permit)
                raise


@contextmanager
def open_calendar(rt: Runtime, source: ConnectedCalendar, breakers: Breakers) -> Iterator[ReadOnlyCalendar]:
    """The calendar of a company; all processes of this machine share the pace of a key."""
    connection = source.account.connection
    guard = BreakerGuard(breakers.of(CALCOM, source.company_id))
    pace = FilePace(rt.settings.var / "calcom", key=connection.key)
    with CalcomClient(connection, guard=guard, pace=pace) as client:
        yield ReadOnlyCalendar(client)
