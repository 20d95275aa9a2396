"""All tables in one process, each by itself: what cannot be done of one keeps none of the others from being done."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from data_consistency.db import sql
from data_consistency.detect.opening import Opening, open_checks
from data_consistency.errors import DataConsistencyError
from data_consistency.ledger import outbox
from data_consistency.logs import logger_of
from data_consistency.pipeline.check import Look, advance_quiet, check_table
from data_consistency.pipeline.correct import CorrectionCounts, RulesFailed, correct_table
from data_consistency.pipeline.review import fill_review_queue
from data_consistency.pipeline.telling import notify_findings
from data_consistency.rules import Mode
from data_consistency.rules.outcomes import TableCounts
from data_consistency.runtime import Runtime

_T = TypeVar("_T")
# What is put around the work on each table, by its name: a group of the log, say.
Around = Callable[[str], AbstractContextManager[object]]

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[_T]):
    """What was done of each table, and why it was not, or not to the end; a table may be among both."""

    counts: Mapping[str, _T]
    errors: Mapping[str, Exception]

    @property
    def whole(self) -> list[str]:
        """The tables of which all was done."""
        return [table for table in self.counts if table not in self.errors]


def check_tables(
    rt: Runtime,
    tables: Sequence[str],
    *,
    run_id: str,
    kind: str = "changed",
    company_id: int | None = None,
    around: Around = nullcontext,
) -> Done[TableCounts]:
    """Check some tables one after the other, each as `check_table` does; nothing is raised.

    What each begins with is read in one trip, and those in which nothing was found are advanced in one statement.
    """
    openings = _openings(rt, tables)
    quiet: list[Look] = []
    done = _each(
        tables,
        around,
        lambda table: check_table(
            rt,
            table=table,
            run_id=run_id,
            kind=kind,
            company_id=company_id,
            opening=openings.get(table),
            quiet=quiet,
        ),
    )
    try:
        advance_quiet(rt, quiet, run_id)
    except DataConsistencyError as error:
        done = replace(done, errors={**done.errors, **{look.scan.table: error for look in quiet}})
        _tell(", ".join(look.scan.table for look in quiet), error)
    return done


def correct_tables(
    rt: Runtime,
    tables: Sequence[str],
    *,
    run_id: str,
    actor: str,
    dry_run: bool | None = None,
    company_id: int | None = None,
    rule_id: str | None = None,
    around: Around = nullcontext,
) -> Done[CorrectionCounts]:
    """Correct some tables one after the other, each as `correct_table` does; nothing is raised."""
    return _each(
        tables,
        around,
        lambda table: correct_table(
            rt, table=table, run_id=run_id, actor=actor, dry_run=dry_run, company_id=company_id, rule_id=rule_id
        ),
    )


def has_corrections(rt: Runtime, tables: Sequence[str]) -> bool:
    """Whether any rule that corrects has open findings, or a plan that people are asked about or have let through."""
    suites = rt.suites()
    rules = [rule.id for table in tables for rule in suites[table].rules if rule.mode is Mode.CORRECT]
    if not rules:
        return False
    with rt.transaction() as connection:
        return bool(sql.run(connection, "has_work_of_rules", rules=rules).scalar_one())


def told_all(rt: Runtime, *, run_id: str) -> bool:
    """Put before people what waits for them; whether nothing is to be handed over after it, so that a run can end.

    What fails here is tried again by who hands over, and fails there.
    """
    try:
        fill_review_queue(rt, run_id=run_id)
        notify_findings(rt, run_id=run_id)
        with rt.transaction() as connection:
            return outbox.is_idle(connection)
    except DataConsistencyError as error:
        logger.warning("left to the next step run=%s why=%s", run_id, error)
        return False


def _openings(rt: Runtime, tables: Sequence[str]) -> Mapping[str, Opening]:
    """What the checks begin with, by table; none where it cannot be read: then each table says why."""
    try:
        suites = [rt.suite_of(table) for table in tables]
        with rt.transaction() as connection:
            return open_checks(connection, suites) if suites else {}
    except DataConsistencyError as error:
        logger.warning("each table is opened by itself: %s", error)
        return {}


def _each(tables: Sequence[str], around: Around, work: Callable[[str], _T]) -> Done[_T]:
    counts: dict[str, _T] = {}
    errors: dict[str, Exception] = {}
    for table in tables:
        with around(table):
            try:
                counts[table] = work(table)
            except RulesFailed as error:
                counts[table], errors[table] = error.counts, error  # type: ignore[assignment]  # of corrections
            except Exception as error:  # whatever it is, it is of this table; it is handed on
                errors[table] = error
            if table in errors:
                _tell(table, errors[table])
    return Done(counts=counts, errors=errors)


def _tell(table: str, error: Exception) -> None:
    # The text of a foreign error may quote data.
    why = str(error) if isinstance(error, DataConsistencyError) else type(error).__name__
    logger.error("not done to the end table=%s why=%s", table, why)
