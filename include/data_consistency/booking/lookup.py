"""What the calendar itself says of a booking just announced, asked through the circuit breaker.

Cal.com answers from a replica that lags, so what it does not show at once is not known to be absent: only a complete
look, a while after the announcement, proves that there is no booking.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar
from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.policy import BreakerSettings
from data_consistency.calendar.calcom import Booking, CalcomClient, Edge, Limits, Query, Standing, Window
from data_consistency.calendar.calcom.accounts import Account, account_of
from data_consistency.calendar.calcom.errors import BookingNotFound
from data_consistency.logs import logger_of

logger = logger_of(__name__)

SERVICE = "calcom"
# A caller waits: one try, and no longer than a person pauses.
_LIMITS = Limits(connect=2.0, read=4.0, request=5.0, operation=6.0, walk=8.0, retries=1, retries_of_a_walk=1)
_BREAKER = BreakerSettings(timeout_seconds=8.0)
_LAG = timedelta(seconds=45)
# Calls last; a booking is made during the call that announces it.
_BEFORE = timedelta(hours=2)


class CalcomCalendar:
    """Asks Cal.com for single bookings; thread-safe, made once a process."""

    def __init__(
        self, accounts: tuple[Account, ...], breakers: Breakers, *, now: Callable[[], datetime] | None = None
    ) -> None:
        self._accounts = accounts
        self._breakers = breakers
        self._now = now or (lambda: datetime.now(UTC))
        self._clients: dict[int | None, CalcomClient] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the kept connections."""
        for client in self._clients.values():
            client.close()

    def ask(self, question: Question) -> Calendar | None:
        """Whether there is a booking; None: the company's calendar is not connected.

        Raises:
            DataConsistencyError: Cal.com was not asked, or gave no usable answer.
        """
        account = account_of(self._accounts, question.company_id)
        if account is None:
            return None
        client = self._client(account, question.company_id)
        if question.booking_id is not None and not question.booking_id.isdigit():
            found = _by_uid(client, question.booking_id)
            if found is not None:
                return _standing(found)
        return self._by_call(client, account, question)

    def _by_call(self, client: CalcomClient, account: Account, question: Question) -> Calendar:
        now = self._now()
        announced = now if question.announced_at is None else question.announced_at.replace(tzinfo=UTC)
        window = Window(edge=Edge.CREATED, lower=announced - _BEFORE, upper=max(now, announced))
        walk = client.walk(Query(window=window, event_type_ids=account.event_type_ids))
        for booking in walk.bookings:
            if _is_it(booking, question):
                return _standing(booking)
        if not walk.is_complete:
            logger.warning("calendar was read in part shortfalls=%s", ",".join(walk.shortfalls))
            return Calendar.SILENT
        return Calendar.NOT_BOOKED if now - announced >= _LAG else Calendar.SILENT

    def _client(self, account: Account, company_id: int | None) -> CalcomClient:
        with self._lock:
            if company_id not in self._clients:
                breaker = self._breakers.of(SERVICE, company_id, _BREAKER)
                connection = replace(account.connection, limits=_LIMITS)
                self._clients[company_id] = CalcomClient(connection, guard=breaker)
            return self._clients[company_id]


def _by_uid(client: CalcomClient, uid: str) -> Booking | None:
    try:
        return client.get(uid)[-1]
    except BookingNotFound:
        return None  # once is no proof
    except ValueError:
        return None  # no uid of Cal.com's


def _is_it(booking: Booking, question: Question) -> bool:
    if question.booking_id is not None and question.booking_id in {booking.uid, str(booking.id)}:
        return True
    return question.retell_call_id is not None and booking.call_id == question.retell_call_id


def _standing(booking: Booking) -> Calendar:
    """A booking that was moved is one: where to, a person sees. One in a state that we do not know says nothing."""
    if booking.standing is Standing.UNJUDGED:
        return Calendar.SILENT
    return Calendar.NOT_BOOKED if booking.standing is Standing.VOID else Calendar.BOOKED
