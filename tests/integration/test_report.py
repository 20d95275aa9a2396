"""The daily report, counted from a real ledger."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from consistency_sandbox.demo.load import load_demo
from data_consistency import pipeline, report
from data_consistency.cli import build_app
from data_consistency.console import state, waiting
from data_consistency.errors import CheckNotEvaluated
from data_consistency.pipeline import publish
from data_consistency.pipeline.check import open_by_severity as done_open
from data_consistency.pipeline.standing import standing_of
from data_consistency.pipeline.totals import totals_of
from data_consistency.report import Figures
from data_consistency.report.period import day_of, period_of
from data_consistency.report.reader import reader
from data_consistency.runtime import Runtime
from tests import past, worlds
from tests.site_privacy import leaks, personal_values
from tests.worlds import make_engine

DAY = date(2025, 10, 26)  # the clocks go back: 25 hours
RULE = "call_direction_present"
CRITICAL = "booking_claim_has_appointment"
SECOND = timedelta(seconds=1)


def figures(rt: Runtime, day: date = DAY, now: datetime | None = None) -> Figures:
    """The figures of a day."""
    period = period_of(day, rt.settings.report_timezone)
    then = (now or period.end).replace(tzinfo=UTC)
    return publish.figures_of(replace(rt, clock=lambda: then), period, run_id="r")


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
    if row["rule_fingerprint"] is None:
        return
    happened(engine, row, at, None, "open")
    settled = row.get("resolved_at") or row.get("corrected_at")
    if isinstance(settled, datetime):
        happened(engine, row, settled, "open", str(row["status"]))


def happened(engine: Engine, row: Mapping[str, object], at: datetime, before: str | None, after: str) -> None:
    """Insert the event of a finding's transition."""
    about = {name: row[name] for name in ("entity_type", "entity_id", "company_id", "rule_fingerprint")}
    put(
        engine,
        "consistency_events",
        **{"run_id": "r", "occurred_at": at, "actor": "t", "kind": "finding", "rule": row["alert_type"], "hash": "h"},
        **{"state_from": before, "state_to": after, **about},
    )


def test_a_day_is_counted_from_midnight_to_midnight(rt: Runtime) -> None:
    """The first moment of a day belongs to it, the first of the next does not; 25 hours when the clocks go back."""
    period = period_of(DAY, rt.settings.report_timezone)
    past.judge(rt, RULE, period.start - timedelta(days=2), 0)
    for number, at in enumerate((period.start - SECOND, period.start, period.end - SECOND, period.end), 1):
        finding(rt.engine, number, at, status="resolved", resolved_at=at)

    found = figures(rt, now=period.end + SECOND)

    assert period.end - period.start == timedelta(hours=25)
    assert found.by_severity("found") == {"critical": 0, "warning": 2, "info": 0}
    assert found.by_severity("fixed") == {"critical": 0, "warning": 2, "info": 0}
    assert (found.latency.findings, found.latency.median_seconds, found.latency.p95_seconds) == (2, 2, 3)


def test_time_to_detect_counts_from_when_the_row_changed_and_somebody_watched(rt: Runtime) -> None:
    """What was wrong before its rule was first judged, or changed nobody knows when, is told beside."""
    start = period_of(DAY, rt.settings.report_timezone).start
    past.judge(rt, RULE, start, 0)
    ended = {"status": "corrected", "corrected_at": start + timedelta(minutes=14)}
    finding(rt.engine, 1, start + timedelta(minutes=9), row_changed_at=start + timedelta(minutes=5), **ended)
    finding(rt.engine, 2, start + timedelta(minutes=9), row_changed_at=start - timedelta(days=90))
    finding(rt.engine, 3, start + timedelta(minutes=9), row_changed_at=None)
    finding(rt.engine, 4, start - timedelta(hours=30))

    found = figures(rt, now=start + timedelta(hours=18))

    assert (found.latency.findings, found.latency.median_seconds, found.latency.unwatched) == (1, 240, 2)
    assert (found.mends.findings, found.mends.median_seconds) == (1, 300)
    assert (found.ages.day, found.ages.week, found.ages.ongoing) == (2, 1, 1)
    assert found.ages.oldest_seconds == 48 * 3600


def test_the_trend_of_a_company_is_counted_back_from_what_is_open(rt: Runtime) -> None:
    """At the end of each day as many were open as now, less what came since, and what ended since on top."""
    start = period_of(DAY, rt.settings.report_timezone).start
    past.judge(rt, RULE, start, 2)
    finding(rt.engine, 1, start - timedelta(days=3))
    finding(rt.engine, 2, start + timedelta(hours=9))
    finding(
        rt.engine, 3, start - timedelta(days=3), status="resolved", resolved_at=start - timedelta(hours=9), company_id=2
    )

    trends = {one.company_id: [point.violations for point in one.trend][-6:-1] for one in figures(rt).companies}

    assert trends == {1: [0, 1, 1, 1, 2], 2: [0, 1, 1, 0, 0]}


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

    finding(rt.engine, 6, period_of(DAY, rt.settings.report_timezone).start, status="corrected", corrected_at=long_ago)
    found = figures(rt)

    assert (found.live.inconsistent, found.live.checked) == (3, 9)
    assert (found.day.inconsistent, found.day.checked) == (1, 9)
    live = [(one.company_id, one.live.inconsistent, one.live.checked) for one in found.companies]
    assert live == [(1, 2, 8), (2, 1, 1)]
    assert [one.name for one in found.companies] == ["C1", "C2"]
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

    assert found.live.ratio == 1.0
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

    assert (found.live.ratio, found.day.ratio) == (None, None)
    assert len(found.not_evaluated) == sum(len(suite.rules) for suite in rt.suites().values())
    assert {silent.reason for silent in found.not_evaluated} == {"no full check in the last 14 days"}
    assert {point.violations for point in found.trend} <= {None}


def test_the_trend_shows_the_last_full_check_of_each_day(rt: Runtime) -> None:
    """A second check of a day replaces the first; partial checks and info do not count; thirty days as on pages."""
    noon = period_of(DAY, rt.settings.report_timezone).start + timedelta(hours=12)
    past.judge(rt, RULE, noon - timedelta(days=1), 9)
    past.judge(rt, RULE, noon, 5)
    past.judge(rt, RULE, noon + SECOND, 3)
    past.judge(rt, RULE, noon + 2 * SECOND, 70, scope="changed")
    past.judge(rt, "completed_call_has_transcript", noon, 70)

    found = figures(rt, now=noon + timedelta(hours=3))

    assert [point.violations for point in found.trend][-3:] == [None, 9, 3]
    assert (found.trend[-1].day, len(found.trend)) == (DAY, 30)


def test_the_figures_are_those_of_pages_ledger_and_run(rt: Runtime) -> None:
    """One number for one thing: what the pages have open and waiting, what runs say they found and changed."""
    for _ in range(3):
        worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, session_outcome="nonsense")
    done = pipeline.check_run(rt, actor="test", full=True)
    changed = pipeline.correction_run(rt, actor="test")
    pipeline.fill_review_queue(rt, run_id=done.run_id)
    today = day_of(rt.now(), rt.settings.report_timezone)

    result = pipeline.write_report(rt, run_id="r", day=today)

    document = json.loads((rt.settings.var / "data_docs" / "report.json").read_text())
    page = (rt.settings.var / "data_docs" / report.PAGE).read_text()
    stands, waits = state.read(rt), waiting.read(rt)
    assert result.figures["found"] == totals_of(rt, done.run_id).found == 4
    assert result.figures["corrected"] == totals_of(rt, changed.run_id).corrected == 3
    assert result.figures["open"] + result.figures["in_review"] == stands.open == sum(done_open(rt).values())
    assert result.figures["need_you"] == waits.total
    assert {one["company_id"]: one["open"] for one in document["companies"] if one["open"]} == {
        one.company_id: one.findings for one in stands.companies
    }
    assert sum(rule["found"] for rule in document["rules"]) == sum(one["found"] for one in document["companies"]) == 4
    assert document["corrections"]["runs"] == [{"run_id": changed.run_id, "applied": 3, "standing": 3}]
    assert f'4 found, 3 corrected, <strong class="needs">{waits.total} need' in page.replace("needs you", "need")


def test_the_way_back_works_as_it_is_printed(rt: Runtime) -> None:
    """The command of a correction, typed as the page has it, takes it back; the next report says so."""
    worlds.add_call(rt.engine, direction=None)
    pipeline.check_run(rt, actor="test", full=True)
    pipeline.correction_run(rt, actor="test")
    today = day_of(rt.now(), rt.settings.report_timezone)
    page = Path(pipeline.write_report(rt, run_id="r", day=today).path).read_text()
    typed = re.findall(r"<code>consistency (undo [^<]+)</code>", page)

    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    done = CliRunner(env=environment).invoke(build_app(), shlex.split(typed[0]), catch_exceptions=False)

    after = Path(pipeline.write_report(rt, run_id="r", day=today).path).read_text()
    assert (len(typed), done.exit_code) == (1, 0)
    assert "all taken back" in after
    assert "1 change taken back that day" in after


def test_a_report_reads_no_more_when_there_is_more_history(rt: Runtime) -> None:
    """Settled findings, events, corrections, verdicts and turns of breakers of long ago are not read for it."""
    worlds.add_call(rt.engine)
    start = period_of(DAY, rt.settings.report_timezone).start
    past.judge(rt, RULE, start, 1)
    finding(rt.engine, 1, start)
    _age(rt.engine, 20, start)
    before = _rows_read(rt)

    _age(rt.engine, 500, start)

    assert _rows_read(rt) <= before + 40


def _age(engine: Engine, count: int, start: datetime) -> None:
    """History of a hundred days ago, settled long since."""
    old = start - timedelta(days=100)
    number = worlds.series(1, count)
    for table, columns, values in (
        (
            "data_consistency_alerts",
            "alert_type, severity, entity_type, entity_id, company_id, description, detected_at, first_seen_at,"
            " last_seen_at, created_at, updated_at, fingerprint, rule_fingerprint, status, resolved_at",
            "CONCAT('x', :count), 'warning', 'call', seq + 100 * :count, 1, 'd', :old, :old, :old, :old, :old,"
            " SHA2(CONCAT(seq, '-', :count), 256), 'f', 'resolved', :old",
        ),
        (
            "consistency_events",
            "run_id, occurred_at, actor, kind, rule, rule_fingerprint, entity_type, entity_id, company_id, state_to,"
            " hash",
            "'o', :old, 't', 'finding', 'x', 'f', 'call', seq, 1, 'open', 'h'",
        ),
        (
            "consistency_corrections",
            "run_id, rule, rule_fingerprint, correction, table_name, entity_id, before_values, after_values, evidence,"
            " actor, applied_at",
            "'o', 'x', 'f', 'c', 'calls', seq, '{}', '{}', 'e', 't', :old",
        ),
        ("circuit_breaker_events", "service, old_state, new_state, created_at", "'s', 'closed', 'open', :old"),
    ):
        with engine.begin() as connection:
            connection.execute(
                text(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {number}"), {"old": old, "count": count}
            )


def _rows_read(rt: Runtime) -> int:
    """Rows that all statements of a report of ours read, by the server's own count."""
    period = period_of(DAY, rt.settings.report_timezone)
    then = replace(rt, clock=lambda: period.end.replace(tzinfo=UTC))
    standing, names = standing_of(then, period.end)
    rules = [rule for suite in rt.suites().values() for rule in suite.rules]
    with rt.engine.connect() as connection:
        connection.execute(text("FLUSH STATUS"))
        report.collect(
            reader(connection), rules=rules, period=period, run_id="r", now=period.end, standing=standing, names=names
        )
        counts = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
        return sum(int(value) for _, value in counts)


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

    assert [] == worlds.execute(rt.engine, "SELECT subject FROM consistency_outbox"), "nobody asked to be told"
    page = Path(result.path).read_text()
    without_calendar = sum(rule.needs is not None for suite in rt.suites().values() for rule in suite.rules)
    assert (result.rate, result.figures["open"], result.figures["not_evaluated"]) == (0.5, 1, without_calendar)
    assert result.day == report.yesterday(rt.now(), rt.settings.report_timezone).isoformat()
    assert Path(result.data_docs).is_file()
    assert "call_direction_present" in page
    assert "1 of 2 rows looked at" in page


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
