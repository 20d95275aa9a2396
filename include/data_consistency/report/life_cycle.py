"""Counting the life cycle of rules: what was promoted, changed or added, and what waits in shadow."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from data_consistency.report.figures import Preview, RuleChange, Shadow
from data_consistency.report.period import Period
from data_consistency.rules import Mode, Rule

# Runs report_<name>.sql with its parameters.
Ask = Callable[..., list[dict[str, object]]]


# Days before the period in which the version before is looked for.
MEMORY_DAYS = 14


def rule_changes(ask: Ask, period: Period) -> tuple[RuleChange, ...]:
    """Rules that changed mode or version in the period; nothing on the day of the very first check."""
    first = ask("first_result")[0]["evaluated_at"]
    known_before = isinstance(first, datetime) and first < period.start
    rows = ask("rule_changes", since=period.start - timedelta(days=MEMORY_DAYS), start=period.start, end=period.end)
    return tuple(_change(row) for row in rows if known_before or row["mode_before"] is not None)


def _change(row: Mapping[str, object]) -> RuleChange:
    at = row["evaluated_at"]
    assert isinstance(at, datetime)  # the column is NOT NULL
    return RuleChange(
        rule=str(row["rule"]),
        table=str(row["table_name"]),
        mode_before=None if row["mode_before"] is None else str(row["mode_before"]),
        mode=str(row["mode"]),
        fingerprint_before=None if row["fingerprint_before"] is None else str(row["fingerprint_before"]),
        fingerprint=str(row["fingerprint"]),
        at=at,
    )


def in_shadow(
    ask: Ask,
    rules: Sequence[Rule],
    verdicts: Mapping[str, Mapping[str, object]],
    previews: Mapping[str, Preview],
    now: datetime,
) -> tuple[Shadow, ...]:
    """Rules that are only counted, those longest in shadow first."""
    waiting = [rule for rule in rules if rule.mode is Mode.SHADOW]
    if not waiting:
        return ()
    since = {str(row["rule"]): row["since"] for row in ask("shadow", rules=[rule.id for rule in waiting])}
    shadows = [
        _shadow(rule, since.get(rule.id), verdicts.get(rule.id, {}), previews.get(rule.id), now) for rule in waiting
    ]
    return tuple(sorted(shadows, key=lambda shadow: (-(shadow.days or 0), shadow.rule)))


def _shadow(rule: Rule, since: object, verdict: Mapping[str, object], preview: Preview | None, now: datetime) -> Shadow:
    found = verdict.get("violations")
    return Shadow(
        rule=rule.id,
        table=rule.table,
        description=rule.description,
        days=(now - since).days if isinstance(since, datetime) else None,
        found=None if found is None else int(str(found)),
        would_correct=None if preview is None else preview.correct,
        would_refuse=None if preview is None else preview.refuse,
    )
