"""What is done about findings: pure decisions, no database, no clock of its own."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_consistency.correct.caps import Limits, Usage, exceeded, limits_of
from data_consistency.rules import Rule
from data_consistency.rules.outcomes import Candidate
from data_consistency.sources import Caps

# A row corrected this often by one rule within a day is being changed back by somebody else.
OSCILLATION_CORRECTIONS = 2
OSCILLATION_HOURS = 24
# After a person said no, the same question is not asked again for this long, unless it has grown.
REJECTED_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CapExceeded:
    """More rows want a correction than one rule may change, or a person has said no to some of them before."""

    company_id: int | None  # whose rows they are; None: of several, none of which has too many alone
    ids: tuple[int, ...]
    cap: int

    @property
    def found(self) -> int:
        """How many rows there are."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The ids of one rule, sorted by what happens to them."""

    correct: tuple[int, ...] = ()
    # Too young, their evidence cannot be had now, or a person has just said no: a later run looks again.
    waiting: tuple[int, ...] = ()
    oscillating: tuple[int, ...] = ()  # go to review
    opted_out: tuple[int, ...] = ()  # the tenant wants no automatic change: review
    incidents: tuple[CapExceeded, ...] = ()


def plan(
    rule: Rule,
    candidates: Iterable[Candidate],
    *,
    now: datetime,
    caps: Caps,
    opted_out: frozenset[int],
    usage: Usage | None = None,
) -> Plan:
    """Sort the candidates of one rule.

    Above a cap nothing is corrected: the rows become one incident for a person. A company with too many rows has an
    incident of its own, so that the others' rows are corrected all the same.

    Args:
        rule: of the candidates.
        candidates: open findings.
        now: UTC, naive.
        caps: of the settings.
        opted_out: companies that want no automatic change.
        usage: what the rule has changed so far; None: nothing.
    """
    limits = limits_of(caps, max_corrections=rule.max_corrections, min_age_minutes=rule.min_age_minutes)
    youngest_allowed = now - timedelta(minutes=limits.min_age_minutes)
    fates: dict[str, list[Candidate]] = {"correct": [], "waiting": [], "oscillating": [], "opted_out": []}
    for candidate in candidates:
        fates[_fate(candidate, youngest_allowed, opted_out)].append(candidate)
    correct: list[Candidate] = []
    incidents: list[CapExceeded] = []
    for company, group in _groups(fates["correct"], limits, usage or Usage()):
        cap = exceeded(_found_by(group), limits, usage or Usage())
        if _was_refused_lately(group, now):
            fates["waiting"] += group
        elif cap is not None or any(candidate.rejected_at is not None for candidate in group):
            incidents.append(CapExceeded(company_id=company, ids=_ids(group), cap=limits.run if cap is None else cap))
        else:
            correct += group
    return Plan(
        correct=_ids(correct),
        waiting=_ids(fates["waiting"]),
        oscillating=_ids(fates["oscillating"]),
        opted_out=_ids(fates["opted_out"]),
        incidents=tuple(incidents),
    )


def _groups(wanted: Sequence[Candidate], limits: Limits, usage: Usage) -> list[tuple[int | None, list[Candidate]]]:
    """Companies whose rows are a question of their own, and the rows of all others together."""
    by_company: dict[int | None, list[Candidate]] = {}
    for candidate in wanted:
        by_company.setdefault(candidate.company_id, []).append(candidate)
    own = {
        company: rows
        for company, rows in by_company.items()
        if company is not None
        and (exceeded(_found_by(rows), limits, usage) is not None or any(row.rejected_at is not None for row in rows))
    }
    rest = [candidate for candidate in wanted if candidate.company_id not in own]
    return [*own.items(), (None, rest)] if rest else [*own.items()]


def _found_by(rows: Iterable[Candidate]) -> Counter[str | None]:
    return Counter(row.found_by for row in rows)


def _was_refused_lately(group: Sequence[Candidate], now: datetime) -> bool:
    """Whether a person has just said no to as many of these rows or more."""
    since = now - timedelta(hours=REJECTED_HOURS)
    rejected = [row.rejected_found for row in group if row.rejected_at is not None and row.rejected_at >= since]
    return bool(rejected) and len(group) <= max(rejected)


def _ids(rows: Iterable[Candidate]) -> tuple[int, ...]:
    return tuple(sorted(row.entity_id for row in rows))


def _fate(candidate: Candidate, youngest_allowed: datetime, opted_out: frozenset[int]) -> str:
    if candidate.company_id in opted_out:
        return "opted_out"
    if candidate.changed_at is None or candidate.changed_at > youngest_allowed:
        return "waiting"
    if candidate.recent_corrections >= OSCILLATION_CORRECTIONS:
        return "oscillating"
    return "correct"
