"""A rule and a suite: what an entry of expectations/ means once it has been read."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HOUSE_EXPECTATION = "expect_rows_to_satisfy"
# Sources of evidence that a rule may need; without a fresh report of it the rule is not evaluated.
CALCOM = "calcom"
SOURCES_OF_EVIDENCE = (CALCOM,)
# One bit of a 64-bit word for each rule of a table; the sign bit stays free.
MAX_RULES_PER_TABLE = 63


class Severity(StrEnum):
    """How bad a violation is; a finding keeps the severity of its rule."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Mode(StrEnum):
    """What happens to a finding."""

    SHADOW = "shadow"  # counted, nothing else
    ALERT = "alert"  # in the ledger and the report
    REVIEW = "review"  # put before a person
    CORRECT = "correct"  # corrected by evidence; what the correction refuses goes to review


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong where a rule is violated, in words that follow a number of rows or stand alone; no final stop."""

    en: str
    de: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one table, with its remedy."""

    id: str
    table: str
    catalogue: str
    severity: Severity
    mode: Mode
    description: str
    condition: str  # SQL over the columns of the table's facts; a row satisfies it only if it IS TRUE
    correction: str | None
    min_age_minutes: int | None  # None: the setting decides
    max_corrections: int | None  # None: the setting decides
    priority: int  # of its review items, 1 highest to 5 lowest
    review_hint: str  # what a reviewer does
    due_after_minutes: int | None = None  # the clock may change its verdict that long after a row's last change
    reads_other_rows: bool = False  # its verdict may change with rows that do not name the row
    needs: str | None = None  # a source of evidence without which it is not evaluated
    problem: Problem | None = None  # what people are told; the description is what should be. Decides nothing
    rests_on: str = ""  # hash of the SQL behind its columns and its correction, where that is known

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides what the rule finds and does."""
        parts = (
            *(self.id, self.table, self.severity, self.mode, self.condition, self.correction, self.needs),
            *(self.min_age_minutes, self.max_corrections, self.due_after_minutes, self.reads_other_rows),
            *(self.priority, self.rests_on),
        )
        return hashlib.sha256("\x1f".join("" if part is None else str(part) for part in parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The rules of one table, in the order of the file: bit n of a scan is rule n."""

    table: str
    entity: str  # singular noun used in the ledger, e.g. "call"
    rules: tuple[Rule, ...]
    paths: tuple[Path, ...]  # the files it was read from; an entry of a later one replaces that of the same rule

    @property
    def fingerprint(self) -> str:
        """Hash over the fingerprints of its rules."""
        return rule_set_fingerprint(self.rules)


def violation(condition: str) -> str:
    """SQL that is TRUE for a row violating `condition`; NULL is not good enough to pass."""
    return f"(({condition}) IS NOT TRUE)"


def rule_set_fingerprint(rules: Iterable[Rule]) -> str:
    """One hash for a set of rules, whatever their order."""
    return hashlib.sha256("".join(sorted(rule.fingerprint for rule in rules)).encode()).hexdigest()
