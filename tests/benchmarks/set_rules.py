"""Rules that compare rows with one another: what each costs alone, and that it grows no faster than the table."""

from dataclasses import replace

from sqlalchemy import Engine

from data_consistency import config
from data_consistency.detect.scan import scan_table
from data_consistency.project import shipped
from data_consistency.rules import Rule, Suite, load_suites
from data_consistency.rules.outcomes import Scope
from tests.benchmarks.meter import counted, goal, interleaved, ratio

# By what they ask: overlaps, doubles, names of a day, phases, and companies as a whole.
_CATALOGUE = frozenset(
    {"P-04", "P-05", "P-06", "P-07", "C-02", "C-05", "C-12", "C-16", "I-12", "I-15", "K-07", "K-08", "K-14"}
)


def run(worlds: dict[int, Engine]) -> tuple[list[dict[str, object]], list[str]]:
    """Every such rule at the smallest and the largest size; goals and lines to print.

    Rows read are counted, times are told as multiples of a check by one rule that looks at its own row only.
    """
    small, large = min(worlds), max(worlds)
    goals, lines = [], []
    for suite in load_suites(shipped()).values():
        plain = replace(suite, rules=(_plainest(suite),))
        for rule in (rule for rule in suite.rules if rule.catalogue in _CATALOGUE):
            alone = replace(suite, rules=(rule,))
            reads = {calls: _reads(worlds[calls], alone) for calls in (small, large)}
            growth = (reads[large] / large) / max(reads[small] / small, 1e-9)
            seconds = interleaved(
                {
                    "rule": lambda alone=alone: _scan(worlds[large], alone),  # type: ignore[misc]
                    "plain": lambda plain=plain: _scan(worlds[large], plain),  # type: ignore[misc]
                },
                1,
            )
            name = f"{rule.catalogue} {rule.id}"
            goals.append(
                goal(f"{name}: rows read for a call at {large:,} calls, times {small:,}", growth, 1.5, "lower")
            )
            lines.append(
                f"  {reads[large]:>10,} rows read, {ratio(seconds['rule'], seconds['plain']):6.2f} times a rule on the"
                f" row itself  {name}"
            )
    return goals, lines


def _plainest(suite: Suite) -> Rule:
    """A rule of the table that asks nothing of others, as near as its conditions tell: the shortest one."""
    alone = [rule for rule in suite.rules if rule.catalogue not in _CATALOGUE] or suite.rules
    return min(alone, key=lambda rule: len(rule.condition))


def _scan(engine: Engine, suite: Suite) -> None:
    with engine.connect() as connection:
        scan_table(connection, suite, Scope(kind="full"), config.utc_now().replace(tzinfo=None))


def _reads(engine: Engine, suite: Suite) -> int:
    with counted(engine) as statements:
        _scan(engine, suite)
    return statements.rows_read
