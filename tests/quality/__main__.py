"""`make bench-quality`: recall, precision and wrong fixes on worlds whose faults are known; results in var/bench/."""

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import asdict, fields

from data_consistency.project import shipped
from tests.benchmarks.world import server
from tests.quality.elsewhere import CHANGES
from tests.quality.run import GOALS, missed_goals, run_elsewhere, run_seed, totals
from tests.quality.score import Score, Tally


def main() -> int:
    """Judge every seed; exit status 1 when one of them misses a goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="calls of each world (default 20,000)")
    parser.add_argument("--seeds", type=int, default=10, help="worlds, with seeds 1 to this (default 10)")
    parser.add_argument("--large", type=int, default=0, help="calls of one more world (default none)")
    parser.add_argument("--fault-share", type=float, default=0.2, help="share of cases that go wrong (default 0.2)")
    arguments = parser.parse_args()
    folder = shipped().home / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    worlds = [(seed, arguments.calls, arguments.fault_share) for seed in range(1, arguments.seeds + 1)]
    if arguments.large:
        worlds.append((arguments.seeds + 1, arguments.large, arguments.fault_share / 10))
    rules: dict[str, Tally] = defaultdict(Tally)
    seeds, failed = [], 0
    with server(folder / "mariadb-quality") as running:
        for seed, calls, share in worlds:
            begin = time.monotonic()
            score = run_seed(running, seed=seed, calls=calls, fault_share=share)
            seeds.append({"seed": seed, "calls": calls, **totals(score.rules)})
            failed += bool(missed_goals(score))
            _tell(seed, calls, score, time.monotonic() - begin)
            for rule, tally in score.rules.items():
                for name in (field.name for field in fields(Tally)):
                    setattr(rules[rule], name, getattr(rules[rule], name) + getattr(tally, name))
        unseen = run_elsewhere(running)
    sys.stdout.write(f"changes in other rows: {len(CHANGES)}, not found by the next check: {len(unseen)}\n")
    sys.stdout.writelines(f"  MISSED {line}\n" for line in unseen)
    results = {
        "total": {"rules": len(rules), **totals(rules), "goals": GOALS},
        "rules": [{"rule": rule, **asdict(tally), **totals({rule: tally})} for rule, tally in sorted(rules.items())],
        "seeds": seeds,
        "elsewhere": {"changes": len(CHANGES), "missed": unseen},
    }
    (folder / "quality.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    _table(rules)
    return 1 if failed or unseen else 0


def _tell(seed: int, calls: int, score: Score, seconds: float) -> None:
    figures = ", ".join(f"{name} {value}" for name, value in totals(score.rules).items())
    sys.stdout.write(f"seed {seed}, {calls:,} calls: {figures} ({seconds:.0f} s)\n")
    for line in missed_goals(score):
        sys.stdout.write(f"  MISSED {line}\n")
    sys.stdout.flush()


def _table(rules: dict[str, Tally]) -> None:
    width = max(len(rule) for rule in rules)
    sys.stdout.write(f"{'rule':<{width}}  faults recall precis.  fixes  wrong review fixable\n")
    for rule, tally in sorted(rules.items()):
        found = totals({rule: tally})
        sys.stdout.write(
            f"{rule:<{width}} {tally.faults:>7} {found['recall']:>6} {found['precision']:>7} {tally.fixes:>6}"
            f" {tally.wrong_fixes:>6} {tally.review:>6} {found['fixable_corrected']:>7}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
