"""Walks over lists: complete, or partial with the reason, and never empty by mistake."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from consistency_sandbox.fake_calcom import BEGIN, FakeCalcom
from data_consistency.calendar.calcom import HOSTED, SELF_HOSTED, CalcomClient, Edge, Query, Walk, Window
from data_consistency.calendar.calcom.connection import Versions
from data_consistency.calendar.calcom.errors import Refused, WrongVersion

Connect = Callable[..., CalcomClient]
_BOTH = pytest.mark.parametrize("versions", [HOSTED, SELF_HOSTED], ids=["cursor", "offset"])
_DAY = Window(edge=Edge.CREATED, lower=BEGIN - timedelta(days=1), upper=BEGIN)


def _fill(fake: FakeCalcom, count: int, **facts: object) -> list[str]:
    """Bookings created one a minute, until now."""
    return [fake.add(age=60 * number, **facts).uid for number in range(count)]


def _uids(walk: Walk) -> set[str]:
    return {booking.uid for booking in walk.bookings}


@_BOTH
@pytest.mark.parametrize("window", [None, _DAY], ids=["all", "created"])
def test_a_walk_finds_everything(fake: FakeCalcom, connect: Connect, versions: Versions, window: Window | None) -> None:
    """More than a page, in either style; overstated totals lead nowhere."""
    uids = _fill(fake, 600)
    fake.add(stranger=True)

    walk = connect(versions=versions).walk(Query(window=window))

    assert walk.is_complete
    assert set(uids) == _uids(walk)
    assert len(walk.bookings) == 600


@_BOTH
def test_an_empty_calendar_is_complete(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """One page, no rows."""
    walk = connect(versions=versions).walk(Query(window=_DAY))

    assert ((), True, 1) == (walk.bookings, walk.is_complete, walk.pages)


def test_a_start_window_goes_on_from_the_last_start(fake: FakeCalcom, connect: Connect) -> None:
    """By offset too, where only the end can be filtered; equal starts are no trouble."""
    uids = [fake.add(start=(BEGIN + timedelta(hours=number // 3)).isoformat()).uid for number in range(600)]
    window = Window(edge=Edge.START, lower=BEGIN, upper=BEGIN + timedelta(days=30))

    walk = connect(versions=SELF_HOSTED).walk(Query(window=window))

    assert walk.is_complete
    assert set(uids) == _uids(walk)
    assert "skip" not in {name for one in fake.world.log for name in one.query}


def test_a_start_window_ends_where_it_should(fake: FakeCalcom, connect: Connect) -> None:
    """Rows of the day beyond are sent, as the filter is about the end; they are not read to their end."""
    for number in range(600):
        fake.add(start=(BEGIN + timedelta(minutes=number)).isoformat())

    walk = connect(versions=SELF_HOSTED).walk(
        Query(window=Window(edge=Edge.START, lower=BEGIN, upper=BEGIN + timedelta(hours=1)))
    )

    assert (True, 1) == (walk.is_complete, walk.pages)


@_BOTH
def test_updated_rows_are_found_by_their_update(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """Rows never updated are in no such window: created and updated together are what changed."""
    changed, untouched = _fill(fake, 2)
    fake.act("touch", uid=changed)
    client = connect(versions=versions)

    updated = client.walk(Query(window=Window(edge=Edge.UPDATED, lower=BEGIN, upper=BEGIN)))
    created = client.walk(Query(window=_DAY))

    assert {changed} == _uids(updated)
    assert {changed, untouched} == _uids(created)


@_BOTH
def test_bookings_made_cancelled_and_moved_between_pages(
    fake: FakeCalcom, connect: Connect, versions: Versions
) -> None:
    """Each uid once, as it was last changed; nobody is lost."""
    uids = _fill(fake, 600)
    fake.world.between_pages.extend(
        [
            {"do": "insert", "booking": {"age": 0}},
            {"do": "cancel", "uid": uids[5]},
            {"do": "move", "uid": uids[7]},
            {"do": "move", "uid": uids[599]},
        ]
    )

    walk = connect(versions=versions).walk(Query(window=_DAY))

    assert walk.is_complete
    assert set(uids) <= _uids(walk)
    assert len(walk.bookings) == len(_uids(walk))


@_BOTH
def test_a_window_that_is_refused_is_halved(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """Until it is read: then nothing is missing."""
    uids = _fill(fake, 60)
    fake.world.switches.refuse_windows_over = 6 * 3600.0
    client = connect(versions=versions)
    assert set(uids) == _uids(client.walk(Query(window=_DAY)))
    assert client.walk(Query(window=_DAY)).is_complete


@_BOTH
def test_a_filter_with_a_wrong_value_is_refused(connect: Connect, versions: Versions) -> None:
    """States of a booking are no values of the filter; there is no window to halve."""
    with pytest.raises(Refused):
        connect(versions=versions).walk(Query(status="accepted"))


@pytest.mark.parametrize(("speaks", "asked"), [("2024-08-13", SELF_HOSTED), ("2026-05-01", HOSTED)])
def test_another_paging_style_is_a_wrong_version(
    fake: FakeCalcom, connect: Connect, speaks: str, asked: Versions
) -> None:
    """The oldest API answers 200 with a list of another shape: never an empty list."""
    fake.world.switches.silent_versions = [speaks]

    with pytest.raises(WrongVersion):
        connect(versions=asked).walk(Query())


def test_by_offset_all_states_are_asked_for(fake: FakeCalcom, connect: Connect) -> None:
    """What no status means there is not known."""
    cancelled = fake.add(status="cancelled")
    fake.world.switches.default_status = "upcoming"

    walk = connect(versions=SELF_HOSTED).walk(Query(window=_DAY))

    assert {cancelled.uid} == _uids(walk)


def test_by_cursor_states_can_be_walked_one_by_one(fake: FakeCalcom, connect: Connect) -> None:
    """Each is a walk of its own; the filter's words are not the booking's."""
    rejected, pending = fake.add(status="rejected"), fake.add(status="pending")
    running = fake.add(start=(BEGIN - timedelta(hours=2)).isoformat(), minutes=240)

    walk = connect().walk(Query(), statuses=("upcoming", "cancelled"))

    assert {rejected.uid, pending.uid} == _uids(walk)  # a long meeting still running is missing, as it may be there
    assert {running.uid, rejected.uid, pending.uid} == _uids(connect().walk(Query()))


@_BOTH
def test_foreign_event_types_are_left_out(fake: FakeCalcom, connect: Connect, versions: Versions) -> None:
    """Also where the filter lies."""
    own = fake.add(event_type=100)
    fake.add(event_type=999)
    fake.world.switches.ignored_filters = ["eventTypeIds"]

    walk = connect(versions=versions).walk(Query(window=_DAY, event_type_ids=(100,)))

    assert ({own.uid}, 1, True) == (_uids(walk), walk.foreign, walk.is_complete)


def test_pages_can_be_read_one_by_one(fake: FakeCalcom, connect: Connect) -> None:
    """For callers who store as they go."""
    _fill(fake, 250)

    assert [100, 100, 50] == [page.rows for page in connect().pages(Query())]
