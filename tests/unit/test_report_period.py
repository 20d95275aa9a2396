"""The day of a report, also when the clocks change."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data_consistency.report.period import day_of, period_of, yesterday

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2025, 10, 20), "2025-10-19T22:00", 24),
        (date(2025, 10, 26), "2025-10-25T22:00", 25),
        (date(2025, 3, 30), "2025-03-29T23:00", 23),
        (date(2025, 12, 31), "2025-12-30T23:00", 24),
    ],
)
def test_period_runs_from_midnight_to_midnight(day: date, start: str, hours: int) -> None:
    """A day has 23 or 25 hours when the clocks change; none is counted twice or lost."""
    period = period_of(day, BERLIN)

    assert period.start == datetime.fromisoformat(start)
    assert period.end - period.start == timedelta(hours=hours)
    assert period_of(day + timedelta(days=1), BERLIN).start == period.end


def test_yesterday_is_the_readers_yesterday() -> None:
    """Shortly after midnight in Berlin, UTC is still a day behind."""
    now = datetime.fromisoformat("2025-10-20T22:30")

    assert day_of(now, BERLIN) == date(2025, 10, 21)
    assert yesterday(now, BERLIN) == date(2025, 10, 20)
