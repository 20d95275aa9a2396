"""A reconciliation run: read the calendars, then check the tables whose rules need them."""

from collections.abc import Sequence
from dataclasses import dataclass

from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar.port import ConnectedCalendar
from data_consistency.calendar.readings import Outcome
from data_consistency.calendar.reconciliation import (
    NOTHING,
    CompanyReading,
    conclude,
    connected,
    disconnect,
    read_company,
    tables_of_calendar,
)
from data_consistency.errors import CheckNotEvaluated, WrongUse
from data_consistency.ledger.runs import new_run_id
from data_consistency.logs import logger_of
from data_consistency.pipeline.check import check_table
from data_consistency.pipeline.review import fill_review_queue
from data_consistency.pipeline.session import begin, ending, finish
from data_consistency.rules.outcomes import TableCounts
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A run over all companies."""

    companies: tuple[CompanyReading, ...] = ()
    skipped: str | None = None
    tables: tuple[TableCounts, ...] = ()
    not_evaluated: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every calendar was read and everything judged; True where none is configured."""
        return not self.not_evaluated and all(one.outcome is Outcome.COMPLETE for one in self.companies)

    @property
    def unread(self) -> tuple[str, ...]:
        """Why something was not read or not judged."""
        reasons = (f"company {one.company_id}: {one.reason}" for one in self.companies if one.reason)
        return (*reasons, *self.not_evaluated)


def reconcile_run(
    rt: Runtime, *, actor: str, company: int | None = None, horizon: bool = False
) -> tuple[str, Reconciliation]:
    """A whole run: read, check, put before people; returns its id and what it did.

    Raises:
        ConfigurationError: a calendar is connected wrongly; told before the run begins.
        WrongUse: that company's calendar is not connected.
        DatabaseUnavailable: repeat the run; it goes on where this one stopped.
    """
    calendars = connected(rt)
    _require_connected(calendars, company)
    run_id = new_run_id("reconcile", rt.now(), rt.source)
    begin(rt, run_id, "reconcile", actor)
    with ending(rt, run_id):
        result = reconcile(rt, calendars, run_id=run_id, company=company, horizon=horizon)
        if result.tables:
            fill_review_queue(rt, run_id=run_id)
    finish(rt, run_id, error=next(iter(result.unread), None), is_whole=company is None)
    return run_id, result


def disconnect_run(rt: Runtime, *, actor: str, company: int) -> str:
    """Forget the calendar of a company that is connected no more; returns the id of the run that did.

    Raises:
        ConfigurationError: a calendar is connected wrongly.
        WrongUse: it is still connected, was never read, or is being read now.
    """
    if any(source.company_id == company for source in connected(rt)):
        raise WrongUse(
            f"company {company}: its calendar is connected; take it out of CONSISTENCY_CALCOM_COMPANIES,"
            " or CONSISTENCY_CALCOM_KEY away"
        )
    run_id = new_run_id("disconnect", rt.now(), rt.source)
    begin(rt, run_id, "disconnect", actor)
    with ending(rt, run_id):
        disconnect(rt, company, run_id=run_id)
    finish(rt, run_id, is_whole=False)
    return run_id


def reconcile(
    rt: Runtime,
    calendars: Sequence[ConnectedCalendar],
    *,
    run_id: str,
    company: int | None = None,
    horizon: bool = False,
) -> Reconciliation:
    """Read all connected calendars, then check the tables whose rules need them.

    Args:
        rt: the runtime.
        calendars: what `reconciliation.connected` says.
        run_id: of a run begun before.
        company: only this company's calendar and rows.
        horizon: read the whole horizon, also if it was read within the last day.

    Raises:
        WrongUse: that company's calendar is not connected.
        DatabaseUnavailable: repeat the run; it goes on where this one stopped.
    """
    _require_connected(calendars, company)
    if not calendars:
        logger.info("%s run=%s", NOTHING, run_id)
        return Reconciliation(skipped=NOTHING)
    chosen = [source for source in calendars if company in {None, source.company_id}]
    with Breakers(rt.engine.url, rt.project) as breakers:
        read = tuple(read_company(rt, source, run_id=run_id, breakers=breakers, horizon=horizon) for source in chosen)
    conclusion = conclude(rt, [source.company_id for source in calendars], run_id=run_id)
    tables, silent = _check(rt, run_id, conclusion.check, company)
    return Reconciliation(companies=read, tables=tables, not_evaluated=silent)


def _require_connected(calendars: Sequence[ConnectedCalendar], company: int | None) -> None:
    if company is not None and all(source.company_id != company for source in calendars):
        raise WrongUse(f"company {company}: its calendar is not connected; name it in CONSISTENCY_CALCOM_COMPANIES")


def _check(rt: Runtime, run_id: str, kind: str, company: int | None) -> tuple[tuple[TableCounts, ...], tuple[str, ...]]:
    counts, silent = [], []
    for table in tables_of_calendar(rt):
        try:
            counts.append(check_table(rt, table=table, run_id=run_id, kind=kind, company_id=company))
        except CheckNotEvaluated as error:
            silent.append(str(error))
    return tuple(counts), tuple(silent)
