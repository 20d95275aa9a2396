"""The figures of the daily report: counts and ids, nothing personal."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from data_consistency.report.happened import ChangedRun, Turn
from data_consistency.report.period import Period
from data_consistency.report.standing import Needs, TrendPoint
from data_consistency.report.times import Ages, Times
from data_consistency.rules import Severity

TOP_ISSUES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of the entities checked are consistent."""

    company_id: int | None  # None: of no company, or the total
    checked: int
    inconsistent: int

    @property
    def ratio(self) -> float | None:
        """Share of consistent entities, 0 to 1; None: nothing was checked, which is not health."""
        return max(0.0, 1 - self.inconsistent / self.checked) if self.checked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong where a rule is violated, in both languages."""

    en: str
    de: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """One rule: the period, and how things stand."""

    rule: str
    catalogue: str
    severity: str
    mode: str
    table: str
    description: str
    problem: Problem | None = None  # None: its suite has no words for it
    found: int  # findings that began in the period
    corrected: int  # rows changed in the period
    fixed: int  # findings that ended in the period, however
    open: int
    in_review: int
    violations: int | None  # in the newest full check; None: not evaluated
    rows_checked: int | None
    trend: tuple[TrendPoint, ...] = ()  # in the last full check of each day

    @property
    def active(self) -> int:
        """Findings that somebody still has to settle."""
        return self.open + self.in_review

    @property
    def has_something(self) -> bool:
        """Whether any of its numbers is not zero."""
        return any((self.found, self.corrected, self.fixed, self.active, self.violations))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFigures:
    """One company: the period, and how things stand."""

    company_id: int | None  # None: rows of no company
    name: str
    live: Rate
    day: Rate
    found: int
    corrected: int
    fixed: int
    open: int  # findings that somebody still has to settle, those in review too
    rules: Mapping[str, "OfRule"] = field(default_factory=dict)
    trend: tuple[TrendPoint, ...] = ()  # open at the end of each day

    @property
    def has_something(self) -> bool:
        """Whether any of its numbers is not zero."""
        return any((self.found, self.corrected, self.fixed, self.open))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRule:
    """What a rule found at one company."""

    found: int = 0
    corrected: int = 0
    fixed: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review queue."""

    pending: int
    in_progress: int
    oldest: datetime | None
    opened: int
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A rule about which nothing is known."""

    rule: str
    table: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An incident that waits for a decision."""

    id: int
    kind: str
    rule: str
    table: str
    found: int
    cap: int
    detail: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """Messages that nobody has got."""

    pending: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule that came to be judged in another mode or version."""

    rule: str
    table: str
    mode_before: str | None  # None: the rule is new
    mode: str
    fingerprint_before: str | None
    fingerprint: str
    at: datetime  # of the first check that judged it so


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a correction would do with the rows that violate a rule now."""

    correct: int
    refuse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A rule that is only counted, for people to promote."""

    rule: str
    table: str
    description: str
    days: int | None  # None: not judged yet
    found: int | None  # in the newest full check; None: not evaluated
    would_correct: int | None  # None: it has no correction, or too much to look at
    would_refuse: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything the report says."""

    period: Period
    generated_at: datetime  # UTC, naive: the moment of everything that says "now"
    run_id: str
    source: str = ""  # the watched database, where it is not the only one
    base_url: str | None = None  # where people reach Airflow, for links
    live: Rate  # entities that are right now
    day: Rate  # entities that were not found wrong in the period
    companies: tuple[CompanyFigures, ...]  # the most findings first
    entities: Mapping[str, int]
    rules: tuple[RuleFigures, ...]  # the most pressing first
    runs: tuple[ChangedRun, ...]  # the newest first
    undone: int
    latency: Times
    mends: Times
    ages: Ages
    needs: Needs
    turns: tuple[Turn, ...]  # the oldest first
    review: Review
    not_evaluated: tuple[Silent, ...]
    incidents: tuple[Waiting, ...]
    mails: Mails
    trend: tuple[TrendPoint, ...]  # serious violations in the last full check of each day
    rule_set: str  # fingerprint of the rules that the report knows
    changes: tuple[RuleChange, ...]  # in the period, the oldest first
    shadow: tuple[Shadow, ...]  # the longest first

    @property
    def found(self) -> int:
        """Findings that began in the period."""
        return sum(rule.found for rule in self.rules)

    @property
    def corrected(self) -> int:
        """Rows changed in the period."""
        return sum(run.corrections for run in self.runs)

    @property
    def fixed(self) -> int:
        """Findings that ended in the period."""
        return sum(rule.fixed for rule in self.rules)

    @property
    def open(self) -> int:
        """Findings that somebody still has to settle, those in review too."""
        return sum(rule.active for rule in self.rules)

    @property
    def top(self) -> tuple[RuleFigures, ...]:
        """The rules with most to do."""
        return tuple(rule for rule in self.rules if rule.active)[:TOP_ISSUES]

    @property
    def busy(self) -> tuple[RuleFigures, ...]:
        """Rules with something to tell."""
        return tuple(rule for rule in self.rules if rule.has_something)

    @property
    def quiet(self) -> tuple[RuleFigures, ...]:
        """Rules that found nothing, nor settled anything."""
        return tuple(rule for rule in self.rules if not rule.has_something)

    def by_severity(self, name: str) -> dict[str, int]:
        """One count (`found`, `open`, `in_review`, `active`, `fixed`) summed per severity."""
        sums: Counter[str] = Counter()
        for rule in self.rules:
            sums[rule.severity] += int(getattr(rule, name))
        return {severity.value: sums[severity.value] for severity in Severity}
