"""A calendar with the machine's time, and the company whose it is."""

from collections.abc import Iterator

import pytest

from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.runtime import Runtime
from tests.calendar_world import Calendar, utc_now


@pytest.fixture
def calendar(rt: Runtime, fake: FakeCalcom) -> Iterator[Calendar]:
    """An empty calendar, connected to nobody; whatever a test does, it is only read."""
    fake.world.switches.limit = 10_000
    fake.world.clock.advance((utc_now() - fake.world.clock.now()).total_seconds())
    made = Calendar(rt, fake)
    yield made
    assert made.methods() <= {"GET"}


@pytest.fixture
def ours(calendar: Calendar) -> Calendar:
    """An empty calendar of company 1."""
    calendar.connect()
    return calendar
