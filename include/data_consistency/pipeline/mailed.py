"""The daily report told to its readers: one message a day, with where it is read."""

from dataclasses import replace
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.alerts import watch
from data_consistency.alerts.blocks import DailyReport, Message, Reader, What
from data_consistency.alerts.speech import subject_of
from data_consistency.report import layout
from data_consistency.routes import Language
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime


def tell_of_report(rt: Runtime, report: DailyReport, *, run_id: str) -> bool:
    """Put the message into the outbox, which the next run of the check delivers; a day's report is told once.

    Args:
        rt: the runtime.
        report: its head; where it is read is added.
        run_id: that wrote it.

    Returns:
        Whether anybody is to be told.
    """
    source = rt.source
    if not source.alerts.report_to:
        return False
    language = source.alerts.default.language
    message = Message(
        what=What.REPORT,
        severity=Severity.INFO,
        key=source.named(f"report:{report.day}"),
        at=rt.now(),
        source="" if source.is_default else source.name,
        report=replace(report, url=_address(rt, report.day, language)),
        run=run_id,
    )
    reader = Reader(language=language.value, zone=str(rt.settings.report_timezone))
    rt.repeated(partial(_put, rt=rt, message=replace(message, subject=subject_of(message, reader))))
    return True


def _put(connection: Connection, rt: Runtime, message: Message) -> None:
    watch.put(connection, message, rt.now())


def _address(rt: Runtime, day: str, language: Language) -> str | None:
    """Where readers find it: where the folder of data docs is served, or the pages in Airflow."""
    source, path = rt.source, f"reports/{day}{layout.extension(language.value)}"
    folder = rt.settings.report_url
    if folder is None:
        return layout.address(rt.settings.base_url, source.name, f"report/{path}")
    return "/".join((folder.rstrip("/"), *([] if source.is_default else [source.name]), path))
