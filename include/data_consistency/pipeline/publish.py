"""The daily report: the full check, data docs, and the page about the day before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data_consistency import report
from data_consistency.alerts.blocks import DailyReport
from data_consistency.errors import CheckNotEvaluated
from data_consistency.logs import logger_of
from data_consistency.pipeline.daily import full_check, site
from data_consistency.pipeline.mailed import tell_of_report
from data_consistency.pipeline.shadow import preview_shadows
from data_consistency.pipeline.standing import standing_of
from data_consistency.report import Figures, Period
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
    rate: float | None  # of entities that are right now; None: nothing was checked
    day_rate: float | None  # of entities that were not found wrong that day
    figures: Mapping[str, int]


def daily_report(rt: Runtime, *, run_id: str, day: date | None = None) -> ReportResult:
    """Check everything in Great Expectations, publish data docs and the report of a day, and tell its readers.

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
    tell_of_report(rt, _head(result), run_id=run_id)
    if silent is not None:
        raise silent
    return result


def _head(result: ReportResult) -> DailyReport:
    figures = result.figures
    return DailyReport(
        day=result.day,
        rate=result.rate,
        found=figures["found"],
        corrected=figures["corrected"],
        need_you=figures["need_you"],
        critical=figures["open_critical"],
        silent=figures["not_evaluated"],
    )


def write_report(rt: Runtime, *, run_id: str, day: date | None = None) -> ReportResult:
    """Write the report of a day from what is known, without checking anything."""
    zone = rt.settings.report_timezone
    figures = figures_of(rt, report.period_of(day or report.yesterday(rt.now(), zone), zone), run_id=run_id)
    with storing(rt.settings.var):
        path = report.write(figures, site(rt))
    result = _result(rt, figures, path)
    logger.info("Daily data consistency report day=%s rate=%s path=%s run=%s", result.day, result.rate, path, run_id)
    return result


def figures_of(rt: Runtime, period: Period, *, run_id: str) -> Figures:
    """Everything the report of a period says."""
    now = rt.now()
    # The check of the night after the day shows how the day ended.
    standing, names = standing_of(rt, min(now, period.end))
    previews = preview_shadows(rt)
    with rt.transaction() as connection:
        return report.collect(
            reader(connection),
            rules=[rule for suite in rt.suites().values() for rule in suite.rules],
            period=period,
            run_id=run_id,
            now=now,
            standing=standing,
            names=names,
            previews=previews,
            source="" if rt.source.is_default else rt.source.name,
            base_url=rt.settings.base_url,
        )


def _result(rt: Runtime, figures: Figures, path: Path) -> ReportResult:
    return ReportResult(
        path=str(path),
        data_docs=str(site(rt) / "index.html"),
        day=figures.period.day.isoformat(),
        rate=figures.live.ratio,
        day_rate=figures.day.ratio,
        figures={
            "entities_checked": figures.live.checked,
            "entities_inconsistent": figures.live.inconsistent,
            "found": figures.found,
            "corrected": figures.corrected,
            "fixed": figures.fixed,
            "open": sum(figures.by_severity("open").values()),
            "open_critical": figures.by_severity("active")["critical"],
            "in_review": sum(figures.by_severity("in_review").values()),
            "need_you": figures.needs.total,
            "not_evaluated": len(figures.not_evaluated),
            "incidents": len(figures.incidents),
            "rule_changes": len(figures.changes),
            "in_shadow": len(figures.shadow),
            "undelivered_mails": figures.mails.pending + figures.mails.failed,
        },
    )
