"""What is measured, and how: counters first, then medians of ratios taken in one interleaved run."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, event

# Rows the storage engine handed over, by key or in order, from table or index; temporary tables are counted apart.
_READS = "Rows_read"


def goal(name: str, value: float, limit: float, better: str) -> dict[str, object]:
    """One line of the results; `better` is lower or higher."""
    return {"name": name, "value": round(value, 3), "goal": limit, "better": better}


def met(entry: Mapping[str, object]) -> bool:
    """Whether a goal is met."""
    value, limit = float(str(entry["value"])), float(str(entry["goal"]))
    return value <= limit if entry["better"] == "lower" else value >= limit


def interleaved(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender in each round; all take turns, so that what disturbs one disturbs its neighbours."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


def ratio(above: list[float], below: list[float]) -> float:
    """Median of the ratios of neighbours."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


@dataclass(slots=True)
class Statements:
    """The statements of one measured stretch: first line and rows read by the server."""

    seen: list[tuple[str, int]] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Rows the server read for all of them."""
        return sum(rows for _, rows in self.seen)


@contextmanager
def counted(engine: Engine, reads: str = _READS) -> Iterator[Statements]:
    """Count statements and rows read; the counting disturbs times, so that nothing is timed here.

    Args:
        engine: whose statements are counted.
        reads: which counters of the server are summed up; only MariaDB has the usual one.
    """
    statements = Statements()
    before: dict[int, int] = {}

    def note(_connection: object, cursor: object, *_rest: object) -> None:
        before[id(cursor)] = _reads(cursor, reads)

    def read(_connection: object, cursor: object, statement: str, *_rest: object) -> None:
        label = " ".join(statement.split())[:60]
        statements.seen.append((label, _reads(cursor, reads) - before.pop(id(cursor))))

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "after_cursor_execute", read)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "after_cursor_execute", read)


def _reads(cursor: object, reads: str) -> int:
    # A cursor of its own on the same session: that of the statement still holds its result.
    with cursor.connection.cursor() as own:  # type: ignore[attr-defined]  # a PyMySQL cursor
        own.execute(f"SHOW SESSION STATUS LIKE '{reads}'")
        return sum(int(value) for _, value in own.fetchall())
