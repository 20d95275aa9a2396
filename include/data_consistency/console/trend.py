"""What the complete checks of the last days counted, per rule, as a line that needs no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.report.period import day_of, period_of

DAYS = 30
_WIDTH, _HEIGHT, _EDGE = 180, 36, 3  # of the picture, in its own units


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One rule: violations by day; None: it was not judged that day."""

    days: tuple[date, ...]
    counts: tuple[int | None, ...]

    @property
    def most(self) -> int:
        """Of one day."""
        return max((count for count in self.counts if count is not None), default=0)

    @property
    def first(self) -> int | None:
        """Of the first day that was judged."""
        return next((count for count in self.counts if count is not None), None)

    @property
    def last(self) -> int | None:
        """Of the last day that was judged."""
        return next((count for count in reversed(self.counts) if count is not None), None)

    @property
    def judged(self) -> tuple[tuple[date, int], ...]:
        """Days that were judged, newest first."""
        found = [(day, count) for day, count in zip(self.days, self.counts, strict=True) if count is not None]
        return tuple(reversed(found))

    @property
    def strokes(self) -> tuple[str, ...]:
        """Points of the picture, `x,y x,y`; a day without a check breaks the line."""
        strokes: list[list[str]] = [[]]
        for place, count in enumerate(self.counts):
            if count is None:
                strokes.append([])
            else:
                strokes[-1].append(self._point(place, count))
        return tuple(" ".join(stroke) for stroke in strokes if len(stroke) > 1)

    @property
    def dots(self) -> tuple[tuple[str, str], ...]:
        """Where a day that was judged stands between two that were not, and where the last one stands."""
        judged = [count is not None for count in self.counts]
        found = []
        for place, count in enumerate(self.counts):
            alone = not any(judged[max(0, place - 1) : place]) and not any(judged[place + 1 : place + 2])
            if count is not None and (alone or not any(judged[place + 1 :])):
                x, _, y = self._point(place, count).partition(",")
                found.append((x, y))
        return tuple(found)

    def _point(self, place: int, count: int) -> str:
        across = _EDGE + (_WIDTH - 2 * _EDGE) * place / max(1, len(self.days) - 1)
        up = _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * count / max(1, self.most)
        return f"{across:.1f},{up:.1f}"


def read(connection: Connection, now: datetime, zone: ZoneInfo) -> Mapping[str, Line]:
    """The lines of all rules that were judged; the last complete check of a day says how it ended.

    Args:
        connection: in a transaction.
        now: UTC, naive.
        zone: where days begin.
    """
    today = day_of(now, zone)
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    rows = sql.run(
        connection, "console_trend", since=period_of(days[0], zone).start, until=period_of(today, zone).end
    ).mappings()
    counts: dict[str, dict[date, int | None]] = {}
    # Ascending: a later check of the same day replaces the earlier.
    for row in rows:
        found = None if row["outcome"] == "not_evaluated" else int(row["violations"] or 0)
        counts.setdefault(str(row["rule"]), {})[day_of(row["evaluated_at"], zone)] = found
    return {rule: line_of(days, found) for rule, found in counts.items()}


def line_of(days: Sequence[date], counts: Mapping[date, int | None]) -> Line:
    """The line of one rule."""
    return Line(days=tuple(days), counts=tuple(counts.get(day) for day in days))
