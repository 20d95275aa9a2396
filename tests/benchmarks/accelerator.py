"""What an accelerator saves a full check, and what it costs a write: with and without, in turns, on one server."""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text

from data_consistency import config
from data_consistency.detect import accelerated
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.project import shipped
from data_consistency.rules import Suite, load_suites
from data_consistency.rules.outcomes import Scope
from data_consistency.schema import accelerating
from tests.benchmarks import world
from tests.benchmarks.meter import ratio

_FULL = Scope(kind="full")
_TABLES = ("calls", "appointments", "customers")
_WRITES = 2_000
_REPEATED = 10
# Of a plain scan: what reads no index, and what a write changes.
_UNINDEXED = {"calls": "sentiment", "appointments": "cancellation_reason", "customers": "name"}
_WRITTEN = {"calls": "transcript", "appointments": "cancellation_reason", "customers": "email"}
_TICKS = os.sysconf("SC_CLK_TCK")


def run(engine: Engine, rounds: int) -> list[str]:
    """Lines to print: what a full check costs the server as a multiple of a plain scan, and what a write costs it."""
    lines = []
    for table in _TABLES:
        suite = load_suites(shipped())[table]
        plain, write = _plain(engine, table), _write(engine, table)
        before = _turns(engine, rounds, suite=_scan(engine, suite), write=write, plain=plain)
        begin = time.perf_counter()
        answers = accelerating.switch_on(engine, suite, actor="bench", now=_now())
        seconds = time.perf_counter() - begin
        with engine.connect() as connection:
            known = accelerated.ask(connection, facts_of(connection, table), suite.rules, _FULL)
        alone = replace(suite, rules=tuple(suite.rules[number] for number in known.numbers))
        after = _turns(
            engine,
            rounds,
            suite=_scan(engine, suite),
            asked=_ask(engine, suite),
            alone=_scan(engine, alone),
            count=_count(engine, table),
            write=write,
            plain=plain,
        )
        accelerating.switch_off(engine, table, actor="bench", now=_now())
        scanned = _turns(engine, rounds, alone=_scan(engine, alone), plain=plain)
        how = Counter(answer.how for answer in answers)
        writes = ratio(after["write"], after["plain"]) / ratio(before["write"], before["plain"])
        lines += [
            f"{table}: {dict(how)}; {len(known.numbers)} answered by {len(known.ids)} rows; made in {seconds:.1f} s",
            f"  suite {ratio(before['suite'], before['plain']):.2f} -> {ratio(after['suite'], after['plain']):.2f}",
            f"  answered rules {ratio(scanned['alone'], scanned['plain']):.2f} ->"
            f" {ratio(after['alone'], after['plain']):.3f}",
            f"  of that the count of rows {ratio(after['count'], after['plain']):.3f}",
            f"  the index {ratio(after['asked'], after['plain']):.4f}; a write {writes:.2f}",
        ]
    return lines


def _turns(engine: Engine, rounds: int, **contenders: Callable[[], int]) -> dict[str, list[float]]:
    """CPU seconds of the server for each contender in each round; all take turns."""
    with engine.connect() as connection:
        pid = int(Path(str(connection.execute(text("SELECT @@pid_file")).scalar_one())).read_text(encoding="ascii"))
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            begin = _cpu(pid)
            times = work()
            seconds[name].append(max(_cpu(pid) - begin, 0.5 / _TICKS) / times)
    return seconds


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _now() -> datetime:
    return config.utc_now().replace(tzinfo=None)


def _scan(engine: Engine, suite: Suite) -> Callable[[], int]:
    def work() -> int:
        with engine.connect() as connection:
            scan_table(connection, suite, _FULL, _now())
        return 1

    return work


def _ask(engine: Engine, suite: Suite) -> Callable[[], int]:
    """Often, as it takes less than a tick of the clock."""

    def work() -> int:
        with engine.connect() as connection:
            facts = facts_of(connection, suite.table)
            for _ in range(100):
                accelerated.ask(connection, facts, suite.rules, _FULL)
        return 100

    return work


def _plain(engine: Engine, table: str) -> Callable[[], int]:
    return _read(engine, f"SELECT SUM({_UNINDEXED[table]} = 'x') FROM {table}")


def _count(engine: Engine, table: str) -> Callable[[], int]:
    return _read(engine, f"SELECT COUNT(*) FROM {table} WHERE TRUE")


def _read(engine: Engine, statement: str) -> Callable[[], int]:
    """Several times, as the clock of a process ticks slowly."""

    def work() -> int:
        with engine.connect() as connection:
            for _ in range(_REPEATED):
                connection.execute(text(statement)).all()
        return _REPEATED

    return work


def _write(engine: Engine, table: str) -> Callable[[], int]:
    """Rows changed one by one in a column that rules read, each in a transaction of its own."""

    def work() -> int:
        statement = text(f"UPDATE {table} SET {_WRITTEN[table]} = :said WHERE id = :id")
        with engine.connect() as connection:
            for number in range(1, _WRITES + 1):
                connection.execute(statement, {"id": number * 7, "said": f"{table} {time.monotonic_ns()}"})
                connection.commit()
        return _WRITES

    return work


def main() -> None:
    """Measure worlds of the sizes that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.accelerator", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, world.server(Path(folder) / "mariadb") as server:
        engine = world.build(server, arguments.calls)
        sys.stdout.write("\n".join(run(engine, arguments.rounds)) + "\n")
        engine.dispose()


if __name__ == "__main__":
    main()
