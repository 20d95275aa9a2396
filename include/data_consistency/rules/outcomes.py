"""Findings and outcomes: what a check knows after it has looked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from data_consistency.rules import Rule

# No id is greater: where a range has no end.
LAST_ID = 2**63 - 1


class Verdict(StrEnum):
    """The three answers a rule can give; a query that failed is neither a pass nor a zero."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict of one rule over one scope."""

    rule: Rule
    verdict: Verdict
    rows_checked: int | None  # None: not evaluated
    violations: int | None  # None: not evaluated
    reason: str | None = None  # why not evaluated, or not for some companies
    is_chosen: bool = False  # not evaluated by the operator's own choice: told in every report, but no alarm
    silent_companies: frozenset[int] = frozenset()  # whose rows were not judged; those of all others were

    @property
    def is_judged(self) -> bool:
        """Whether it speaks for every row of its scope."""
        return self.verdict is not Verdict.NOT_EVALUATED and not self.silent_companies

    def plus(self, other: "Outcome") -> "Outcome":
        """The verdict over both scopes; what one of them could not judge is not judged."""
        if self.verdict is Verdict.NOT_EVALUATED or other.verdict is Verdict.NOT_EVALUATED:
            return self if self.verdict is Verdict.NOT_EVALUATED else other
        violations = (self.violations or 0) + (other.violations or 0)
        return replace(
            self,
            verdict=Verdict.FAILED if violations else Verdict.PASSED,
            rows_checked=(self.rows_checked or 0) + (other.rows_checked or 0),
            violations=violations,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One row that violates at least one rule; `bits` has bit n set for rule n of the suite."""

    entity_id: int
    company_id: int | None
    changed_at: datetime | None  # UTC, naive as the driver gives it
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows a check looks at."""

    kind: str  # full, changed, ids or range
    ids: tuple[int, ...] | None = None  # None: by range
    first_id: int = 0
    last_id: int = LAST_ID  # inclusive
    company_id: int | None = None  # None: every tenant

    @property
    def is_bounded(self) -> bool:
        """Whether some ids lie outside of its range."""
        return self.first_id > 0 or self.last_id < LAST_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Everything one check of one table learned."""

    table: str
    entity: str
    scope: Scope
    outcomes: tuple[Outcome, ...]
    violations: tuple[Violation, ...]
    evaluated_rules: tuple[Rule, ...]  # bit n of a violation is evaluated_rules[n]
    rows_checked: int

    def ids_of(self, rule_id: str) -> list[int]:
        """Ids of the rows that violate one rule, ascending."""
        for bit, rule in enumerate(self.evaluated_rules):
            if rule.id == rule_id:
                return sorted(row.entity_id for row in self.violations if row.bits >> bit & 1)
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finding that its rule would like to correct."""

    entity_id: int
    company_id: int | None
    changed_at: datetime | None  # UTC, naive; None: unknown
    recent_corrections: int  # by this rule, within the oscillation period, not undone
    found_by: str | None = None  # run of the check that opened the finding; None: unknown
    rejected_at: datetime | None = None  # when a person last said no to a plan with this row, UTC, naive; None: never
    rejected_found: int = 0  # rows of that plan


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """What a run did to one table: counts only, fit for XCom."""

    table: str
    rows_checked: int = 0
    violations: Mapping[str, int] = field(default_factory=dict)
    opened: int = 0
    reopened: int = 0
    resolved: int = 0
    left_out: Mapping[str, str] = field(default_factory=dict)  # rules not evaluated by the operator's choice, and why


def finding_fingerprint(rule_id: str, entity: str, entity_id: int) -> str:
    """Identity of a finding across runs: rule and entity (domain rule of the ledger)."""
    return hashlib.sha256(f"{rule_id}:{entity}:{entity_id}".encode()).hexdigest()
