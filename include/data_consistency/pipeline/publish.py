"""The daily report: the full check, data docs, and the page about the day before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data_consistency import report
from data_consistency.errors import CheckNotEvaluated
from data_consistency.logs import logger_of
from data_consistency.pipeline.daily import full_check, site
from data_consistency.pipeline.shadow import preview_shadows
from data_consistency.report import Figures
from data_consistency.report.reader import reader
from data_consistency.runtime import Runtime
from data_consistency.storage import storing

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """Where the report is, and its head: counts only, fit for XCom."""

    path: str
    data_docs: str
    day: str
    rate: float | None  # None: nothing was checked
    figures: Mapping[str, int]


def daily_report(rt: Runtime, *, run_id: str, day: date | None = None) -> ReportResult:
    """Check everything in Great Expectations, publish data docs and the report of a day.

    Args:
        rt: the runtime.
        run_id: of a run begun before.
        day: of the report zone; None: yesterday.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; the report is written all the same and says which.
    """
    silent: CheckNotEvaluated | None = None
    try:
        full_check(rt, run_id=run_id)
    except CheckNotEvaluated as error:
        silent = error
    result = write_report(rt, run_id=run_id, day=day)
    if silent is not None:
        raise silent
    return result


def write_report(rt: Runtime, *, run_id: str, day: date | None = None) -> ReportResult:
    """Write the report of a day from what is known, without checking anything."""
    zone, now = rt.settings.report_timezone, rt.now()
    period = report.period_of(day or report.yesterday(now, zone), zone)
    rules = [rule for suite in rt.suites().values() for rule in suite.rules]
    previews = preview_shadows(rt)
    with rt.transaction() as connection:
        figures = report.collect(
            reader(connection), rules=rules, period=period, run_id=run_id, now=now, previews=previews
        )
    with storing(rt.settings.var):
        path = report.write(figures, site(rt))
    result = _result(rt, figures, path)
    logger.info("Daily data consistency report day=%s rate=%s path=%s run=%s", result.day, result.rate, path, run_id)
    return result


def _result(rt: Runtime, figures: Figures, path: Path) -> ReportResult:
    found, active = figures.by_severity("found"), figures.by_severity("open")
    return ReportResult(
        path=str(path),
        data_docs=str(site(rt) / "index.html"),
        day=figures.period.day.isoformat(),
        rate=figures.total.ratio,
        figures={
            "entities_checked": figures.total.checked,
            "entities_inconsistent": figures.total.inconsistent,
            "found": sum(found.values()),
            "corrected": figures.corrected,
            "resolved": sum(figures.by_severity("resolved").values()),
            "open": sum(active.values()),
            "open_critical": active["critical"],
            "in_review": sum(figures.by_severity("in_review").values()),
            "not_evaluated": len(figures.not_evaluated),
            "incidents": len(figures.incidents),
            "rule_changes": len(figures.changes),
            "in_shadow": len(figures.shadow),
            "undelivered_mails": figures.mails.pending + figures.mails.failed,
        },
    )
