"""Random calendars: whatever a complete walk brings is what the calendar holds, in both styles."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from consistency_sandbox.fake_calcom import BEGIN, FakeCalcom
from consistency_sandbox.fake_calcom.records import Record
from data_consistency.calendar.calcom import HOSTED, SELF_HOSTED, CalcomClient, Edge, Query, Window
from data_consistency.calendar.calcom.connection import Versions

Connect = Callable[..., CalcomClient]
_STATUSES = ("accepted", "pending", "cancelled", "rejected", "awaiting_host")


def _fill(fake: FakeCalcom, count: int, spread: int) -> None:
    """So many bookings with times within so many minutes: few minutes make many equal keys."""
    pick = fake.world.random
    for _ in range(count):
        updated = BEGIN - timedelta(minutes=pick.randrange(spread)) if pick.random() < 0.5 else None
        fake.world.add(
            start=BEGIN + timedelta(minutes=pick.randrange(-spread, spread)),
            age=60 * pick.randrange(spread),
            status=pick.choice(_STATUSES),
            event_type=pick.choice((100, 200)),
            updated_at=updated,
        )


def _at(row: Record, edge: Edge) -> datetime | None:
    return {Edge.CREATED: row.created_at, Edge.UPDATED: row.updated_at, Edge.START: row.start}[edge]


@pytest.mark.parametrize("versions", [HOSTED, SELF_HOSTED], ids=["cursor", "offset"])
@pytest.mark.parametrize("edge", list(Edge))
@pytest.mark.parametrize(("back", "length"), [(3000, 6000), (1500, 1200), (30, 0)], ids=["all", "some", "instant"])
@pytest.mark.parametrize(("count", "spread"), [(700, 3000), (300, 2), (101, 60)], ids=["wide", "dense", "small"])
@pytest.mark.parametrize("kinds", [(), (100,)], ids=["any", "own"])
def test_a_complete_walk_is_the_calendar(
    fake: FakeCalcom,
    connect: Connect,
    versions: Versions,
    edge: Edge,
    back: int,
    length: int,
    count: int,
    spread: int,
    kinds: tuple[int, ...],
) -> None:
    """Nothing is missing and nothing is invented; a walk that cannot say so is not complete."""
    fake.reset(seed=count + spread + length)
    _fill(fake, count, spread)
    lower = BEGIN - timedelta(minutes=back)
    window = Window(edge=edge, lower=lower, upper=lower + timedelta(minutes=length))
    rows = [row for row in fake.world.all_stored() if not kinds or row.event_type in kinds]
    wanted = {row.uid for row in rows if (at := _at(row, edge)) is not None and window.lower <= at <= window.upper}

    walk = connect(versions=versions).walk(Query(window=window, event_type_ids=kinds))

    found = {booking.uid for booking in walk.bookings if window.holds(booking)}
    assert found <= wanted
    assert found == wanted or not walk.is_complete
    # A minute holds fewer rows than a page unless all fall into two of them.
    assert walk.is_complete or spread == 2
