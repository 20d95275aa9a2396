"""A look at a real Cal.com with a real key: whether it answers as the client expects. Only reads, and keeps nothing."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from data_consistency.calendar.calcom import Booking, CalcomClient, Connection, Edge, Query, Window
from data_consistency.calendar.calcom.errors import BookingNotFound, CalcomError, WrongVersion

_AROUND = timedelta(days=30)
_NOBODYS = "consistencySmokeNoBooking"
_NO_VERSION = "1999-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing that was tried; ids and counts alone."""

    name: str
    is_good: bool
    said: str


def smoke(connection: Connection, *, now: datetime | None = None) -> tuple[Look, ...]:
    """Try key, list, one booking, one that is none, and a version that nobody speaks: five requests of ours.

    Args:
        connection: where, and with which key; its pace is kept.
        now: an aware time; None: the machine's.
    """
    at = now or datetime.now(UTC)
    with closing(CalcomClient(connection)) as client:
        seen: list[Booking] = []
        return (
            _tried("key", lambda: _key(client)),
            _tried("list", lambda: _list(client, at, seen)),
            _tried("booking", lambda: _booking(client, seen)),
            _tried("no booking", lambda: _no_booking(client)),
            _tried("wrong version", lambda: _wrong_version(connection, at)),
        )


def _tried(name: str, look: Callable[[], str]) -> Look:
    try:
        return Look(name=name, is_good=True, said=look())
    except (CalcomError, _Odd) as error:
        return Look(name=name, is_good=False, said=str(error))


class _Odd(Exception):
    """An answer that none of its kind should be."""


def _key(client: CalcomClient) -> str:
    return f"good, of user {client.me().id}"


def _list(client: CalcomClient, at: datetime, seen: list[Booking]) -> str:
    page = next(iter(client.pages(_around(at))), None)
    if page is None:
        raise _Odd("no page came")
    seen += page.bookings
    if page.unreadable:
        raise _Odd(f"{len(page.unreadable)} of {page.rows} rows cannot be read: {page.unreadable[0].field}")
    return f"{page.rows} bookings on the first page of 60 days"


def _booking(client: CalcomClient, seen: list[Booking]) -> str:
    if not seen:
        return "not tried: the list shows none"
    listed = seen[0]
    found = next((one for one in client.get(listed.uid) if one.uid == listed.uid), None)
    if found is None or (found.start, found.id) != (listed.start, listed.id):
        raise _Odd("a booking looks otherwise alone than in the list")
    return "as in the list"


def _no_booking(client: CalcomClient) -> str:
    try:
        client.get(_NOBODYS)
    except BookingNotFound:
        return "told as not there"
    raise _Odd("a booking that nobody made is there")


def _wrong_version(connection: Connection, at: datetime) -> str:
    wrong = replace(connection, versions=replace(connection.versions, list_bookings=_NO_VERSION))
    with closing(CalcomClient(wrong)) as client:
        try:
            next(iter(client.pages(_around(at))), None)
        except WrongVersion:
            return "told as such"
    raise _Odd("a version that nobody speaks was answered like ours")


def _around(at: datetime) -> Query:
    return Query(window=Window(edge=Edge.START, lower=at - _AROUND, upper=at + _AROUND))
