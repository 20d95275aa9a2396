"""A rule and its proof: what it says, what the last complete check found, and rows that are looked at again now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from data_consistency.console import trend
from data_consistency.console.state import OpenOfRule, open_by_rule, verdicts_of
from data_consistency.console.trend import Line
from data_consistency.db import sql
from data_consistency.detect.scan import scan_table
from data_consistency.errors import WrongUse
from data_consistency.rules import Rule
from data_consistency.rules.outcomes import Scope, Verdict
from data_consistency.runtime import Runtime

MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the last complete check said of a rule."""

    at: datetime
    outcome: str
    rows: int | None
    violations: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rule among all."""

    rule: Rule
    judged: Judged | None
    open: int
    line: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row with an unsettled finding, looked at again."""

    entity_id: int
    company_id: int | None
    since: datetime
    status: str
    is_wrong: bool | None  # None: the rule cannot be evaluated now


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A rule with what speaks for it."""

    rule: Rule
    entity: str
    judged: Judged | None
    open: OpenOfRule
    line: Line | None
    rows: tuple[Row, ...]
    looked_at: datetime
    why_not: str  # why it cannot be evaluated now; empty: it can

    @property
    def wrong(self) -> int:
        """Of the rows that were looked at."""
        return sum(row.is_wrong is True for row in self.rows)


def list_rules(rt: Runtime) -> tuple[Listed, ...]:
    """Every rule of the suites, in their order."""
    now = rt.now()
    with rt.transaction() as connection:
        verdicts = verdicts_of(connection, now)
        found = {one.rule: one.total for one in open_by_rule(connection)}
        lines = trend.read(connection, now, rt.settings.report_timezone)
    return tuple(
        Listed(rule=rule, judged=_judged(verdicts.get(rule.id)), open=found.get(rule.id, 0), line=lines.get(rule.id))
        for suite in rt.suites().values()
        for rule in suite.rules
    )


def prove(rt: Runtime, rule_id: str) -> Proof:
    """One rule; its first rows with an unsettled finding are judged again as they stand now.

    Raises:
        WrongUse: it is in no suite.
    """
    suite, rule = next(
        ((suite, rule) for suite in rt.suites().values() for rule in suite.rules if rule.id == rule_id), (None, None)
    )
    if suite is None or rule is None:
        raise WrongUse(f"no rule '{rule_id[:100]}'; `consistency rules list` names them")
    now = rt.now()
    with rt.transaction() as connection:
        verdict = verdicts_of(connection, now).get(rule.id)
        found = {one.rule: one for one in open_by_rule(connection)}
        line = trend.read(connection, now, rt.settings.report_timezone).get(rule.id)
        rows = sql.run(connection, "console_open_of_rule", rule=rule.id, limit=MOST_ROWS).mappings().all()
        ids = tuple(sorted({int(row["entity_id"]) for row in rows}))
        scan = scan_table(connection, replace(suite, rules=(rule,)), Scope(kind="ids", ids=ids or (0,)), now)
    (outcome,) = scan.outcomes
    is_evaluated = outcome.verdict is not Verdict.NOT_EVALUATED
    wrong = set(scan.ids_of(rule.id))
    return Proof(
        rule=rule,
        entity=suite.entity,
        judged=_judged(verdict),
        open=found.get(rule.id, OpenOfRule(rule=rule.id, open=0, in_review=0)),
        line=line,
        rows=tuple(
            Row(
                entity_id=int(row["entity_id"]),
                company_id=row["company_id"],
                since=row["detected_at"],
                status=str(row["status"]),
                is_wrong=int(row["entity_id"]) in wrong if is_evaluated else None,
            )
            for row in rows
        ),
        looked_at=now,
        why_not="" if is_evaluated else outcome.reason or "",
    )


def _judged(row: Mapping[str, object] | None) -> Judged | None:
    if row is None:
        return None
    at = row["evaluated_at"]
    assert isinstance(at, datetime)  # the column is NOT NULL
    return Judged(
        at=at,
        outcome=str(row["outcome"]),
        rows=_count(row["rows_checked"]),
        violations=_count(row["violations"]),
        reason=None if row["reason"] is None else str(row["reason"]),
    )


def _count(value: object) -> int | None:
    return None if value is None else int(str(value))
