"""The day a report is about: midnight to midnight where the readers live."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One calendar day of the report zone; it has 23 or 25 hours when the clocks change."""

    day: date
    start: datetime  # UTC, naive, inclusive
    end: datetime  # UTC, naive, exclusive
    zone: ZoneInfo


def period_of(day: date, zone: ZoneInfo) -> Period:
    """The period of a day."""
    return Period(day=day, start=_midnight(day, zone), end=_midnight(day + timedelta(days=1), zone), zone=zone)


def yesterday(now: datetime, zone: ZoneInfo) -> date:
    """The day before `now` (UTC, naive) in the zone."""
    return day_of(now, zone) - timedelta(days=1)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day of the zone a UTC, naive time belongs to."""
    return local(moment, zone).date()


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A UTC, naive time as the zone's clocks show it."""
    return moment.replace(tzinfo=UTC).astimezone(zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
