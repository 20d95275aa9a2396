"""Durations of findings: until they were found, until they ended, and how long they have been open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

_HOUR, _DAY, _WEEK = 1, 24, 168  # in hours
_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Durations in seconds: how many, their middle, and what 95 of a hundred stay within."""

    findings: int
    median_seconds: int | None
    p95_seconds: int | None
    unwatched: int = 0  # beside them: the row was wrong before anybody watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long findings have been open."""

    times: Times
    ongoing: int  # that were open when the period began
    oldest_seconds: int | None
    hour: int  # younger than that
    day: int
    week: int
    older: int


def times_of(histogram: Sequence[tuple[int, int]], *, unwatched: int = 0) -> Times:
    """Median and 95th percentile (nearest rank) of `(seconds, how many)`, ascending by seconds."""
    count = sum(many for _, many in histogram)
    if not count:
        return Times(findings=0, median_seconds=None, p95_seconds=None, unwatched=unwatched)
    upto = list(accumulate(many for _, many in histogram))

    def ranked(percent: int) -> int:
        rank = -(-count * percent // 100)
        return next(seconds for (seconds, _), total in zip(histogram, upto, strict=True) if total >= rank)

    return Times(findings=count, median_seconds=ranked(50), p95_seconds=ranked(95), unwatched=unwatched)


def of_rows(rows: Sequence[Mapping[str, object]]) -> Times:
    """The same of rows with `seconds`, which may be unknown, and `findings`."""
    known = [(int(str(row["seconds"])), int(str(row["findings"]))) for row in rows if row["seconds"] is not None]
    return times_of(known, unwatched=sum(int(str(row["findings"])) for row in rows if row["seconds"] is None))


def ages_of(rows: Sequence[Mapping[str, object]]) -> Ages:
    """How long findings have been open, of rows with `hours`, `findings` and `ongoing`: began before the period."""
    known = [(max(0, int(str(row["hours"]))), int(str(row["findings"]))) for row in rows]

    def within(first: int, end: float) -> int:
        return sum(many for hours, many in known if first <= hours < end)

    return Ages(
        ongoing=sum(int(str(row["ongoing"])) for row in rows),
        times=times_of([(hours * _SECONDS, many) for hours, many in known]),
        oldest_seconds=max((hours * _SECONDS for hours, _ in known), default=None),
        hour=within(0, _HOUR),
        day=within(_HOUR, _DAY),
        week=within(_DAY, _WEEK),
        older=within(_WEEK, float("inf")),
    )
