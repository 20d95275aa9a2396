"""What facts may ask of the clock: now, and the same hour of earlier weeks as the clocks of the business showed it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKS = 4


def clock_of(text: str, now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """The times that a statement asks for: `:now`, and `:week_1` to `:week_4`; UTC, naive.

    Args:
        text: of the statement.
        now: UTC, naive.
        zone: of the business; the same hour of another week may be another one in UTC, where the clocks were changed.
    """
    times = {"now": now} | {f"week_{n}": _weeks_ago(now, n, zone) for n in range(1, WEEKS + 1)}
    return {name: time for name, time in times.items() if f":{name}" in text}


def _weeks_ago(now: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    local = now.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return (local - timedelta(weeks=weeks)).replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
