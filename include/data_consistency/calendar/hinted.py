"""One look at a company's calendar for bookings that somebody has just spoken of.

What is said is believed by nobody: the calendar is asked, and what it shows goes into the mirror as in any reading. A
booking that is not there proves nothing; a complete reading decides that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy.engine import Connection

from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar import mirror
from data_consistency.calendar.calcom import Booking, Edge, Query, Status, Window
from data_consistency.calendar.calcom.accounts import Account
from data_consistency.calendar.calcom.clock import ends_within
from data_consistency.calendar.calcom.errors import BookingNotFound
from data_consistency.calendar.port import ConnectedCalendar, ReadOnlyCalendar, open_calendar
from data_consistency.calendar.rows import brought
from data_consistency.db import sql
from data_consistency.errors import DataConsistencyError
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# For one booking; whoever waits for more of them waits with the next lease.
_SECONDS = 8.0
# For all bookings of one lease, which lasts longer.
LOOK_SECONDS = 25.0
# Of the requests a minute; the rest is left to the reconciliation.
_SHARE = 2 / 3
_FAILURES = 2  # after so many the calendar is left alone
_VOID = frozenset({Status.CANCELLED, Status.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A booking, and what was said of it."""

    uid: str
    is_void: bool  # cancelled or rejected; else it is there


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the calendar says."""

    is_busy: bool = False  # somebody else reads it now: nobody has looked
    agreed: set[Wanted] = field(default_factory=set)
    call_names: set[str] = field(default_factory=set)  # of the bookings that it showed


def look(rt: Runtime, source: ConnectedCalendar, breakers: Breakers, wanted: Sequence[Wanted]) -> Seen:
    """Look each booking up and store what is shown.

    Args:
        rt: the runtime.
        source: whose calendar.
        breakers: of this process.
        wanted: bookings by uid, each once or with both things that may be said of it.

    Raises:
        DatabaseUnavailable: nothing is stored of what was read last.
    """
    with mirror.only_reader(rt.engine, source.company_id) as is_ours:
        if not is_ours:
            return Seen(is_busy=True)
        quick = replace(source, account=_in_a_hurry(source.account))
        with ends_within(LOOK_SECONDS), open_calendar(rt, quick, breakers) as calendar:
            return _Looker(rt, quick, calendar).look(wanted)


def _in_a_hurry(account: Account) -> Account:
    """With the patience of somebody who comes again soon, and never all of the pace of a key: others need it too."""
    limits = account.connection.limits
    limits = replace(limits, operation=min(limits.operation, _SECONDS), walk=min(limits.walk, _SECONDS), retries=0)
    pace = max(1, round(limits.requests_per_minute * _SHARE))
    limits = replace(limits, retries_of_a_walk=0, rate_limit_waits=0, requests_per_minute=pace)
    return replace(account, connection=replace(account.connection, limits=limits))


class _Looker:
    """Looks at the calendar of one company."""

    def __init__(self, rt: Runtime, source: ConnectedCalendar, calendar: ReadOnlyCalendar) -> None:
        self._rt = rt
        self._source = source
        self._calendar = calendar

    def look(self, wanted: Sequence[Wanted]) -> Seen:
        seen, failures, shown = Seen(), 0, []
        uids = list(dict.fromkeys(one.uid for one in wanted))
        known = self._mirrored(uids)
        for uid in uids:
            try:
                found = self._found(uid, known)
            except DataConsistencyError as error:
                # Refused, broken, slow: the same look is made again, and the hourly reading is the net.
                logger.warning("hint not looked up company=%d cause=%s", self._source.company_id, type(error).__name__)
                failures += 1
                if failures >= _FAILURES:
                    break
                continue
            shown += found
            is_void = all(booking.status in _VOID for booking in found)
            seen.agreed |= {one for one in wanted if one.uid == uid and found and one.is_void == is_void}
        self._store(shown)
        seen.call_names = {booking.call_name for booking in shown if booking.call_name is not None}
        return seen

    def _mirrored(self, uids: Sequence[str]) -> Collection[str]:
        with self._rt.transaction() as connection:
            rows = sql.run(connection, "mirrored_uids", company_id=self._source.company_id, uids=list(uids))
            return {str(uid) for (uid,) in rows}

    def _found(self, uid: str, known: Collection[str]) -> list[Booking]:
        """What has this uid and is the company's; a series has several parts."""
        try:
            found = self._calendar.get(uid)
        except BookingNotFound:
            return []
        return [booking for booking in found if self._is_ours(booking, uid in known)]

    def _is_ours(self, booking: Booking, is_known: bool) -> bool:
        """Whoever knows a uid may read its booking, so that reading it does not show whose it is."""
        if types := self._source.account.event_type_ids:
            return booking.event_type_id in types
        if is_known:
            return True
        around = Window(edge=Edge.START, lower=booking.start, upper=booking.start + timedelta(seconds=1))
        listed = self._calendar.walk(Query(window=around, booking_uid=booking.uid)).bookings
        return any(one.uid == booking.uid for one in listed)

    def _store(self, shown: Sequence[Booking]) -> None:
        if not shown:
            return
        company, now, window = self._source.company_id, self._rt.now(), brought(shown, ())

        def keep(connection: Connection) -> None:
            mirror.store(connection, company, window.read, now=now)
            mirror.set_aside(connection, company, window.unreadable, now=now)
            mirror.link(connection, company, now=now)

        self._rt.repeated(keep)
