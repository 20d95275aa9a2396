"""The clocks of a zone in SQL: what a wall time means in UTC, and what the clocks showed at a moment in UTC.

A server may lack its tables of zones, so the offsets are written into the statement, from Python's own. An hour that
the clocks show twice counts as its first, one that they skip as an hour later (PEP 495, fold 0).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

# Before and after, the clocks count as they stood at the edge.
_FIRST, _LAST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=1)
# TO_SECONDS('0001-01-01') of the servers, whose calendar begins a year earlier.
_YEAR_ZERO = 366 * 86_400
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The offsets of a zone to UTC, in seconds, and from when on each holds."""

    offsets: tuple[int, ...]
    changes: tuple[int, ...]  # in UTC, as TO_SECONDS counts; one less than there are offsets
    wall_changes: tuple[int, ...]  # by the clocks themselves

    @property
    def least(self) -> int:
        """The smallest offset, in seconds."""
        return min(self.offsets)

    @property
    def most(self) -> int:
        """The largest offset, in seconds."""
        return max(self.offsets)

    def in_utc(self, wall: str) -> str:
        """The moment in UTC that a wall time means; both are SQL."""
        return f"({wall} - {self._offset(wall, self.wall_changes)})"

    def on_wall(self, moment: str) -> str:
        """What the clocks showed at a moment in UTC; both are SQL."""
        return f"({moment} + {self._offset(moment, self.changes)})"

    def _offset(self, time: str, changes: Sequence[int]) -> str:
        if not changes:
            return f"INTERVAL {self.offsets[0]} SECOND"
        # A search by halves within one expression, which names the time once.
        place = f"1 + INTERVAL(TO_SECONDS({time}), {', '.join(map(str, changes))})"
        return f"INTERVAL CAST(ELT({place}, {', '.join(map(str, self.offsets))}) AS SIGNED) SECOND"


@lru_cache(maxsize=16)
def clocks_of(zone: ZoneInfo) -> Clocks:
    """The clocks of a zone between 2010 and 2040."""
    changes = list(_changes(zone))
    offsets = (_offset(zone, _FIRST), *(_offset(zone, moment) for moment in changes))
    seconds = tuple(_seconds(moment) for moment in changes)
    return Clocks(
        offsets=offsets,
        changes=seconds,
        wall_changes=tuple(at + max(pair) for at, pair in zip(seconds, pairwise(offsets), strict=True)),
    )


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    moment = _FIRST
    while moment < _LAST:
        if _offset(zone, moment) != _offset(zone, moment + _STEP):
            yield _change_within(zone, moment, moment + _STEP)
        moment += _STEP


def _change_within(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second from which on the offset is another."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _seconds(moment: datetime) -> int:
    return int((moment - _BEGINNING).total_seconds()) + _YEAR_ZERO
