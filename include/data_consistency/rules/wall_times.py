"""What is known of a source that keeps wall times: which columns do, and the clocks that they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from data_consistency.rules.clocks import Clocks, clocks_of


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WallTimes:
    """What is known of a source that keeps wall times; one value for what is alike."""

    clocks: Clocks
    columns: frozenset[tuple[str, str]]  # (table, column) pairs that keep them
    tables: Mapping[str, tuple[str, ...]]  # what a star stands for, of tables with such columns


@lru_cache(maxsize=16)
def wall_times(zone: ZoneInfo, rows: tuple[tuple[str, str, bool, bool], ...]) -> WallTimes | None:
    """What is known of a source; None: it keeps none, or its clocks show UTC.

    Args:
        zone: of the source.
        rows: table, column, whether it keeps wall times, and whether a star stands for it, in the order of the columns.
    """
    columns = frozenset((table, column) for table, column, is_wall, _ in rows if is_wall)
    clocks = clocks_of(zone)
    if not columns or set(clocks.offsets) == {0}:
        return None
    tables: dict[str, tuple[str, ...]] = {}
    for table, column, _, is_visible in rows:
        tables[table] = (*tables.get(table, ()), *([column] if is_visible else []))
    return WallTimes(
        clocks=clocks, columns=columns, tables={name: tables[name] for name in {table for table, _ in columns}}
    )
