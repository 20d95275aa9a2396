"""Runs that changed rows, and what still stands of it."""

from dataclasses import dataclass
from datetime import datetime

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.runtime import Runtime

PAGE_SIZE = 25
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run with its changes."""

    run_id: str
    kind: str | None  # None: the run itself is beyond its retention
    actor: str | None
    started_at: datetime | None
    corrections: int
    undone: int
    place: int  # where it stands in the list

    @property
    def standing(self) -> int:
        """Changes that can be taken back."""
        return self.corrections - self.undone


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRule:
    """What a run changed by one rule."""

    rule: str
    table: str
    corrections: int
    undone: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run, whether it changed anything or not."""

    run_id: str
    kind: str
    status: str
    actor: str
    dry_run: bool
    started_at: datetime
    finished_at: datetime | None
    error: str | None
    rules: tuple[OfRule, ...]

    @property
    def corrections(self) -> int:
        """All changes of it."""
        return sum(one.corrections for one in self.rules)

    @property
    def standing(self) -> int:
        """Changes that can be taken back."""
        return sum(one.corrections - one.undone for one in self.rules)


def list_runs(rt: Runtime, *, before: int | None = None) -> tuple[tuple[Run, ...], int | None]:
    """A page of runs, newest first, and where the next page begins; None: this is the last.

    Args:
        rt: the runtime.
        before: where the page before ended; None: from the newest.
    """
    with rt.transaction() as connection:
        rows = sql.run(
            connection, "console_runs", before=_NEWEST if before is None else before, limit=PAGE_SIZE + 1
        ).mappings()
        found = [
            Run(
                run_id=str(row["run_id"]),
                kind=row["kind"],
                actor=row["actor"],
                started_at=row["started_at"],
                corrections=int(row["corrections"]),
                undone=int(row["undone"]),
                place=int(row["last_id"]),
            )
            for row in rows
        ]
    page = tuple(found[:PAGE_SIZE])
    return page, page[-1].place if len(found) > PAGE_SIZE else None


def show_run(rt: Runtime, run_id: str) -> ShownRun:
    """One run.

    Raises:
        WrongUse: there is none.
    """
    with rt.transaction() as connection:
        row = sql.run(connection, "console_run", run_id=run_id).mappings().one_or_none()
        if row is None:
            raise WrongUse(f"no run '{run_id[:64]}'")
        rules = [
            OfRule(
                rule=str(one["rule"]),
                table=str(one["table_name"]),
                corrections=int(one["corrections"]),
                undone=int(one["undone"]),
                first_at=one["first_at"],
                last_at=one["last_at"],
            )
            for one in sql.run(connection, "console_corrections", run_id=run_id).mappings()
        ]
    return ShownRun(
        run_id=str(row["id"]),
        kind=str(row["kind"]),
        status=str(row["status"]),
        actor=str(row["actor"]),
        dry_run=bool(row["dry_run"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        error=row["error"],
        rules=tuple(rules),
    )
