"""Walks that are not complete, and say why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from consistency_sandbox import fake_calcom
from consistency_sandbox.fake_calcom import BEGIN, FakeCalcom
from data_consistency.calendar.calcom import (
    HOSTED,
    SELF_HOSTED,
    CalcomClient,
    Edge,
    Limits,
    Query,
    Shortfall,
    Walk,
    Window,
)
from data_consistency.calendar.calcom.connection import Versions
from data_consistency.calendar.calcom.errors import CredentialRefused, Refused, UnexpectedAnswer

Connect = Callable[..., CalcomClient]
_BOTH = pytest.mark.parametrize("versions", [HOSTED, SELF_HOSTED], ids=["cursor", "offset"])
_DAY = Window(edge=Edge.CREATED, lower=BEGIN - timedelta(days=1), upper=BEGIN)


def _fill(fake: FakeCalcom, count: int, **facts: object) -> list[str]:
    """Bookings created one a minute, until now."""
    return [fake.add(age=60 * number, **facts).uid for number in range(count)]


def _uids(walk: Walk) -> set[str]:
    return {booking.uid for booking in walk.bookings}


@pytest.mark.parametrize("edge", [Edge.CREATED, Edge.START])
def test_more_rows_at_one_instant_than_a_page_takes(fake: FakeCalcom, connect: Connect, edge: Edge) -> None:
    """Cannot be halved: partial, and it ends."""
    for _ in range(260):
        fake.add(age=60, start=BEGIN.isoformat())
    window = Window(edge=edge, lower=BEGIN - timedelta(minutes=2), upper=BEGIN)

    walk = connect(versions=SELF_HOSTED, limits=Limits(walk=10**6)).walk(Query(window=window))

    assert Shortfall.WINDOW_FULL in walk.shortfalls


@_BOTH
def test_a_filter_that_is_ignored_is_noticed(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """Rows outside the window are told, and the walk proves no absence."""
    uids = _fill(fake, 300, start=BEGIN.isoformat())
    fake.world.switches.ignored_filters = ["afterCreatedAt", "beforeCreatedAt"]
    window = Window(edge=Edge.CREATED, lower=BEGIN - timedelta(minutes=5), upper=BEGIN)

    walk = connect(versions=versions).walk(Query(window=window))

    assert (Shortfall.FILTER_NOT_HONOURED,) == walk.shortfalls
    assert set(walk.outside) < set(uids)
    assert uids[299] in walk.outside or versions is SELF_HOSTED


@_BOTH
def test_an_unreadable_row_is_counted_and_spoils_completeness(
    fake: FakeCalcom, connect: Connect, versions: Versions
) -> None:
    """Its uid is kept where there is one; the others are read all the same."""
    good, bad = fake.add(), fake.add(odd="naive_start")
    fake.add(odd="no_uid")

    walk = connect(versions=versions).walk(Query(window=_DAY))

    assert {good.uid} == _uids(walk)
    assert {(bad.uid, "start"), (None, "uid")} == {(row.uid, row.field) for row in walk.unreadable}
    assert (Shortfall.UNREADABLE_ROW,) == walk.shortfalls


def test_rows_that_move_under_skip_are_noticed(fake: FakeCalcom, connect: Connect) -> None:
    """Each page begins with the last row of the one before."""
    uids = _fill(fake, 600)
    fake.world.between_pages.append({"do": "delete", "uid": uids[-1]})  # the oldest, on the first page

    walk = connect(versions=SELF_HOSTED).walk(Query())

    assert (Shortfall.ROWS_MOVED,) == walk.shortfalls


@_BOTH
def test_a_page_that_comes_for_ever_ends_the_walk(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """The same rows behind cursors that look new, or behind any skip."""
    _fill(fake, 600)
    fake.world.switches.repeat_page = True

    walk = connect(versions=versions).walk(Query())

    assert Shortfall.PAGE_REPEATED in walk.shortfalls
    assert walk.pages == 2


def test_a_cursor_that_comes_twice_is_an_error(fake: FakeCalcom, connect: Connect) -> None:
    """The walk ends, partial, and says so."""
    _fill(fake, 300)
    fake.world.switches.repeat_cursor = True

    walk = connect().walk(Query())

    assert (Shortfall.CURSOR_REPEATED, Shortfall.FAILED) == walk.shortfalls
    assert isinstance(walk.failure, UnexpectedAnswer)


@_BOTH
def test_a_walk_stops_at_its_cap(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """What was read is kept."""
    _fill(fake, 600)

    walk = connect(versions=versions, limits=Limits(pages=2)).walk(Query())

    assert ((Shortfall.PAGE_CAP,), 2) == (walk.shortfalls, walk.pages)
    assert walk.bookings


def test_a_window_that_is_always_refused_is_partial(fake: FakeCalcom, connect: Connect) -> None:
    """It ends after a few halvings, and the error is at hand; if nothing at all was read, it is raised."""
    _fill(fake, 300)
    walker = connect(versions=SELF_HOSTED).walker(Query(window=_DAY))
    pages = walker.pages()
    next(pages)
    fake.world.switches.refuse_windows_over = 60.0

    assert [] == list(pages)
    walk = walker.result()
    assert (Shortfall.WINDOW_REFUSED,) == walk.shortfalls
    assert isinstance(walk.failure, Refused)
    assert 250 == len(walk.bookings)
    with pytest.raises(Refused):
        connect(versions=SELF_HOSTED).walk(Query(window=_DAY))


def test_a_refusal_that_is_not_about_the_window_ends_the_walk(fake: FakeCalcom, connect: Connect) -> None:
    """Halving would not help."""
    fake.fail(fake_calcom.Kind.BODY_A, status=422)

    with pytest.raises(Refused):
        connect().walk(Query(window=_DAY))

    assert 1 == len(fake.world.log)


def test_more_pages_without_a_way_to_them(fake: FakeCalcom, connect: Connect) -> None:
    """The server says that there is more and not where."""
    _fill(fake, 150)
    fake.world.switches.lose_cursor = True

    walk = connect().walk(Query())

    assert ((Shortfall.CURSOR_MISSING,), 100) == (walk.shortfalls, len(walk.bookings))


def test_a_start_window_needs_its_order(fake: FakeCalcom, connect: Connect) -> None:
    """Rows that come in another order cannot be followed."""
    fake.add(start=(BEGIN + timedelta(days=20)).isoformat())
    _fill(fake, 300)
    fake.world.switches.ignored_filters = ["sortStart"]
    window = Window(edge=Edge.START, lower=BEGIN, upper=BEGIN + timedelta(days=30))

    walk = connect(versions=SELF_HOSTED).walk(Query(window=window))

    assert (Shortfall.ROWS_MOVED,) == walk.shortfalls


@_BOTH
def test_a_key_that_expires_in_mid_walk(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """What was read stays true; the credential is the failure."""
    _fill(fake, 600)
    fake.key("cal_short", requests_left=2)

    walk = connect(key="cal_short", versions=versions).walk(Query())

    assert (Shortfall.FAILED,) == walk.shortfalls
    assert isinstance(walk.failure, CredentialRefused)
    assert walk.bookings


@_BOTH
def test_an_error_before_the_first_page_is_raised(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """Nothing was read: that is no walk at all."""
    fake.fail(fake_calcom.Kind.HTML, times=99)

    with pytest.raises(Exception, match="the service failed"):
        connect(versions=versions).walk(Query())
