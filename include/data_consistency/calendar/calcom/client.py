"""`CalcomClient`: the one class in front of Cal.com's API."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from data_consistency.calendar.calcom import booking as writing
from data_consistency.calendar.calcom.booking import CHECK_AFTER, Booked, NewBooking
from data_consistency.calendar.calcom.clock import Allowance, Clock, SystemClock
from data_consistency.calendar.calcom.connection import Connection
from data_consistency.calendar.calcom.errors import CalcomError, Refusal, Refused, UnreadableBooking
from data_consistency.calendar.calcom.exchange import Ask, Exchange, Guard, Unguarded
from data_consistency.calendar.calcom.listing import Page, Query, read_page
from data_consistency.calendar.calcom.models import (
    Booking,
    MalformedBooking,
    Profile,
    Standing,
    parse_booking,
    parse_profile,
)
from data_consistency.calendar.calcom.pace import Pace
from data_consistency.calendar.calcom.pace_store import PaceStore, shared_pace
from data_consistency.calendar.calcom.walk import Walk, Walker

T = TypeVar("T")


class CalcomClient:
    """Asks Cal.com, believes what fits the contract, and says so when it does not.

    Safe for several threads. Reading may be repeated by the client itself, writing never is.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        guard: Guard | None = None,
        guard_of_writes: Guard | None = None,
        clock: Clock | None = None,
        pace: PaceStore | None = None,
    ) -> None:
        self._connection = connection
        self._limits = connection.limits
        self._versions = connection.versions
        self._clock: Clock = clock or SystemClock()
        self._exchange = Exchange(
            connection,
            pace=Pace(
                pace or shared_pace(connection.key),
                self._clock,
                per_minute=connection.limits.requests_per_minute,
                per_day=connection.limits.requests_per_day,
                share=connection.share,
            ),
            clock=self._clock,
            guard=guard or Unguarded(),
            guard_of_writes=guard_of_writes,
        )

    def __enter__(self) -> "CalcomClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._exchange.close()

    def me(self) -> Profile:
        """Whose key it is: proves both that Cal.com answers and that the key is good.

        Raises:
            CalcomError: it does not, or is not.
        """
        ask = Ask(operation="me", method="GET", path="/v2/me")
        return self._read(ask, parse_profile)

    def get(self, uid: str) -> tuple[Booking, ...]:
        """A booking by its uid, never by its number; all recurrences for the uid of a series.

        Raises:
            BookingNotFound: no such booking; once is no proof.
            CalcomError: no usable answer.
        """
        ask = Ask(operation="get booking", method="GET", path=writing.uid_path(uid), version=self._versions.get_booking)
        found = self._read(ask, _rows)
        if not any(uid in (row.uid, row.recurring_uid) for row in found):
            raise UnreadableBooking(ask.operation, "uid", "the answer is another booking's")
        return found

    def pages(self, query: Query) -> Iterator[Page]:
        """The pages of a list, one after the other; `walk` also tells whether they are all."""
        return self.walker(query).pages()

    def walk(self, query: Query, *, statuses: tuple[str, ...] = ()) -> Walk:
        """Read a list to its end.

        Args:
            query: which bookings.
            statuses: by cursor, walk once for each of these values of the filter instead of once without it.

        Raises:
            CalcomError: not one page could be read. Later errors make the walk partial.
        """
        walker = self.walker(query, statuses=statuses)
        for _ in walker.pages():
            pass
        return walker.result()

    def walker(self, query: Query, *, statuses: tuple[str, ...] = ()) -> Walker:
        """A walk to be read page by page, under one deadline that begins now."""
        allowance = Allowance(self._clock, seconds=self._limits.walk, retries=self._limits.retries_of_a_walk)
        style = self._versions.style

        def fetch(part: Query, paging: Mapping[str, str]) -> Page:
            ask = Ask(
                operation="list bookings",
                method="GET",
                path="/v2/bookings",
                version=self._versions.list_bookings,
                params={**part.params(), **paging},
            )
            return read_page(self._exchange.send(ask, allowance), style)

        return Walker(fetch, query, style=style, max_pages=self._limits.pages, statuses=statuses)

    def create(self, new: NewBooking) -> tuple[Booking, ...]:
        """Book, once. An error does not prove that nothing was booked: `book` finds out.

        Raises:
            CalcomError: no good answer.
        """
        ask = Ask(
            operation="create booking",
            method="POST",
            path="/v2/bookings",
            version=self._versions.create_booking,
            body=new.body(),
        )
        return self._read(ask, _rows)

    def book(self, new: NewBooking, *, checks: tuple[float, ...] = CHECK_AFTER) -> Booked:
        """Book, once, and find out what an unclear answer means.

        Raises:
            CalcomError: surely not booked.
        """
        try:
            return writing.judge(new, self.create(new)[0])
        except CalcomError as error:
            if not writing.is_unclear(error):
                raise
            return writing.settle(new, error, search=self.walk, sleep=self._clock.sleep, checks=checks)

    def cancel(
        self, uid: str, *, seat_uid: str | None = None, reason: str = "Cancelled by the booking system"
    ) -> tuple[Booking, ...]:
        """Cancel a booking; one that is cancelled already is as good.

        Args:
            uid: of the booking, or of a series.
            seat_uid: of one guest; without it all guests of a seated booking lose their places.
            reason: why the whole is cancelled, which Cal.com asks of a host; of a seat it takes none.

        Raises:
            CalcomError: it is not known to be cancelled; get it to find out.
        """
        ask = Ask(
            operation="cancel booking",
            method="POST",
            path=f"{writing.uid_path(uid)}/cancel",
            version=self._versions.cancel_booking,
            body=writing.cancel_body(seat_uid, reason),
        )
        try:
            return self._read(ask, _rows)
        except Refused as error:
            if error.refusal not in (Refusal.ALREADY_CANCELLED, Refusal.OTHER):
                raise
            found = self.get(uid)  # the row tells what the words of a refusal only suggest
            if any(_holds(row, seat_uid) for row in found):
                raise error from None
            return found

    def reschedule(
        self, uid: str, start: datetime, *, seat_uid: str | None = None, reason: str | None = None
    ) -> Booking:
        """Move a booking: the answer is a new booking with a uid of its own; the old one is cancelled.

        A seated booking keeps its uid; with `seat_uid` one guest goes to another booking, and the others stay.

        Raises:
            CalcomError: it is not known to be moved; get it to find out.
        """
        ask = Ask(
            operation="reschedule booking",
            method="POST",
            path=f"{writing.uid_path(uid)}/reschedule",
            version=self._versions.reschedule_booking,
            body=writing.reschedule_body(start, reason, seat_uid),
        )
        return self._read(ask, _rows)[0]

    def _read(self, ask: Ask, parse: Callable[[object], T]) -> T:
        allowance = Allowance(self._clock, seconds=self._limits.operation, retries=self._limits.retries)
        document = self._exchange.send(ask, allowance)
        try:
            return parse(document["data"])
        except MalformedBooking as error:
            raise UnreadableBooking(ask.operation, error.field, str(error)) from None


def _holds(booking: Booking, seat_uid: str | None) -> bool:
    """Whether what was to be cancelled is still there."""
    if booking.standing not in (Standing.LIVE, Standing.UNJUDGED):
        return False
    if seat_uid is None or not booking.seats:
        return True  # who does not see the guests cannot know that one is gone
    return any(seat.uid == seat_uid for seat in booking.seats)


def _rows(data: object) -> tuple[Booking, ...]:
    """One booking, or all of a series."""
    rows = data if isinstance(data, list) else [data]
    if not rows:
        raise MalformedBooking("data", "is empty")
    return tuple(parse_booking(row) for row in rows)
