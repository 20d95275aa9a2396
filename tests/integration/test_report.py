"""The daily report, counted from a real ledger."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from consistency_sandbox.demo.load import load_demo
from data_consistency import pipeline, report
from data_consistency.cli import build_app
from data_consistency.errors import CheckNotEvaluated
from data_consistency.report import Figures
from data_consistency.report.period import day_of, period_of
from data_consistency.report.reader import reader
from data_consistency.runtime import Runtime
from tests import worlds
from tests.site_privacy import leaks, personal_values
from tests.worlds import make_engine

DAY = date(2025, 10, 26)  # the clocks go back: 25 hours
RULE = "call_direction_present"
CRITICAL = "booking_claim_has_appointment"
SECOND = timedelta(seconds=1)


def figures(rt: Runtime, day: date = DAY, now: datetime | None = None) -> Figures:
    """The figures of a day."""
    rules = [rule for suite in rt.suites().values() for rule in suite.rules]
    period = period_of(day, rt.settings.report_timezone)
    with rt.engine.connect() as connection:
        return report.collect(reader(connection), rules=rules, period=period, run_id="r", now=now or period.end)


def put(engine: Engine, table: str, **values: object) -> None:
    """Insert one row of ours."""
    markers = ", ".join(f":{column}" for column in values)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({markers})"), values)


def finding(engine: Engine, number: int, at: datetime, **values: object) -> None:
    """Insert one finding of a rule as the ledger keeps it."""
    row: dict[str, object] = {
        "alert_type": RULE,
        "severity": "warning",
        "entity_type": "call",
        "entity_id": number,
        "company_id": 1,
        "description": "d",
        "detected_at": at,
        "first_seen_at": at,
        "last_seen_at": at,
        "created_at": at,
        "updated_at": at,
        "fingerprint": f"{number:064x}",
        "rule_fingerprint": "f",
        "row_changed_at": at - timedelta(seconds=number),
        **values,
    }
    put(engine, "data_consistency_alerts", **row)


def test_a_day_is_counted_from_midnight_to_midnight(rt: Runtime) -> None:
    """The first moment of a day belongs to it, the first of the next does not; 25 hours when the clocks go back."""
    period = period_of(DAY, rt.settings.report_timezone)
    for number, at in enumerate((period.start - SECOND, period.start, period.end - SECOND, period.end), 1):
        finding(rt.engine, number, at, status="resolved", resolved_at=at)

    found = figures(rt, now=period.end + SECOND)

    assert period.end - period.start == timedelta(hours=25)
    assert found.by_severity("found") == {"critical": 0, "warning": 2, "info": 0}
    assert found.by_severity("resolved") == {"critical": 0, "warning": 2, "info": 0}
    assert (found.latency.findings, found.latency.median_seconds, found.latency.p95_seconds) == (2, 2, 3)


def test_the_rate_counts_entities_not_findings(rt: Runtime) -> None:
    """Two findings of one call are one inconsistent entity; info, parked and settled ones do not count (M18, M19)."""
    long_ago = period_of(DAY, rt.settings.report_timezone).start - timedelta(days=9)
    for _ in range(8):
        worlds.add_call(rt.engine)
    worlds.add_call(rt.engine, company_id=2)
    worlds.add_call(rt.engine, deleted_at=long_ago)
    finding(rt.engine, 1, long_ago)
    finding(rt.engine, 11, long_ago, entity_id=1, alert_type=CRITICAL, severity="critical")
    finding(rt.engine, 2, long_ago, alert_type="completed_call_has_transcript", severity="info")
    finding(rt.engine, 3, long_ago, status="parked", alert_type="booking_claim_parked", rule_fingerprint=None)
    finding(rt.engine, 4, long_ago, status="corrected", corrected_at=long_ago)
    finding(rt.engine, 5, long_ago, status="in_review")
    finding(rt.engine, 9, long_ago, company_id=2)

    found = figures(rt)

    assert (found.total.inconsistent, found.total.checked) == (3, 9)
    assert [(rate.company_id, rate.inconsistent, rate.checked) for rate in found.companies] == [(2, 1, 1), (1, 2, 8)]
    assert found.entities == {"call": 9}
    assert found.by_severity("open") == {"critical": 1, "warning": 2, "info": 1}
    assert [(rule.rule, rule.active) for rule in found.top] == [
        (RULE, 3), (CRITICAL, 1), ("completed_call_has_transcript", 1),
    ]  # fmt: skip


def test_what_triggers_note_on_their_own_is_no_inconsistency(rt: Runtime) -> None:
    """A booking that went well, or a parked claim, does not lower the rate."""
    worlds.add_call(rt.engine)
    start = period_of(DAY, rt.settings.report_timezone).start
    finding(rt.engine, 1, start, alert_type="appointment_linked", rule_fingerprint=None)

    found = figures(rt)

    assert found.total.ratio == 1.0
    assert found.by_severity("found")["warning"] == 0


def test_the_queue_incidents_and_mails_are_counted(rt: Runtime) -> None:
    """What waits for people, and what they have not been told."""
    start = period_of(DAY, rt.settings.report_timezone).start
    item: dict[str, object] = {"entity_type": "call", "reason": RULE, "updated_at": start}
    put(rt.engine, "manual_review_queue", entity_id=1, fingerprint="a", created_at=start - timedelta(days=3), **item)
    put(
        rt.engine,
        "manual_review_queue",
        **{"entity_id": 2, "fingerprint": "b", "status": "resolved", "created_at": start, "resolved_at": start, **item},
    )
    put(
        rt.engine,
        "consistency_incidents",
        **{"kind": "cap_exceeded", "rule": RULE, "table_name": "calls", "found": 90, "cap": 25, "detail": "d"},
        **{"run_id": "r", "opened_at": start, "last_seen_at": start},
    )
    mail: dict[str, object] = {"kind": "k", "severity": "critical", "subject": "s", "body": "b", "created_at": start}
    put(rt.engine, "consistency_outbox", dedupe_key="1", status="failed", **mail)
    put(rt.engine, "consistency_outbox", dedupe_key="2", status="sent", **mail)

    found = figures(rt)

    assert (found.review.pending, found.review.oldest) == (1, start - timedelta(days=3))
    assert (found.review.opened, found.review.decided) == (1, 1)
    assert [(incident.rule, incident.found, incident.cap) for incident in found.incidents] == [(RULE, 90, 25)]
    assert (found.mails.pending, found.mails.failed, found.mails.oldest) == (0, 1, start)


def test_an_empty_database_is_not_a_healthy_one(rt: Runtime) -> None:
    """Nothing checked is not 100 %, and rules that never ran are named."""
    found = figures(rt)

    assert found.total.ratio is None
    assert len(found.not_evaluated) == sum(len(suite.rules) for suite in rt.suites().values())
    assert {silent.reason for silent in found.not_evaluated} == {"no full check in the last 14 days"}
    assert {point.violations for point in found.trend} == {None}


def test_the_trend_shows_the_last_full_check_of_each_day(rt: Runtime) -> None:
    """A second check of a day replaces the first; partial checks, shadow rules and info do not count."""
    noon = period_of(DAY, rt.settings.report_timezone).start + timedelta(hours=12)
    for run, at, violations, scope, mode in (
        ("a", noon - timedelta(days=1), 9, "full", "alert"),
        ("b", noon, 5, "full", "alert"),
        ("c", noon + SECOND, 3, "full", "alert"),
        ("d", noon + SECOND, 70, "changed", "alert"),
        ("c", noon + SECOND, 70, "full", "shadow"),
    ):
        put(
            rt.engine,
            "consistency_rule_results",
            **{"run_id": run, "table_name": "calls", "rule": RULE, "catalogue": "K-01", "severity": "warning"},
            **{"mode": mode, "rule_fingerprint": "f", "outcome": "failed", "rows_checked": 9, "violations": violations},
            **{"scope": scope, "evaluated_at": at},
        )

    found = figures(rt, now=noon + timedelta(hours=3))

    assert [point.violations for point in found.trend][-3:] == [None, 9, 3]
    assert found.trend[-1].day == DAY


def test_a_rule_that_left_the_suites_keeps_its_findings(rt: Runtime) -> None:
    """What a removed rule left open stays visible."""
    finding(rt.engine, 1, period_of(DAY, rt.settings.report_timezone).start, alert_type="rule_of_old")

    found = figures(rt)

    assert [(rule.rule, rule.mode, rule.open) for rule in found.busy] == [("rule_of_old", "removed", 1)]


def test_daily_report_tells_of_the_check_it_made(rt: Runtime) -> None:
    """Check, data docs and page in one step; the numbers are those of the check."""
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine)
    pipeline.begin(rt, "daily-1", "report", "test")

    result = pipeline.daily_report(rt, run_id="daily-1")

    page = Path(result.path).read_text()
    without_calendar = sum(rule.needs is not None for suite in rt.suites().values() for rule in suite.rules)
    assert (result.rate, result.figures["open"], result.figures["not_evaluated"]) == (0.5, 1, without_calendar)
    assert result.day == report.yesterday(rt.now(), rt.settings.report_timezone).isoformat()
    assert Path(result.data_docs).is_file()
    assert "call_direction_present" in page
    assert "1 of 2 entities checked" in page


def test_daily_report_is_written_when_a_rule_was_not_evaluated(rt: Runtime) -> None:
    """The run is red, and the page says which rule is silent and why."""
    worlds.add_call(rt.engine)
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    pipeline.begin(rt, "daily-1", "report", "test")

    with pytest.raises(CheckNotEvaluated):
        pipeline.daily_report(rt, run_id="daily-1")

    page = (rt.settings.var / "data_docs" / report.PAGE).read_text()
    assert "not evaluated." in page
    assert "column calls.direction is missing" in page


def test_a_report_of_the_bad_morning_holds_no_personal_data(empty_schema: str) -> None:
    """Found, corrected, refused, queued and told: no name, number, address or text reaches a page or a mail."""
    engine = make_engine(empty_schema)
    rt = worlds.runtime(empty_schema)
    load_demo(engine, rt.now())
    pipeline.begin(rt, "daily-1", "report", "test")
    with engine.connect() as connection:
        values = personal_values(connection)

    pipeline.full_check(rt, run_id="daily-1")
    for table in rt.suites():
        pipeline.correct_table(rt, table=table, run_id="daily-1", dry_run=False, actor="test")
    pipeline.fill_review_queue(rt, run_id="daily-1")
    pipeline.notify_findings(rt, run_id="daily-1")
    today = day_of(rt.now(), rt.settings.report_timezone)
    result = pipeline.write_report(rt, run_id="daily-1", day=today)
    pipeline.deliver_outbox(rt)

    engine.dispose()
    rt.engine.dispose()
    assert result.figures["found"] > 45
    assert len(list((rt.settings.var / "outbox").glob("*.eml"))) == 1
    assert leaks(rt.settings.var, values) == []


def test_the_command_writes_a_report_of_any_day(rt: Runtime) -> None:
    """`consistency report --day` reports on that day; what is silent is status 3."""
    worlds.add_call(rt.engine)
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    command = CliRunner(env=environment)

    whole = command.invoke(build_app(), ["report"], catch_exceptions=False)
    other = command.invoke(
        build_app(), ["report", "--no-check", "--day", "2025-10-26", "--json"], catch_exceptions=False
    )
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    silent = command.invoke(build_app(), ["report"], catch_exceptions=False)

    assert whole.exit_code == 0
    assert "100.00\u00a0%" in whole.stdout
    assert json.loads(other.stdout)["day"] == "2025-10-26"
    assert silent.exit_code == 3
    assert "NOT EVALUATED" in silent.stdout
