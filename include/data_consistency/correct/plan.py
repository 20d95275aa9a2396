"""What is done about findings: pure decisions, no database, no clock of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_consistency.rules import Rule
from data_consistency.rules.outcomes import Candidate
from data_consistency.sources import Caps

# A row corrected this often by one rule within a day is being changed back by somebody else.
OSCILLATION_CORRECTIONS = 2
OSCILLATION_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CapExceeded:
    """More rows want a correction than one rule may change in a run."""

    found: int
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The ids of one rule, sorted by what happens to them."""

    correct: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()  # too young, or their evidence cannot be had now: the next run looks again
    oscillating: tuple[int, ...] = ()  # go to review
    opted_out: tuple[int, ...] = ()  # the tenant wants no automatic change: review
    incident: CapExceeded | None = None


def cap_for(rule: Rule, caps: Caps, rows_checked: int | None) -> int:
    """The most rows `rule` may change in one run.

    Args:
        rule: its own limit wins over the setting.
        caps: the limits of the settings.
        rows_checked: rows of the check behind the findings; None or few: the share is not looked at.
    """
    cap = caps.max_corrections if rule.max_corrections is None else rule.max_corrections
    if rows_checked is None or rows_checked < caps.min_rows_for_ratio:
        return cap
    return min(cap, max(1, int(rows_checked * caps.max_ratio)))


def plan(
    rule: Rule,
    candidates: Iterable[Candidate],
    *,
    now: datetime,
    caps: Caps,
    rows_checked: int | None,
    opted_out: frozenset[int],
    approved: int = 0,
) -> Plan:
    """Sort the candidates of one rule.

    Above the cap nothing is corrected: the whole rule becomes one incident for a person. `approved` is the number of
    rows that a person allowed for this rule.
    """
    min_age = caps.min_age_minutes if rule.min_age_minutes is None else rule.min_age_minutes
    youngest_allowed = now - timedelta(minutes=min_age)
    sorted_ids: dict[str, list[int]] = {"correct": [], "waiting": [], "oscillating": [], "opted_out": []}
    for candidate in candidates:
        sorted_ids[_fate(candidate, youngest_allowed, opted_out)].append(candidate.entity_id)
    lists = {fate: tuple(sorted(ids)) for fate, ids in sorted_ids.items()}
    wanted = lists["correct"]
    cap = max(cap_for(rule, caps, rows_checked), approved)
    too_many = len(wanted) > cap
    return Plan(
        correct=() if too_many else wanted,
        waiting=lists["waiting"],
        oscillating=lists["oscillating"],
        opted_out=lists["opted_out"],
        incident=CapExceeded(found=len(wanted), cap=cap) if too_many else None,
    )


def _fate(candidate: Candidate, youngest_allowed: datetime, opted_out: frozenset[int]) -> str:
    if candidate.company_id in opted_out:
        return "opted_out"
    if candidate.changed_at is None or candidate.changed_at > youngest_allowed:
        return "waiting"
    if candidate.recent_corrections >= OSCILLATION_CORRECTIONS:
        return "oscillating"
    return "correct"
