"""How fast the client asks, and what one run may spend."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consistency_sandbox.fake_calcom import ManualClock
from data_consistency.calendar.calcom.clock import Allowance, SystemClock
from data_consistency.calendar.calcom.connection import Share
from data_consistency.calendar.calcom.errors import BudgetSpent, RateLimited
from data_consistency.calendar.calcom.pace import Pace
from data_consistency.calendar.calcom.pace_store import FilePace, MemoryPace, PaceStore, shared_pace

_KEY = "cal_live_secret"
_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def _store(kind: str, folder: Path) -> PaceStore:
    return MemoryPace() if kind == "memory" else FilePace(folder / "pace", key=_KEY)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_no_more_requests_a_minute_than_allowed(kind: str, tmp_path: Path) -> None:
    """The next one waits until the first is a minute old; a pause holds everybody."""
    clock = ManualClock()
    store = _store(kind, tmp_path)
    paces = [Pace(store, clock, per_minute=3, per_day=100) for _ in range(2)]
    allowance = Allowance(clock, seconds=10_000, retries=0)

    for number in range(7):
        paces[number % 2].enter("me", allowance)

    assert [60.0, 60.0] == clock.slept
    paces[0].pause(90)
    paces[1].enter("me", allowance)
    assert clock.slept[-1] == pytest.approx(90)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_day_has_an_end(kind: str, tmp_path: Path) -> None:
    """When its requests are used up nothing is sent; tomorrow is another day."""
    clock = ManualClock()
    pace = Pace(_store(kind, tmp_path), clock, per_minute=1000, per_day=2)
    allowance = Allowance(clock, seconds=1_000_000, retries=0)
    pace.enter("me", allowance)
    pace.enter("me", allowance)

    with pytest.raises(BudgetSpent) as raised:
        pace.enter("me", allowance)

    assert not raised.value.counts_as_failure
    clock.advance(86_400)
    pace.enter("me", allowance)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_companies_with_one_key_wait_for_no_other(kind: str, tmp_path: Path) -> None:
    """One that has used up its minute or its day leaves the other's; together they stay within the key's."""
    clock = ManualClock()
    store = _store(kind, tmp_path)
    greedy, modest = (Pace(store, clock, per_minute=4, per_day=6, share=Share(name=name, of=2)) for name in ("7", "8"))
    allowance = Allowance(clock, seconds=10_000, retries=0)

    for _ in range(2):
        greedy.enter("me", allowance)
    modest.enter("me", allowance)
    waited_for_another = list(clock.slept)
    greedy.enter("me", allowance)
    with pytest.raises(BudgetSpent):
        greedy.enter("me", allowance)
    modest.enter("me", allowance)

    assert [] == waited_for_another
    assert [60.0] == clock.slept
    greedy.pause(90)
    modest.enter("me", allowance)
    assert clock.slept[-1] == pytest.approx(90)


def test_a_wait_beyond_the_deadline_is_an_error() -> None:
    """It is told how long it would be."""
    clock = ManualClock()
    pace = Pace(MemoryPace(), clock, per_minute=10, per_day=100)
    pace.pause(200)

    with pytest.raises(RateLimited) as raised:
        pace.enter("me", Allowance(clock, seconds=100, retries=0))

    assert raised.value.retry_after == pytest.approx(200)
    assert [] == clock.slept


def test_a_clock_set_back_stops_nobody() -> None:
    """Requests and pauses of the future are not believed."""
    clock = ManualClock()
    store = MemoryPace()
    with store.locked() as state:
        state.sent = {"": [(_NOW + timedelta(hours=5)).timestamp()] * 10}
        state.paused_until = (_NOW + timedelta(hours=5)).timestamp()

    Pace(store, clock, per_minute=1, per_day=10).enter("me", Allowance(clock, seconds=5, retries=0))

    assert [] == clock.slept


def test_the_last_requests_are_saved() -> None:
    """Before they are used we wait for the limit to start anew."""
    clock = ManualClock()
    pace = Pace(MemoryPace(), clock, per_minute=100, per_day=100)
    pace.learn({"x-ratelimit-remaining-default": "6", "x-ratelimit-reset-default": "30"})
    pace.learn({"x-ratelimit-remaining-default": "5"})
    pace.enter("me", Allowance(clock, seconds=100, retries=0))
    assert [] == clock.slept

    pace.learn({"x-ratelimit-remaining-default": "5", "x-ratelimit-reset-default": "30"})
    pace.enter("me", Allowance(clock, seconds=100, retries=0))

    assert [30.0] == clock.slept


def test_the_file_names_no_key_and_survives_damage(tmp_path: Path) -> None:
    """Readable by its owner only; begun anew when it is no state."""
    store = FilePace(tmp_path, key=_KEY)
    with store.locked() as state:
        state.sent_today = {"7": 5}
    (path,) = tmp_path.iterdir()

    assert _KEY not in path.name + path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with store.locked() as state:
        assert state.sent_today == {"7": 5}
    path.write_text("[1")
    with store.locked() as state:
        assert state.sent_today == {}


def test_one_key_has_one_pace() -> None:
    """All clients of a process share it."""
    assert shared_pace("key-one") is shared_pace("key-one")
    assert shared_pace("key-one") is not shared_pace("key-two")


def test_an_allowance_ends_by_either_clock() -> None:
    """Waits move the handed clock, the network the machine's; retries are counted."""
    clock = ManualClock()
    allowance = Allowance(clock, seconds=10, retries=1)

    assert 9 < allowance.left() <= 10
    clock.sleep(11)
    assert allowance.left() == 0
    assert [True, False] == [allowance.take_retry(), allowance.take_retry()]


def test_the_system_clock_is_utc() -> None:
    """And sleeping nothing takes no time."""
    clock = SystemClock()
    clock.sleep(0)

    assert timedelta(0) == clock.now().utcoffset()
