"""The score: what the real check and the real corrections made of a labelled world."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from data_consistency import pipeline
from data_consistency.detect.scan import scan_table
from data_consistency.review import decisions
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from tests.people import ADMIN
from tests.quality.cases import NOW, Row
from tests.quality.world import World

Place = tuple[str, str, int]  # rule, table, id
# What a correction notes beside the fact: any sensible value is right.
_BOOKKEEPING = frozenset({
    "customer_linked_at", "appointment_linked_at", "requires_manual_processing", "converted_appointment_id",
    "manual_review_flagged_at", "requires_manual_review", "calcom_sync_status", "rescheduled_at",
})  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Tally:
    """One rule's score."""

    faults: int = 0
    expected: int = 0
    found: int = 0
    right: int = 0
    fixes: int = 0
    wrong_fixes: int = 0
    review: int = 0
    fixable: int = 0
    corrected: int = 0


@dataclass(slots=True, kw_only=True)
class Score:
    """The score of a world."""

    rules: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    missed: list[Place] = field(default_factory=list)
    unexpected: list[Place] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unfixed: list[Place] = field(default_factory=list)
    second_round: int = 0


class FrozenRuntime(Runtime):
    """A runtime whose clock stands still."""

    def now(self) -> datetime:
        """The time of the world."""
        return NOW


def judge(rt: Runtime, world: World) -> Score:
    """Check, approve what met a cap as an operator would, correct, and compare with the labels."""
    score = Score()
    expected = {place for item in world.labelled for fault in item.faults for place in fault.expected(item.case)}
    before = _violations(rt)
    for place in expected:
        score.rules[place[0]].expected += 1
        score.rules[place[0]].right += place in before
    for place in before:
        score.rules[place[0]].found += 1
    score.missed, score.unexpected = sorted(expected - before), sorted(before - expected)
    _correct(rt, "first")
    after = _violations(rt)
    _judge_fixes(rt, world, score)
    _judge_outcomes(rt, world, score, after)
    score.second_round = _correct(rt, "second")
    return score


def _violations(rt: Runtime) -> set[Place]:
    with rt.engine.connect() as connection:
        return {
            (rule.id, suite.table, entity_id)
            for suite in rt.suites().values()
            for rule, ids in _by_rule(connection, suite)
            for entity_id in ids
        }


def _by_rule(connection: Connection, suite: Suite) -> list[tuple[Any, list[int]]]:
    scan = scan_table(connection, suite, Scope(kind="full"), NOW)
    assert not [outcome for outcome in scan.outcomes if outcome.reason], scan.outcomes
    return [(rule, scan.ids_of(rule.id)) for rule in suite.rules]


def _correct(rt: Runtime, run_id: str) -> int:
    """Check and correct everything; caps are lifted by approval. Returns the rows corrected."""
    corrected = 0
    for turn in ("planned", "approved"):
        run = f"{run_id}_{turn}"
        pipeline.begin(rt, run, "check", "quality", dry_run=False)
        for table in rt.suites():
            pipeline.check_table(rt, table=table, run_id=run, kind="full")
            corrected += pipeline.correct_table(rt, table=table, run_id=run, actor="quality", dry_run=False).corrected
        for incident in decisions.list_incidents(rt):
            decisions.approve_incident(rt, incident.id, ADMIN)
    pipeline.begin(rt, f"{run_id}_review", "review", "quality", dry_run=False)
    pipeline.fill_review_queue(rt, run_id=f"{run_id}_review")
    return corrected


def _judge_fixes(rt: Runtime, world: World, score: Score) -> None:
    clean: dict[tuple[str, int], Row] = {}
    truth: dict[tuple[str, int], Row] = defaultdict(dict)
    for item in world.labelled:
        for table in ("calls", "appointments", "customers"):
            for row in item.clean.rows.get(table, []):
                clean[table, row["id"]] = row
        for fault in item.faults:
            truth[fault.table, item.case.rows[fault.table][fault.row]["id"]].update(fault.truth)
    with rt.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT rule, table_name, entity_id, after_values FROM consistency_corrections ORDER BY id")
        ).all()
    for rule, table, entity_id, after in rows:
        tally = score.rules[rule]
        tally.fixes += 1
        right = {**clean.get((table, entity_id), {}), **truth[table, entity_id]}
        wrong = [
            f"{rule} {table}.{column} of {entity_id}: {value!r}, right is {right.get(column)!r}"
            for column, value in json.loads(after).items()
            if not right or not _is_right(column, value, right.get(column))
        ]
        tally.wrong_fixes += bool(wrong)
        score.wrong += wrong


def _is_right(column: str, value: object, right: object) -> bool:
    if column in _BOOKKEEPING or right is ...:
        return True
    if isinstance(right, int | float | Decimal) and not isinstance(value, bool) and value is not None:
        return float(str(value)) == float(right)
    return value == right


def _judge_outcomes(rt: Runtime, world: World, score: Score, after: set[Place]) -> None:
    with rt.engine.connect() as connection:
        reviewed = {
            (str(rule), int(entity_id))
            for rule, entity_id in connection.execute(text("SELECT reason, entity_id FROM manual_review_queue"))
        }
    for item in world.labelled:
        for fault in item.faults:
            tally = score.rules[fault.rule]
            entity_id = item.case.rows[fault.table][fault.row]["id"]
            tally.faults += 1
            tally.review += (fault.rule, entity_id) in reviewed
            if fault.outcome == "corrected":
                tally.fixable += 1
                is_fixed = not (fault.expected(item.case) & after)
                tally.corrected += is_fixed
                if not is_fixed:
                    score.unfixed += sorted(fault.expected(item.case) & after)
