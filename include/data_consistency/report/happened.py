"""What happened in the period beside findings: runs that changed rows, turns of circuit breakers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRun:
    """What a run changed in the period, with its way back."""

    run_id: str
    last_at: datetime
    rules: tuple[tuple[str, int, int], ...]  # rule, changes, changes that were taken back

    @property
    def corrections(self) -> int:
        """All changes."""
        return sum(changes for _, changes, _ in self.rules)

    @property
    def standing(self) -> int:
        """Changes that can be taken back."""
        return sum(changes - undone for _, changes, undone in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A circuit breaker came to another state."""

    service: str
    company_id: int | None
    old_state: str
    new_state: str
    reason: str
    at: datetime
