"""`make bench`: measure on large tables in a private database and hold the goals; results in var/bench/."""

import argparse
import contextlib
import importlib
import importlib.util
import json
import os
import platform
import sys
import time

from data_consistency.project import shipped
from tests.benchmarks import booking, breaker, check, corrections, hints, meter, set_rules, world

_LARGE, _SMALL = 1_000_000, 10_000
# Peers are measured on a tenth: on a million calls they take an hour.
_PEERS = 100_000


def main() -> int:
    """Measure everything; exit status 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--calls", type=int, default=_LARGE, help=f"rows of the large world (default {_LARGE})")
    parser.add_argument("--peers", type=int, default=_PEERS, help=f"rows of the peers' world (default {_PEERS})")
    parser.add_argument("--small", type=int, default=_SMALL, help=f"rows of the small world (default {_SMALL})")
    parser.add_argument("--only", action="append", default=[], metavar="SECTION", help="run this section; repeatable")
    arguments = parser.parse_args()
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    folder = shipped().home / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    goals: list[dict[str, object]] = []
    with world.server(folder / "mariadb") as server:
        worlds = {}
        sizes = {arguments.small, arguments.calls} | (set() if arguments.only else {arguments.peers})
        for calls in sorted(sizes):
            worlds[calls] = world.build(server, calls)
            _say(begin, f"world of {calls:,} calls is there")
        machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(), "server": server.version}
        largest = worlds[max(worlds)]
        ends = {calls: worlds[calls] for calls in (min(worlds), max(worlds))}
        for name, run in (
            ("five-minute check", lambda: check.changed(ends)),
            ("full check", lambda: check.full(largest, max(worlds))),
            ("full check by peers", lambda: check.peers(worlds[arguments.peers], arguments.peers)),
            ("rules that compare rows", lambda: set_rules.run(ends)),
            ("corrections", lambda: (corrections.run(largest), [])),
            ("circuit breaker", lambda: breaker.run(worlds[min(worlds)])),
            ("booking guard", lambda: booking.run(largest, max(worlds))),
            ("hints", lambda: hints.run(largest, max(worlds))),
            ("frame", lambda: (check.frame(shipped().home), [])),
        ):
            if arguments.only and name not in arguments.only:
                continue
            found, lines = run()
            goals += found
            _say(begin, name, *lines)
        if not arguments.only and importlib.util.find_spec("tests.benchmarks.triggers"):
            goals += importlib.import_module("tests.benchmarks.triggers").run(worlds[min(worlds)])
            _say(begin, "triggers")
        for engine in worlds.values():
            engine.dispose()
    results = {"goals": goals, "machine": machine, "sizes": sorted(worlds), "sections": arguments.only or "all"}
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    width = max(len(str(entry["name"])) for entry in goals)
    for entry in goals:
        sign = "<=" if entry["better"] == "lower" else ">="
        verdict = "ok" if meter.met(entry) else "MISSED"
        sys.stdout.write(f"{entry['name']:<{width}}  {entry['value']:>9}  {sign} {entry['goal']:<6} {verdict}\n")
    return 0 if all(meter.met(entry) for entry in goals) else 1


def _say(begin: float, *lines: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"[{time.monotonic() - begin:5.0f} s] " + "\n".join(lines) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
