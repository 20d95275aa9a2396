"""A walk over a list, to its last page or with the reasons why not.

A partial walk adds facts (these bookings exist) and proves no absence. By cursor the walk follows the server; by
offset it halves the window of time as long as a page is full, since rows shift under `skip`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from data_consistency.calendar.calcom.connection import ListStyle
from data_consistency.calendar.calcom.errors import Refused, UnexpectedAnswer
from data_consistency.calendar.calcom.listing import ALL_STATUSES, LARGEST_PAGE, Edge, Page, Query, Window
from data_consistency.calendar.calcom.models import Booking, Unreadable
from data_consistency.errors import DataConsistencyError

Fetch = Callable[[Query, Mapping[str, str]], Page]

_NEVER = datetime.min.replace(tzinfo=UTC)
_HALVINGS_OF_A_REFUSED_WINDOW = 5


class Shortfall(StrEnum):
    """Why a walk is not complete."""

    FAILED = "failed"  # `Walk.failure` says how
    PAGE_CAP = "page_cap"
    WINDOW_REFUSED = "window_refused"  # a time range that the server will not read, however small
    WINDOW_FULL = "window_full"  # more rows at one instant than a page takes
    FILTER_NOT_HONOURED = "filter_not_honoured"  # rows that we did not ask for
    UNREADABLE_ROW = "unreadable_row"
    CURSOR_REPEATED = "cursor_repeated"
    CURSOR_MISSING = "cursor_missing"  # more pages, and no way to them
    PAGE_REPEATED = "page_repeated"  # a page that brought nothing new
    ROWS_MOVED = "rows_moved"  # rows changed places between two pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk brought."""

    bookings: tuple[Booking, ...]  # each uid once, as it was last changed
    shortfalls: tuple[Shortfall, ...]
    failure: DataConsistencyError | None
    unreadable: tuple[Unreadable, ...]
    outside: tuple[str, ...]  # uids of rows that the filters should have left out
    foreign: int  # rows of other event types, left out of `bookings`
    pages: int

    @property
    def is_whole(self) -> bool:
        """Whether every row was seen, if not read: what is not among them is not there."""
        return set(self.shortfalls) <= {Shortfall.UNREADABLE_ROW}

    @property
    def is_complete(self) -> bool:
        """Whether the last page was seen and no row was lost: only then absence means something."""
        return not self.shortfalls


class Walker:
    """One walk: read `pages` to the end, then take the `result`."""

    def __init__(
        self, fetch: Fetch, query: Query, *, style: ListStyle, max_pages: int, statuses: tuple[str, ...] = ()
    ) -> None:
        self._fetch = fetch
        self._queries = _queries(query, style, statuses)
        self._style = style
        self._max_pages = max_pages
        self._event_types = frozenset(query.event_type_ids)
        self._kept: dict[str, Booking] = {}
        self._shortfalls: dict[Shortfall, None] = {}
        self._failure: DataConsistencyError | None = None
        self._unreadable: list[Unreadable] = []
        self._outside: dict[str, None] = {}
        self._foreign = 0
        self._pages = 0

    def result(self) -> Walk:
        """What has been read until now."""
        return Walk(
            bookings=tuple(self._kept.values()),
            shortfalls=tuple(self._shortfalls),
            failure=self._failure,
            unreadable=tuple(self._unreadable),
            outside=tuple(self._outside),
            foreign=self._foreign,
            pages=self._pages,
        )

    def pages(self) -> Iterator[Page]:
        """Every page, as it comes.

        Raises:
            DataConsistencyError: not one page could be read. After the first, an error makes the walk partial.
        """
        try:
            for query in self._queries:
                if query.window is None:
                    yield from self._by_cursor(query) if self._style is ListStyle.CURSOR else self._by_skip(query)
                else:
                    yield from self._by_window(query, query.window)
            if self._failure and not self._pages:
                raise self._failure
        except _CapReached:
            self._short(Shortfall.PAGE_CAP)
        except DataConsistencyError as error:
            if not self._pages:
                raise
            self._failure = error
            self._short(Shortfall.FAILED)

    def _by_window(self, query: Query, window: Window) -> Iterator[Page]:
        waiting = [(window, 0)]
        while waiting:
            part, refusals = waiting.pop()
            asked = replace(query, window=part)
            try:
                if self._style is ListStyle.CURSOR:
                    yield from self._by_cursor(asked)
                elif part.edge is Edge.START:
                    yield from self._by_start(asked, part)
                else:
                    page = self._page(asked, {"sortCreated": "asc"})
                    yield page
                    if self._is_full(page) and self._may_halve(page, part):
                        waiting += [(half, refusals) for half in reversed(part.halves() or ())]
            except Refused as error:
                halves = part.halves()
                if error.status != 400:
                    raise
                if halves is None or refusals >= _HALVINGS_OF_A_REFUSED_WINDOW:
                    self._short(Shortfall.WINDOW_REFUSED)
                    self._failure = error
                else:
                    waiting += [(half, refusals + 1) for half in reversed(halves)]

    def _may_halve(self, page: Page, window: Window) -> bool:
        if not all(window.allows(booking) for booking in page.bookings):
            return False  # a filter that is ignored is ignored for half the window too
        if window.halves() is None:
            self._short(Shortfall.WINDOW_FULL)
            return False
        return True

    def _by_cursor(self, query: Query) -> Iterator[Page]:
        cursors: set[str] = set()
        paging: dict[str, str] = {}
        while True:
            known = len(self._kept) + len(self._unreadable) + self._foreign
            page = self._page(query, paging)
            yield page
            if not page.has_more:
                return
            if page.next_cursor is None:
                self._short(Shortfall.CURSOR_MISSING)
                return
            if page.next_cursor in cursors:
                self._short(Shortfall.CURSOR_REPEATED)
                raise UnexpectedAnswer("list bookings", "a cursor came twice")
            if len(self._kept) + len(self._unreadable) + self._foreign == known:
                self._short(Shortfall.PAGE_REPEATED)
                return
            cursors.add(page.next_cursor)
            paging = {"cursor": page.next_cursor}

    def _by_skip(self, query: Query) -> Iterator[Page]:
        """All rows, each page beginning with the last row of the one before: if it is another, rows have moved."""
        skip, last = 0, None
        while True:
            known = len(self._kept) + len(self._unreadable) + self._foreign
            page = self._page(query, {"skip": str(skip), "sortCreated": "asc"})
            yield page
            if skip and (not page.uids or page.uids[0] != last):
                self._short(Shortfall.ROWS_MOVED)
            if not self._is_full(page):
                return
            if len(self._kept) + len(self._unreadable) + self._foreign == known:
                self._short(Shortfall.PAGE_REPEATED)
                return
            skip, last = skip + page.rows - 1, page.uids[-1]

    def _by_start(self, query: Query, window: Window) -> Iterator[Page]:
        """Windows of start times cannot be halved, as the filter at their end is about the end: go on from the last."""
        while True:
            page = self._page(replace(query, window=window), {"sortStart": "asc"})
            yield page
            starts = [booking.start for booking in page.bookings]
            if starts != sorted(starts):
                self._short(Shortfall.ROWS_MOVED)
                return
            if not self._is_full(page) or (starts and starts[-1] > window.upper):
                return
            if not starts or starts[-1] <= window.lower:
                self._short(Shortfall.WINDOW_FULL)
                return
            window = replace(window, lower=starts[-1])

    def _page(self, query: Query, paging: Mapping[str, str]) -> Page:
        if self._pages >= self._max_pages:
            raise _CapReached
        size = str(LARGEST_PAGE[self._style])
        page = self._fetch(query, {"limit" if self._style is ListStyle.CURSOR else "take": size, **paging})
        self._pages += 1
        for row in page.unreadable:
            self._set_aside(row)
        for booking in page.bookings:
            self._keep(booking, query)
        return page

    def _set_aside(self, row: Unreadable) -> None:
        if self._event_types and row.event_type_id is not None and row.event_type_id not in self._event_types:
            self._foreign += 1
            return
        self._unreadable.append(row)
        self._short(Shortfall.UNREADABLE_ROW)

    def _keep(self, booking: Booking, query: Query) -> None:
        if self._event_types and booking.event_type_id not in self._event_types:
            self._foreign += 1
            return
        if query.window is not None and not query.window.allows(booking):
            self._outside[booking.uid] = None
            self._short(Shortfall.FILTER_NOT_HONOURED)
        before = self._kept.get(booking.uid)
        if before is None or (before.updated_at or _NEVER) <= (booking.updated_at or _NEVER):
            self._kept[booking.uid] = booking

    def _is_full(self, page: Page) -> bool:
        return page.rows >= LARGEST_PAGE[self._style]

    def _short(self, reason: Shortfall) -> None:
        self._shortfalls[reason] = None


class _CapReached(Exception):
    """As many pages as we allow ourselves."""


def _queries(query: Query, style: ListStyle, statuses: tuple[str, ...]) -> list[Query]:
    """By offset all states in one walk; by cursor all without a filter, or one walk for each state named."""
    if query.status is not None:
        return [query]
    if style is ListStyle.OFFSET:
        return [replace(query, status=",".join(statuses or ALL_STATUSES))]
    return [replace(query, status=status) for status in statuses] or [query]
