"""What a run did, in three numbers and a sentence."""

from dataclasses import dataclass

from data_consistency.db import sql
from data_consistency.runtime import Runtime

# Runs that look at rows: of one that has found nothing, that is worth a word.
_CHECKS = frozenset({"check", "full", "report", "backfill"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Of one run."""

    found: int  # violations that its checks counted, those of rules in shadow left out
    corrected: int  # rows that it changed
    stopped: int  # corrections that wait for a person, because they would have changed too much
    is_check: bool

    @property
    def said(self) -> str:
        """As people read it; empty: there is nothing to say."""
        if not (self.found or self.corrected or self.stopped):
            return "nothing found" if self.is_check else ""
        return f"{self.found} found, {self.corrected} corrected, {self.stopped} stopped"


def totals_of(rt: Runtime, run_id: str) -> Totals:
    """The totals of a run, as the ledger has them."""
    with rt.transaction() as connection:
        row = sql.run(connection, "totals_of_run", run_id=run_id).mappings().one()
    return Totals(
        found=int(row["found"]),
        corrected=int(row["corrected"]),
        stopped=int(row["stopped"]),
        is_check=row["kind"] in _CHECKS,
    )
