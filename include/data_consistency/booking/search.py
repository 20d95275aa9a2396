"""One look at a calendar for one call's booking: by what was announced, by what names the call, and by every link."""

from datetime import UTC, datetime, timedelta

from data_consistency.booking.chains import chain_of, ids_of, missing_links, series_of, standing_of
from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar
from data_consistency.calendar.calcom import Booking, CalcomClient, Edge, Query, Standing, Window
from data_consistency.calendar.calcom.errors import BookingNotFound
from data_consistency.identity import call_name
from data_consistency.logs import logger_of

logger = logger_of(__name__)

_LAG = timedelta(seconds=45)
# Calls last; a booking is made during the call that announces it.
_BEFORE = timedelta(hours=2)
# A provider's clock may be ahead of ours.
_AHEAD = timedelta(hours=1)
_AROUND_A_MOVE = timedelta(minutes=10)
_MOST_LINKS = 10  # that are followed by requests of their own


class Search:
    """Looks once; what it has read it keeps until it answers."""

    def __init__(
        self, client: CalcomClient, event_type_ids: tuple[int, ...], question: Question, *, now: datetime
    ) -> None:
        self._client = client
        self._event_type_ids = event_type_ids
        self._question = question
        self._now = now
        self._received = _aware(question.received_at) or _aware(question.announced_at) or now
        self._announced = _aware(question.announced_at) or self._received
        self._names = frozenset(
            name for value in (question.retell_call_id, question.call_id) if (name := call_name(value)) is not None
        )
        self._known: dict[str, Booking] = {}
        self._is_complete = True

    def answer(self) -> Calendar:
        """What the calendar says.

        Raises:
            DataConsistencyError: Cal.com was not asked, or gave no usable answer.
        """
        if (uid := self._question.booking_id) is not None and not uid.isdigit():
            self._get(uid)
        found = self._found_chain()
        if found is None:
            self._walk(min(self._announced, self._received) - _BEFORE)
            found = self._found_chain()
        return found or self._not_found()

    def _found_chain(self) -> Calendar | None:
        """What is said of the call's booking; None: it is not there, or all of it is void."""
        chain = self._followed(self._seeds())
        if not chain:
            return None
        if standing_of(chain) is Standing.VOID:
            chain = self._with_successors(chain)
        standing = standing_of(chain)
        if standing is Standing.LIVE:
            return Calendar.ONE_BOOKING if ids_of(chain) & self._question.row_ids else Calendar.BOOKED
        return Calendar.SILENT if standing is Standing.UNJUDGED else None

    def _not_found(self) -> Calendar:
        if not self._is_complete:
            return Calendar.SILENT
        if any(self._may_be_ours(booking) for booking in self._known.values()):
            return Calendar.UNREADABLE
        return Calendar.NOT_BOOKED if self._now - self._received >= _LAG else Calendar.SILENT

    def _seeds(self) -> list[Booking]:
        return [booking for booking in self._known.values() if self._is_ours(booking)]

    def _is_ours(self, booking: Booking) -> bool:
        if booking.call_names & self._names:
            return True
        announced = self._question.booking_id
        if announced is None:
            return False
        if booking.is_seated:
            # Its uid is that of all guests together; only a seat is one's own.
            return announced in {seat.uid for seat in booking.seats}
        return announced in {booking.uid, booking.recurring_uid, str(booking.id)}

    def _may_be_ours(self, booking: Booking) -> bool:
        return booking.may_be_any_calls and booking.standing is not Standing.VOID and not self._is_ours(booking)

    def _followed(self, seeds: list[Booking]) -> dict[str, Booking]:
        """The chain of the seeds, with whatever its links name."""
        chain = chain_of(seeds, self._known)
        asked: set[str] = set()
        while len(asked) < _MOST_LINKS:
            wanted = [uid for uid in (*missing_links(chain), *series_of(chain)) if uid not in asked]
            if not wanted:
                break
            asked.add(wanted[0])
            self._get(wanted[0])
            chain = chain_of(seeds, self._known)
        return chain

    def _with_successors(self, chain: dict[str, Booking]) -> dict[str, Booking]:
        """The chain with what was made when its bookings ended: a recurrence does not say where it was moved to."""
        ended = [booking.updated_at for booking in chain.values() if booking.updated_at is not None]
        if not ended:
            return chain
        self._walk(min(ended) - _AROUND_A_MOVE)
        return self._followed(list(chain.values()))

    def _get(self, uid: str) -> None:
        try:
            found = self._client.get(uid)
        except BookingNotFound:
            return  # once is no proof
        except ValueError:
            return  # no uid of Cal.com's
        self._known |= {booking.uid: booking for booking in found}

    def _walk(self, lower: datetime) -> None:
        window = Window(edge=Edge.CREATED, lower=lower, upper=max(self._now, self._announced) + _AHEAD)
        walk = self._client.walk(Query(window=window, event_type_ids=self._event_type_ids))
        self._known |= {booking.uid: booking for booking in walk.bookings}
        if not walk.is_complete:
            logger.warning("calendar was read in part shortfalls=%s", ",".join(walk.shortfalls))
            self._is_complete = False


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
