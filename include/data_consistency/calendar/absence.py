"""Bookings that a reading of the whole horizon no longer shows: looked up one by one, and never given up at once.

A list can leave out what the key may not see; a single look ignores that. So what is found by its uid is there. What is
not found twice, minutes apart, while a booking that was just listed can still be found, is gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data_consistency.calendar import mirror
from data_consistency.calendar.calcom import Booking, Unreadable
from data_consistency.calendar.calcom.errors import BookingNotFound, UnreadableBooking
from data_consistency.calendar.mirror import Reading
from data_consistency.calendar.port import ConnectedCalendar, ReadOnlyCalendar
from data_consistency.calendar.rows import riddle_of, row_of
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

SECOND_LOOK = timedelta(minutes=5)
MOST_LOOKS = 100  # of one run; each is a request


@dataclass(slots=True, kw_only=True)
class Doubts:
    """What became of them."""

    looked_up: int = 0
    there: int = 0  # though no list showed them
    lost: int = 0
    waiting: int = 0  # missed once
    unasked: int = 0  # left for the next run
    distrust: str | None = None  # why nothing that is missing can be believed now


class _Looker:
    def __init__(self, rt: Runtime, source: ConnectedCalendar, calendar: ReadOnlyCalendar, reading: Reading) -> None:
        self._rt = rt
        self._source = source
        self._calendar = calendar
        self._reading = reading
        self._is_trusted = False
        self.doubts = Doubts()

    def look(self, uid: str, missed_at: datetime | None) -> None:
        """Look one booking up, and store what that means."""
        try:
            found = self._calendar.get(uid)
        except ValueError:
            return  # no uid of Cal.com's; nobody can ask for it
        except BookingNotFound:
            self.doubts.looked_up += 1
            self._miss(uid, missed_at)
        except UnreadableBooking as error:
            self.doubts.looked_up += 1
            self._set_aside(uid, error.field)
        else:
            self.doubts.looked_up += 1
            self._keep(uid, found)

    def _miss(self, uid: str, missed_at: datetime | None) -> None:
        if not self._may_believe():
            return
        company, now = self._source.company_id, self._rt.now()
        note = mirror.miss if missed_at is None else mirror.lose
        self._rt.repeated(lambda connection: note(connection, company, uid, now=now))
        self.doubts.lost += missed_at is not None

    def _set_aside(self, uid: str, field: str) -> None:
        """It is there, and nobody can read it."""
        company, now = self._source.company_id, self._rt.now()
        row = riddle_of(Unreadable(uid=uid, field=field))
        self._rt.repeated(lambda connection: mirror.set_aside(connection, company, [row], now=now))
        self.doubts.there += 1

    def _keep(self, uid: str, found: tuple[Booking, ...]) -> None:
        company, now = self._source.company_id, self._rt.now()
        types = self._source.account.event_type_ids
        booking = next((one for one in found if one.uid == uid), None)
        row = None if booking is None else row_of(booking)
        if booking is None or row is None or (types and booking.event_type_id not in types):
            # It is a series by now, or of an event type that is not this company's any more.
            self._rt.repeated(lambda connection: mirror.lose(connection, company, uid, now=now))
            self.doubts.lost += 1
        else:
            self._rt.repeated(lambda connection: mirror.store(connection, company, [row], now=now))
            self.doubts.there += 1

    def _may_believe(self) -> bool:
        """Whether a booking that was just listed can be found by its uid."""
        if self._is_trusted or self.doubts.distrust:
            return self._is_trusted
        with self._rt.transaction() as connection:
            known = mirror.shown_uid(connection, self._reading)
        try:
            if known is not None:
                self._calendar.get(known)
        except BookingNotFound:
            self.doubts.distrust = "a booking that was just listed cannot be found by its uid"
        else:
            self._is_trusted = True
        return self._is_trusted


def settle_doubts(rt: Runtime, source: ConnectedCalendar, calendar: ReadOnlyCalendar, reading: Reading) -> Doubts:
    """Look up what the mirror holds as live and a reading did not show.

    Args:
        rt: the runtime.
        source: whose calendar.
        calendar: to be asked.
        reading: has come to its end.

    Raises:
        DataConsistencyError: Cal.com gave no usable answer; what was settled before stays.
    """
    looker = _Looker(rt, source, calendar, reading)
    with rt.transaction() as connection:
        ripe_at = rt.now() - SECOND_LOOK
        found = mirror.doubtful(connection, reading, ripe_at=ripe_at, limit=MOST_LOOKS + 1)
    for uid, missed_at in found[:MOST_LOOKS]:
        looker.look(uid, missed_at)
        if looker.doubts.distrust:
            break
    looker.doubts.unasked = len(found[MOST_LOOKS:])
    with rt.transaction() as connection:
        looker.doubts.waiting = mirror.count_missed(connection, reading)
    doubts = looker.doubts
    if doubts.there:
        logger.warning("bookings are in no list but there company=%d found=%d", source.company_id, doubts.there)
    return doubts
