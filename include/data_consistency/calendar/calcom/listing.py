"""A list of bookings: what to ask for, and one page of the answer in either style."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from data_consistency.calendar.calcom.connection import ListStyle
from data_consistency.calendar.calcom.errors import WrongVersion
from data_consistency.calendar.calcom.models import Booking, MalformedBooking, Unreadable, parse_booking, salvage

# Values of the filter are no states of a booking: `cancelled` means cancelled and rejected, `upcoming` not yet ended.
ALL_STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
LARGEST_PAGE = {ListStyle.OFFSET: 250, ListStyle.CURSOR: 100}
LONGEST_BOOKING = timedelta(days=1)
_MS = timedelta(milliseconds=1)
_LIST = "list bookings"


class Edge(StrEnum):
    """Which time of a booking a window is about."""

    CREATED = "created"
    UPDATED = "updated"  # leaves out bookings that were never updated
    START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Bookings whose time lies from `lower` to `upper`, both included."""

    edge: Edge
    lower: datetime
    upper: datetime

    def __post_init__(self) -> None:
        """Refuse times that mean nothing.

        Raises:
            ValueError: a time has no zone, or the window ends before it begins.
        """
        if self.lower.tzinfo is None or self.upper.tzinfo is None:
            raise ValueError("a window needs times with a zone")
        if self.upper < self.lower:
            raise ValueError("a window ends after it begins")

    def halves(self) -> "tuple[Window, Window] | None":
        """Two windows that share the middle, or none when there is nothing left to halve."""
        half = (self.upper - self.lower) / 2
        if half < _MS:
            return None
        middle = self.lower + half
        return (
            Window(edge=self.edge, lower=self.lower, upper=middle),
            Window(edge=self.edge, lower=middle, upper=self.upper),
        )

    def holds(self, booking: Booking) -> bool:
        """Whether a booking belongs here; to the millisecond, as that is what we can ask for."""
        times = {Edge.CREATED: booking.created_at, Edge.UPDATED: booking.updated_at, Edge.START: booking.start}
        at = times[self.edge]
        return at is not None and _whole_ms(self.lower) <= at < _whole_ms(self.upper) + _MS

    def allows(self, booking: Booking) -> bool:
        """Whether a server that honours our parameters may send this row."""
        if self.edge is Edge.START:
            return _whole_ms(self.lower) <= booking.start and booking.end < self.upper + LONGEST_BOOKING + _MS
        return self.holds(booking)

    def params(self) -> dict[str, str]:
        """As parameters of the request."""
        if self.edge is Edge.START:
            # There is no filter for a latest start, only for a latest end.
            return {"afterStart": _iso(self.lower), "beforeEnd": _iso(self.upper + LONGEST_BOOKING)}
        name = "CreatedAt" if self.edge is Edge.CREATED else "UpdatedAt"
        return {f"after{name}": _iso(self.lower), f"before{name}": _iso(self.upper)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which bookings to list."""

    window: Window | None = None  # None: all
    status: str | None = None  # a value of the filter; None: every state
    event_type_ids: tuple[int, ...] = ()
    attendee_email: str | None = field(default=None, repr=False)  # searched for, never kept
    booking_uid: str | None = None

    def params(self) -> dict[str, str]:
        """As parameters of the request."""
        asked = self.window.params() if self.window else {}
        if self.event_type_ids:
            asked["eventTypeIds"] = ",".join(str(number) for number in self.event_type_ids)
        if self.attendee_email is not None:
            asked["attendeeEmail"] = self.attendee_email
        if self.booking_uid is not None:
            asked["bookingUid"] = self.booking_uid
        if self.status is not None:
            asked["status"] = self.status
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list."""

    uids: tuple[str | None, ...]  # of all rows, in their order
    bookings: tuple[Booking, ...]
    unreadable: tuple[Unreadable, ...]
    next_cursor: str | None = None
    has_more: bool = False

    @property
    def rows(self) -> int:
        """How many rows came, readable or not."""
        return len(self.uids)


def read_page(document: Mapping[str, object], style: ListStyle) -> Page:
    """One page of the expected style.

    Raises:
        WrongVersion: the list or its paging keys look otherwise; an empty list is never made of that.
    """
    rows, pagination = document["data"], document.get("pagination")
    if not isinstance(rows, list) or not isinstance(pagination, Mapping):
        raise WrongVersion(_LIST, f"the answer has no {style.value} paging; set the version that the server speaks")
    if style is ListStyle.OFFSET:
        if "totalItems" not in pagination or "hasNextPage" not in pagination:
            raise WrongVersion(_LIST, "the answer is not paged by offset; set the version that the server speaks")
        return _page(rows)
    cursor, has_more = pagination.get("nextCursor", False), pagination.get("hasMore")
    if not isinstance(has_more, bool) or not (cursor is None or isinstance(cursor, str)):
        raise WrongVersion(_LIST, "the answer is not paged by cursor; set the version that the server speaks")
    return _page(rows, next_cursor=cursor or None, has_more=has_more)


def _page(rows: list[object], *, next_cursor: str | None = None, has_more: bool = False) -> Page:
    uids: list[str | None] = []
    bookings: list[Booking] = []
    unreadable: list[Unreadable] = []
    for row in rows:
        try:
            booking = parse_booking(row)
        except MalformedBooking as error:
            uids.append(error.uid)
            unreadable.append(salvage(row, error))
        else:
            uids.append(booking.uid)
            bookings.append(booking)
    return Page(
        uids=tuple(uids),
        bookings=tuple(bookings),
        unreadable=tuple(unreadable),
        next_cursor=next_cursor,
        has_more=has_more,
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
