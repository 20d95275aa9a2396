"""Bookings that are one to whoever made them: moved ones with their successors, and the recurrences of a series. Pure.

Every link that the server gives is followed, forwards and backwards: a moved recurrence does not know its successor,
which alone says where it came from. A seated booking is not followed: its guests come and go each on his own.
"""

from collections.abc import Iterable, Mapping

from data_consistency.calendar.calcom import Booking, Standing


def chain_of(seeds: Iterable[Booking], known: Mapping[str, Booking]) -> dict[str, Booking]:
    """The seeds and all that is linked with them, by uid.

    Args:
        seeds: where to begin.
        known: every booking that was read, by uid.
    """
    chain = {booking.uid: booking for booking in seeds}
    waiting = list(chain.values())
    while waiting:
        booking = waiting.pop()
        found = [other for other in known.values() if other.uid not in chain and _are_linked(booking, other)]
        chain |= {other.uid: other for other in found}
        waiting += found
    return chain


def missing_links(chain: Mapping[str, Booking]) -> list[str]:
    """Uids that the bookings of a chain name and that were not read; a series by the uid of all."""
    series = {booking.recurring_uid for booking in chain.values()}
    named = [uid for booking in chain.values() if not booking.is_seated for uid in _links(booking)]
    return [uid for uid in dict.fromkeys(named) if uid not in chain and uid not in series]


def series_of(chain: Mapping[str, Booking]) -> list[str]:
    """The series that the bookings of a chain belong to."""
    named = [booking.recurring_uid for booking in chain.values() if booking.recurring_uid is not None]
    return list(dict.fromkeys(named))


def standing_of(chain: Mapping[str, Booking]) -> Standing:
    """What has become of it: live while any of it is; not judged while an end is not known."""
    standings = {booking.standing for booking in chain.values()}
    if Standing.LIVE in standings:
        return Standing.LIVE
    ends = {booking.rescheduled_to_uid for booking in chain.values()} - {None}
    if Standing.UNJUDGED in standings or not ends <= set(chain):
        return Standing.UNJUDGED
    return Standing.VOID


def ids_of(chain: Mapping[str, Booking]) -> frozenset[str]:
    """Every uid and number of it, as text."""
    uids = {uid for booking in chain.values() for uid in (booking.uid, *_links(booking))}
    seats = {seat.uid for booking in chain.values() for seat in booking.seats}
    return frozenset(uids | seats | {str(booking.id) for booking in chain.values() if booking.id is not None})


def _links(booking: Booking) -> tuple[str, ...]:
    links = (booking.rescheduled_to_uid, booking.rescheduled_from_uid, booking.root_uid)
    return tuple(uid for uid in links if uid is not None)


def _are_linked(one: Booking, other: Booking) -> bool:
    if one.is_seated or other.is_seated:
        return False
    if one.recurring_uid is not None and one.recurring_uid == other.recurring_uid:
        return True
    if one.uid in _links(other) or other.uid in _links(one):
        return True
    return one.root_uid is not None and one.root_uid == other.root_uid
