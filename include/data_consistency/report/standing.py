"""How things stand now, as the pages count it: handed in, so that report and pages cannot differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """How many were wrong on a day; None: nobody looked."""

    day: date
    violations: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What waits for people now, as the pages and commands say it."""

    questions: int = 0  # those that somebody works on too
    confirmations: int = 0
    pressing: int = 0  # whose appointment is near
    plans: int = 0  # stopped corrections
    failures: int = 0  # other open incidents
    messages: int = 0  # that nobody gets as they are
    breakers: tuple[str, ...] = ()  # that are not closed

    @property
    def total(self) -> int:
        """Things that need somebody."""
        return self.questions + self.confirmations + self.plans + self.failures + self.messages


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounts:
    """Findings of a rule that nobody has dealt with."""

    open: int
    in_review: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand now, as the pages count it."""

    rules: Mapping[str, OpenCounts]
    companies: Mapping[int | None, int]
    needs: Needs
    trends: Mapping[str, tuple[TrendPoint, ...]]  # by rule
