"""The day a report is about: midnight to midnight where the readers live."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data_consistency.errors import WrongUse

_FIRST = date(2000, 1, 1)


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


def require_day(day: date | None, now: datetime, zone: ZoneInfo) -> None:
    """Refuse a day that nothing can be told of; None: nobody named one.

    Raises:
        WrongUse: it has not come yet, or was long before us.
    """
    if day is not None and not _FIRST <= day <= day_of(now, zone):
        raise WrongUse(f"day {day}: use one from {_FIRST} to today, {day_of(now, zone)} in {zone.key}")


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
