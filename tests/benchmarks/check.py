"""The check: a whole table against a plain scan, a query per rule and Great Expectations; a change at two sizes."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from data_consistency import config
from data_consistency.db import sql
from data_consistency.detect import scopes
from data_consistency.detect.opening import open_check
from data_consistency.detect.scan import scan_table
from data_consistency.ledger import known_parents, watermarks
from data_consistency.project import shipped
from data_consistency.rules import Suite, load_suites
from data_consistency.rules.outcomes import Scan, Scope
from tests.benchmarks.meter import counted, goal, interleaved, ratio
from tests.benchmarks.process import rule_queries

CHANGED = 1000
ROUNDS = 5
# The columns of calls that its facts read, as somebody would read them by hand.
_PLAIN = text(
    "SELECT SUM(LENGTH(CONCAT_WS('', status, direction, session_outcome, customer_id, customer_link_status,"
    " customer_link_confidence, customer_link_method, appointment_link_status, appointment_made, booking_confirmed,"
    " booking_failed, appointment_id, converted_appointment_id, created_at, customer_name, from_number)))"
    ", SUM(transcript <> '') FROM calls FORCE INDEX (PRIMARY) WHERE deleted_at IS NULL"
)
# One row in each stretch of the table; like the table, three in five have an appointment and one in five a customer.
_TOUCH = text("UPDATE calls SET sentiment = :word WHERE id % :step = id DIV :step % 5")
_FORGET = text("UPDATE calls SET consistency_changed_at = '1970-01-02' WHERE id % :step = id DIV :step % 5")


def _suite() -> Suite:
    return load_suites(shipped())["calls"]


def _full(engine: Engine) -> Scan:
    with engine.connect() as connection:
        return scan_table(connection, _suite(), Scope(kind="full"), config.utc_now().replace(tzinfo=None))


def _changed(engine: Engine) -> Scan:
    """What the five-minute check reads: the scope, then the rules on it."""
    with engine.connect() as connection:
        suite = _suite()
        reach = scopes.changed_scope(
            connection, suite, open_check(connection, suite), config.utc_now().replace(tzinfo=None)
        )
        return scan_table(connection, suite, reach.scope, config.utc_now().replace(tzinfo=None))


def _plain(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(_PLAIN).one()


def _per_rule(engine: Engine) -> None:
    with engine.connect() as connection:
        for query in rule_queries().values():
            params = {"now": config.utc_now().replace(tzinfo=None)} if ":now" in query else {}
            sql.execute(connection, query, params).all()


def full(engine: Engine, calls: int, rounds: int = 3) -> tuple[list[dict[str, object]], list[str]]:
    """A full check against a plain scan of the table; goals and lines to print."""
    seconds = interleaved({"house": lambda: _full(engine), "plain scan": lambda: _plain(engine)}, rounds)
    rules = len(_suite().rules)
    with counted(engine) as statements:
        _full(engine)
    read = _rows_of_calls(engine, lambda: _full(engine))
    name = f"full check of {calls:,} calls"
    times = ratio(seconds["house"], seconds["plain scan"])
    goals = [
        goal(f"{name}: time of a rule, times a plain scan", times / rules, 0.5, "lower"),
        goal(f"{name}: reads of each row of calls", read / calls, 1.0, "lower"),
        # What the session keeps, whether the table is accelerated, two passes, the count, and of each rule about a set
        # its candidates and their facts.
        goal(f"{name}: statements", len(statements.seen), 9, "lower"),
        goal(f"{name}: peak memory of the process, MB", process("full", engine)["peak_mb"], 96, "lower"),
    ]
    lines = [f"  {rows:>10,} rows read  {label}" for label, rows in statements.seen]
    lines += [f"  {rules} rules together take {times:.1f} times a plain scan of the columns they read"]
    lines += [f"  {contender:<18} {min(taken):7.2f} s at best" for contender, taken in seconds.items()]
    return goals, lines


def peers(engine: Engine, calls: int) -> tuple[list[dict[str, object]], list[str]]:
    """The same rules as others would check them: a query for each, Great Expectations with an expectation each."""
    seconds = interleaved({"house": lambda: _full(engine), "a query per rule": lambda: _per_rule(engine)}, 1)
    naive, house, light = (process(kind, engine) for kind in ("naive", "house", "full"))
    name = f"full check of {calls:,} calls"
    goals = [
        goal(
            f"{name}: a query per rule, times ours", ratio(seconds["a query per rule"], seconds["house"]), 1.5, "higher"
        ),
        goal(f"{name}: naive GX, times ours in GX, process", naive["wall"] / house["wall"], 1.0, "higher"),
        goal(f"{name}: naive GX, times ours, check", naive["seconds"] / light["seconds"], 3.5, "higher"),
        goal(f"{name}: naive GX, times ours, process", naive["wall"] / light["wall"], 4.5, "higher"),
    ]
    lines = [f"  {contender:<18} {min(taken):7.2f} s" for contender, taken in seconds.items()]
    return goals, lines


def _rows_of_calls(engine: Engine, run: Callable[[], object]) -> int:
    """Rows of calls themselves that were read; entries of its indexes that were walked are not."""
    with engine.connect() as connection:
        connection.execute(text("SET GLOBAL userstat = 1"))
        connection.execute(text("FLUSH TABLE_STATISTICS, INDEX_STATISTICS"))
        engine.dispose()
        run()
        connection.execute(text("SET GLOBAL userstat = 0"))
        by_index = dict(
            connection.execute(
                text(
                    "SELECT INDEX_NAME, ROWS_READ FROM information_schema.INDEX_STATISTICS"
                    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'calls'"
                )
            ).all()
        )
    return sum(int(rows) for name, rows in by_index.items() if name == "PRIMARY")


def changed(worlds: dict[int, Engine]) -> tuple[list[dict[str, object]], list[str]]:
    """The five-minute check of a change of 1,000 rows, at every size in turn."""
    for calls, engine in worlds.items():
        with engine.begin() as connection:
            # What is remembered of parents, and from now on what changes.
            known_parents.remember(connection, scopes.full_scope(connection, _suite()).seen)
            watermark = open_check(connection, _suite()).watermark
            watermarks.advance(connection, "calls", watermark, "bench", watermark.server_now)
            connection.execute(_TOUCH, {"word": "positive", "step": calls // CHANGED})
    goals, lines = [], []
    for calls, engine in worlds.items():
        with counted(engine) as statements:
            scan = _changed(engine)
        assert scan.rows_checked == CHANGED, scan.rows_checked
        name = f"five-minute check, {CHANGED:,} of {calls:,} calls changed"
        # The change, the row, and the row that each of its links leads to.
        goals.append(goal(f"{name}: rows read for each", statements.rows_read / CHANGED, 6.0, "lower"))
        goals.append(goal(f"{name}: statements", len(statements.seen), 6, "lower"))
        lines += [f"  {rows:>10,} rows read  {label}" for label, rows in statements.seen]
    seconds = interleaved(
        {str(calls): (lambda engine=engine: _changed(engine)) for calls, engine in worlds.items()},  # type: ignore[misc]
        ROUNDS * 4,
    )
    small, large = str(min(worlds)), str(max(worlds))
    goals.append(
        goal(
            f"five-minute check: time at {int(large):,} calls, times {int(small):,}",
            ratio(seconds[large], seconds[small]),
            2.0,
            "lower",
        )
    )
    walls: dict[int, list[float]] = {calls: [] for calls in worlds}
    last: dict[str, Any] = {}
    for _ in range(ROUNDS):
        for calls, engine in worlds.items():
            last = process("changed", engine)
            walls[calls].append(last["wall"])
    goals.append(
        goal(
            f"five-minute check: whole process at {int(large):,} calls, times {int(small):,}",
            ratio(walls[int(large)], walls[int(small)]),
            1.3,
            "lower",
        )
    )
    goals.append(goal("five-minute check: GX, pandas or Airflow imported", len(last["heavy"]), 0, "lower"))
    goals.append(goal("five-minute check: peak memory of the process, MB", last["peak_mb"], 96, "lower"))
    for calls, engine in worlds.items():
        with engine.begin() as connection:
            connection.execute(_FORGET, {"step": calls // CHANGED})
    return goals, lines


def process(kind: str, engine: Engine) -> dict[str, Any]:
    """Facts of one contender that ran as a process: seconds, wall, peak_mb, heavy."""
    import time

    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.benchmarks.process", kind, url]
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=shipped().home)
    wall = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{kind}: {done.stderr[-2000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def frame(folder: Path, rounds: int = ROUNDS) -> list[dict[str, object]]:
    """What a process costs before it asks anything."""

    def start(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)

    seconds = interleaved(
        {
            "ours": start("from data_consistency.cli import build_app; build_app()"),
            "drivers": start("import sqlalchemy, pymysql"),
        },
        rounds,
    )
    return [
        goal(
            "the command with every group: start, times its database driver's",
            ratio(seconds["ours"], seconds["drivers"]),
            2.5,
            "lower",
        )
    ]
