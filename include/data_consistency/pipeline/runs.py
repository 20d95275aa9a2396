"""Whole runs as one call each: what a command, a scheduler or a rehearsal asks for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from data_consistency import extras, progress
from data_consistency.db import sql
from data_consistency.errors import CheckNotEvaluated, WrongUse
from data_consistency.ledger import known
from data_consistency.ledger.runs import new_run_id
from data_consistency.pipeline.check import open_by_severity
from data_consistency.pipeline.correct import CorrectionCounts, RulesFailed
from data_consistency.pipeline.daily import full_check
from data_consistency.pipeline.publish import ReportResult, write_report
from data_consistency.pipeline.review import fill_review_queue
from data_consistency.pipeline.session import begin, ending, finish
from data_consistency.pipeline.tables import Around, check_tables, correct_tables
from data_consistency.report import require_day
from data_consistency.rules import Mode
from data_consistency.rules.outcomes import TableCounts
from data_consistency.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """What a check found."""

    run_id: str
    tables: tuple[TableCounts, ...]
    not_evaluated: tuple[str, ...]
    open: Mapping[str, int]  # findings that are neither corrected nor gone, by severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRun:
    """What was corrected."""

    run_id: str
    tables: tuple[CorrectionCounts, ...]
    failed: tuple[str, ...] = ()  # what could not be corrected to the end, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRun:
    """What was published."""

    run_id: str
    result: ReportResult
    not_evaluated: str | None


def check_run(
    rt: Runtime, *, actor: str, full: bool = False, table: str | None = None, company_id: int | None = None
) -> CheckRun:
    """Check, and put before people what asks for them; what cannot be evaluated is told, the rest is done.

    Args:
        rt: the runtime.
        actor: who is named in the audit.
        full: everything, not what changed.
        table: only this one.
        company_id: only this tenant.

    Raises:
        WrongUse: no suite of that table, or no such company.
    """
    tables = _tables(rt, table)
    require_company(rt, company_id)
    kind = "full" if full else "changed"
    run_id = new_run_id("check", rt.now(), rt.source)
    begin(rt, run_id, "full" if full else "check", actor)
    with rt.one_run(), ending(rt, run_id):
        done = check_tables(rt, tables, run_id=run_id, kind=kind, company_id=company_id, around=_progress(rt, tables))
        silent = [str(error) for error in done.errors.values() if isinstance(error, CheckNotEvaluated)]
        if others := [error for error in done.errors.values() if not isinstance(error, CheckNotEvaluated)]:
            raise others[0]
        fill_review_queue(rt, run_id=run_id)
    is_whole = table is None and company_id is None
    finish(rt, run_id, error=silent[0] if silent else None, is_whole=is_whole)
    return CheckRun(
        run_id=run_id, tables=tuple(done.counts.values()), not_evaluated=tuple(silent), open=open_by_severity(rt)
    )


def correction_run(
    rt: Runtime,
    *,
    actor: str,
    table: str | None = None,
    rule_id: str | None = None,
    company_id: int | None = None,
    dry_run: bool | None = None,
) -> CorrectionRun:
    """Correct open findings within the caps.

    Args:
        rt: the runtime.
        actor: who is named in the audit.
        table: only this one.
        rule_id: only this rule.
        company_id: only this tenant.
        dry_run: None: as the source says.

    Raises:
        WrongUse: no suite of that table, no such rule in it, none that corrects, or no such company.
    """
    tables = _tables(rt, table) if rule_id is None else [_table_of(rt, rule_id, table)]
    require_company(rt, company_id)
    run_id = new_run_id("correct", rt.now(), rt.source)
    begin(rt, run_id, "correct", actor, dry_run=dry_run)
    with rt.one_run(), ending(rt, run_id):
        done = correct_tables(
            rt, tables, run_id=run_id, actor=actor, dry_run=dry_run, company_id=company_id, rule_id=rule_id
        )
        failed = [str(error) for error in done.errors.values() if isinstance(error, RulesFailed)]
        if others := [error for error in done.errors.values() if not isinstance(error, RulesFailed)]:
            raise others[0]
    finish(rt, run_id, error=failed[0] if failed else None)
    return CorrectionRun(run_id=run_id, tables=tuple(done.counts.values()), failed=tuple(failed))


def report_run(rt: Runtime, *, actor: str, day: date | None = None, check: bool = True) -> ReportRun:
    """Publish the report of a day; with `check` everything is checked first.

    Raises:
        MissingExtra: Great Expectations is not installed; nothing was begun.
        WrongUse: a day that nothing can be told of.
        DataConsistencyError: a page could not be written; noted with the run.
    """
    if check:
        extras.require("gx", "the full check with its data docs")
    require_day(day, rt.now(), rt.settings.report_timezone)
    run_id = new_run_id("report", rt.now(), rt.source)
    begin(rt, run_id, "report", actor)
    with ending(rt, run_id):
        silent = _full_check(rt, run_id) if check else None
        result = write_report(rt, run_id=run_id, day=day)
    finish(rt, run_id, counts=dict(result.figures), error=silent, is_whole=check)
    return ReportRun(run_id=run_id, result=result, not_evaluated=silent)


def require_company(rt: Runtime, company_id: int | None) -> None:
    """Refuse a company that does not exist, before anything is done.

    Raises:
        WrongUse: there is none of that id.
    """
    if company_id is not None:
        with rt.transaction() as connection:
            known.require_company(connection, company_id)


def _table_of(rt: Runtime, rule_id: str, table: str | None) -> str:
    """The table of a rule that is to correct."""
    suites = rt.suites().values() if table is None else [rt.suite_of(table)]
    rule = next((rule for suite in suites for rule in suite.rules if rule.id == rule_id), None)
    if rule is None:
        of = "" if table is None else f" of table {table}"
        raise WrongUse(f"no rule '{rule_id}'{of}; `consistency rules list` names them")
    if rule.mode is not Mode.CORRECT:
        raise WrongUse(f"rule '{rule_id}' has mode {rule.mode}: it corrects nothing; only mode correct does")
    return rule.table


def _progress(rt: Runtime, tables: Sequence[str]) -> Around:
    """Says around each table how far the whole has come."""
    sizes = _sizes(rt, tables)

    @contextmanager
    def around(table: str) -> Iterator[None]:
        progress.tell(f"checking {table}", sum(sizes[: tables.index(table)]), sum(sizes))
        yield

    return around


def _sizes(rt: Runtime, tables: Sequence[str]) -> list[int]:
    """About how many rows tables have; asked for who listens alone."""
    if not progress.is_heard():
        return [1] * len(tables)
    with rt.transaction() as connection:
        rows = {str(table): int(size) for table, size in sql.run(connection, "table_sizes", tables=list(tables))}
    return [max(1, rows.get(table, 0)) for table in tables]


def _tables(rt: Runtime, only: str | None) -> list[str]:
    return [rt.suite_of(only).table] if only else list(rt.suites())


def _full_check(rt: Runtime, run_id: str) -> str | None:
    """Check everything; why something could not be evaluated, if so."""
    try:
        full_check(rt, run_id=run_id)
    except CheckNotEvaluated as error:
        return str(error)
    return None
