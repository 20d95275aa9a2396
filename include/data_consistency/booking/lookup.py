"""What the calendar itself says of a booking just announced, asked through the circuit breaker.

Absence is proved, never inferred: Cal.com answers from a replica that lags, so only a complete look, a while after the
announcement, says that there is no booking, and only if nothing in it can be the call's.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from data_consistency.booking.search import Search
from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar
from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar.calcom import CalcomClient, Limits
from data_consistency.calendar.calcom.accounts import Account, account_of
from data_consistency.calendar.calcom.clock import ends_within
from data_consistency.calendar.port import BreakerGuard

SERVICE = "calcom"
# A caller waits: one try, and no longer than a person pauses.
_LIMITS = Limits(connect=2.0, read=4.0, request=5.0, operation=6.0, walk=8.0, retries=1, retries_of_a_walk=1)
LOOK_SECONDS = 8.0  # for all requests of one look together


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
        with ends_within(LOOK_SECONDS):
            return Search(client, account.event_type_ids, question, now=self._now()).answer()

    def _client(self, account: Account, company_id: int | None) -> CalcomClient:
        with self._lock:
            if company_id not in self._clients:
                guard = BreakerGuard(self._breakers.of(SERVICE, company_id))
                connection = replace(account.connection, limits=_LIMITS)
                self._clients[company_id] = CalcomClient(connection, guard=guard)
            return self._clients[company_id]
