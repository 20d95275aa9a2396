"""What the triggers cost a write: each kind of statement with and without them, in turn, median of the ratios."""

import time
from collections.abc import Callable
from statistics import median

from sqlalchemy import Engine, text

from data_consistency.schema import triggers

_ROUNDS = 9
_ROWS = 200
_STATEMENTS: tuple[tuple[str, str, float], ...] = (
    (
        "INSERT call",
        "INSERT INTO calls (company_id, retell_call_id, direction, from_number, to_number, status)"
        " VALUES (1, CONCAT('bench_', UUID()), 'inbound', 'anonymous', '+4930100000', 'completed')",
        1.5,
    ),
    ("UPDATE call", "UPDATE calls SET sentiment = UUID() WHERE id = :id", 1.5),
    (
        "INSERT appointment",
        "INSERT INTO appointments (company_id, call_id, status, source) VALUES (1, :id, 'confirmed', 'walk-in')",
        2.5,
    ),
)


def run(engine: Engine) -> list[dict[str, object]]:
    """Per-row cost of autocommitted single-row writes, as a multiple of the same write without triggers."""
    samples: dict[str, list[float]] = {name: [] for name, _, _ in _STATEMENTS}
    for _ in range(_ROUNDS):
        times: dict[bool, dict[str, float]] = {}
        for installed in (False, True):
            with engine.begin() as connection:
                (triggers.install if installed else triggers.drop)(connection)
            times[installed] = {name: _time(engine, statement) for name, statement, _ in _STATEMENTS}
        for name in samples:
            samples[name].append(times[True][name] / times[False][name])
    with engine.begin() as connection:
        triggers.drop(connection)
    return [
        {
            "name": f"triggers: {name}, time with, times without",
            "value": round(median(samples[name]), 3),
            "goal": goal,
            "better": "lower",
        }
        for name, _, goal in _STATEMENTS
    ]


def _time(engine: Engine, statement: str) -> float:
    """Seconds of _ROWS statements, each committed; the rows made are taken away again."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ids = list(connection.execute(text(f"SELECT id FROM calls ORDER BY id LIMIT {_ROWS}")).scalars())
        last = {t: connection.execute(text(f"SELECT COALESCE(MAX(id), 0) FROM {t}")).scalar_one() for t in _TABLES}
        prepared: Callable[..., object] = connection.execute
        clause = text(statement)
        begin = time.perf_counter()
        for row_id in ids:
            prepared(clause, {"id": row_id} if ":id" in statement else {})
        spent = time.perf_counter() - begin
        for table in _TABLES:
            connection.execute(text(f"DELETE FROM {table} WHERE id > :last"), {"last": last[table]})
    return spent


_TABLES = ("appointments", "calls")
