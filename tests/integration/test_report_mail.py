"""The daily report told to its readers: once a day, with its head and where it is read, and to nobody else."""

import dataclasses

import pytest

from data_consistency import pipeline
from data_consistency.alerts.blocks import DailyReport
from data_consistency.pipeline.mailed import tell_of_report
from data_consistency.routes import Channel, Kind, Language
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import Office, routed

_HEAD = DailyReport(day="2026-10-19", found=121, corrected=106, need_you=3, critical=2, silent=7, rate=0.9886)
_READERS = Channel(name="readers", kind=Kind.MAIL, recipients=("head@example.org", "owner@example.org"))
_AIRFLOW, _SITE = "https://airflow.example.org", "https://reports.example.org/"


def _telling(at_work: Office, **settings: str) -> Office:
    channels = (*at_work.rt.source.alerts.channels, _READERS)
    found = routed(at_work, channels=channels, report_to=("readers",))
    return dataclasses.replace(found, rt=_with(found.rt, **settings))


def _with(rt: Runtime, **settings: str) -> Runtime:
    return dataclasses.replace(rt, settings=dataclasses.replace(rt.settings, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "link"),
    [
        ({"base_url": _AIRFLOW}, f"{_AIRFLOW}/consistency/default/report/reports/2026-10-19.html"),
        ({"base_url": _AIRFLOW, "report_url": _SITE}, f"{_SITE}reports/2026-10-19.html"),
        ({}, None),
    ],
)
def test_each_reader_is_mailed_the_head_of_a_day_once(
    at_work: Office, settings: dict[str, str], link: str | None
) -> None:
    """However often the report is made again; on-call is not among them."""
    told = _telling(at_work, **settings)

    assert tell_of_report(told.rt, _HEAD, run_id="daily-1")
    assert tell_of_report(told.rt, dataclasses.replace(_HEAD, found=122), run_id="daily-2")
    pipeline.deliver_outbox(told.rt)
    pipeline.deliver_outbox(told.rt)

    assert [] == told.mailbox.to("oncall@example.org")
    for reader in _READERS.recipients:
        (mail,) = told.mailbox.to(reader)
        assert "Daily report of 19 Oct 2026: 121 found, 106 corrected, 3 need somebody" == mail["Subject"]
        parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
        assert 2 == len(parts)
        for part in parts:
            assert "121 found, 106 corrected, 3 need somebody." in part
            assert "98.9 %" in part or "99 %" in part
            assert ("http" in part.replace("http://www.w3.org", "")) == (link is not None)
            assert link is None or link in part


def test_readers_are_told_in_the_language_of_the_source(at_work: Office) -> None:
    """The page that is linked to as well."""
    told = _telling(at_work, base_url=_AIRFLOW)
    default = dataclasses.replace(told.rt.source.alerts.default, language=Language.DE)
    told = routed(told, default=default)

    tell_of_report(told.rt, _HEAD, run_id="daily-1")
    pipeline.deliver_outbox(told.rt)

    (mail,) = told.mailbox.to("head@example.org")
    assert "Tagesbericht vom 19.10.2026: 121 gefunden, 106 korrigiert, 3 brauchen jemanden" == mail["Subject"]
    assert "reports/2026-10-19.de.html" in mail.get_body(("plain",)).get_content()


def test_without_readers_nothing_is_put(rt: Runtime) -> None:
    """No message waits for nobody."""
    assert not tell_of_report(rt, _HEAD, run_id="daily-1")
    assert [(0,)] == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_outbox")
