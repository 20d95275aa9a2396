"""Pages of the state, of rules, runs and services: figures and deeds are those of the commands."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from data_consistency import cli, pipeline, report
from data_consistency.console import corrections, proof, services, state, trend, waiting
from data_consistency.db import sql
from data_consistency.ledger import switches
from data_consistency.pipeline import publish
from data_consistency.report.period import day_of
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.forms import token_of
from data_consistency.web.pages.house import Visitor
from tests import past, worlds
from tests.pages import FakeHouse, Visit
from tests.people import ADMIN, ANN, VISITOR

_RULE = "call_direction_present"


@pytest.fixture
def visit(rt: Runtime) -> Visit:
    """An administrator before the pages."""
    return Visit(FakeHouse(runtimes={"default": rt}, person=ADMIN))


class Commands:
    """The commands, on the database of the pages."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def json(self, *words: str) -> Any:  # whatever a command says
        """What a command says by --json."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit):
            cli.main([*words, "--json"])
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def commands(rt: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The commands."""
    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("CONSISTENCY_VAR", str(rt.settings.var))
    return Commands(capsys)


def _wrong_rows(rt: Runtime) -> None:
    """Calls of two companies and of none that violate rules."""
    for number in range(6):
        worlds.add_call(rt.engine, direction=None, company_id=1 + number % 2, phone_number_id=None)
    worlds.add_call(rt.engine, status="sideways")


def _corrected(rt: Runtime, run_id: str, rows: int) -> list[int]:
    """Rows that a run corrects."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(rows)]
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full")
    pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", rule_id=_RULE)
    return calls


def _figures(page: str, label: str) -> list[str]:
    return [
        found.replace("\u202f", "") for found in re.findall(rf'data-label="{label}"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    ]


@pytest.mark.every_server
def test_figures_of_the_pages_are_those_of_the_commands(rt: Runtime, visit: Visit, commands: Commands) -> None:
    """What is open, by rule and severity; what was judged and what was not; what was corrected and what waits."""
    _wrong_rows(rt)
    _corrected(rt, "r1", 3)
    worlds.execute(
        rt.engine,
        "INSERT INTO data_consistency_alerts (alert_type, severity, entity_type, entity_id, company_id, description,"
        " fingerprint, status, detected_at, first_seen_at, last_seen_at, created_at, updated_at)"
        " VALUES ('gone_rule', 'info', 'call', 1, 2, 'x', 'gone', 'open', :now, :now, :now, :now, :now)",
        now=rt.now(),
    )
    checked = commands.json("check", "--full")
    past.leave_message(rt)
    past.tell_breaker(rt)

    found = state.read(rt)
    page = visit.get("/default/state").text
    zone = rt.settings.report_timezone
    figures = publish.figures_of(rt, report.period_of(day_of(rt.now(), zone), zone), run_id="r")
    with rt.transaction() as connection:
        lines = trend.read(connection, rt.now(), zone)
        severity = {str(name): int(count) for name, count in sql.run(connection, "open_by_severity")}

    assert sum(checked["open"].values()) == found.open == sum(severity.values()) > 0
    assert {rule.rule: (rule.open, rule.in_review) for rule in figures.rules if rule.active} == {
        one.rule: (one.open, one.in_review) for one in found.rules
    }
    assert found.open == sum(one.findings for one in found.companies)
    assert figures.not_evaluated == found.silent
    assert {row["table"]: row["rows_checked"] for row in checked["tables"]} == {
        one.table: one.rows or 0 for one in found.tables
    }
    total = figures.trend[-1].violations or figures.trend[-2].violations
    serious = {rule.rule for rule in figures.rules if rule.severity != "info" and rule.mode != "shadow"}
    assert total == sum(line.last or 0 for rule, line in lines.items() if rule in serious)
    assert sum(line.last or 0 for line in lines.values()) == sum(one.violations for one in found.tables)
    assert figures.corrected == sum(run.corrections for run in corrections.list_runs(rt)[0]) > 0
    assert len(commands.json("rules", "list")) == len(proof.list_rules(rt))
    waits = waiting.read(rt)
    assert len(commands.json("queue", "list")) == waits.questions
    assert len(commands.json("incident", "list")) == waits.plans + waits.failures
    assert [one["service_key"] for one in commands.json("breaker", "list")] == [
        one.status.service_key for one in services.read(rt).breakers
    ]
    assert 1 == waits.set_aside == services.read(rt).undelivered.set_aside
    assert f"{found.open} findings are open." in page
    assert [str(one.open) for one in found.rules] == _figures(page, "Open")
    assert [str(one.findings) for one in found.companies] == re.findall(r'data-label="Findings">(\d+)', page)


def test_the_daily_report_is_read_beside_the_pages(rt: Runtime, visit: Visit) -> None:
    """Its pages link each other, no script runs, nothing else of the folder is given; who sees less sees none."""
    nothing = visit.get("/default/report/")
    worlds.add_call(rt.engine, direction=None)
    pipeline.write_report(rt, run_id="r")
    (rt.settings.var / "data_docs" / "index.html").write_text("data docs")

    newest = visit.get("/default/report/")
    german = visit.get("/default/report/consistency-report.de.html")
    refused = [
        visit.get(f"/default/report/{path}").status_code
        for path in ("index.html", "../outbox/x.html", "..%2f..%2fetc%2fpasswd", "reports/x.html", "report.json")
    ]

    assert nothing.status_code == 404
    assert "no report yet" in nothing.text
    assert 'href="/default/report/"' in visit.get("/default/state").text
    assert ("found" in newest.text, '<html lang="de">' in german.text) == (True, True)
    assert "index.html" in visit.get("/default/report/reports/index.html").text
    assert "script" not in newest.headers["content-security-policy"]
    assert 'class="docs"' not in newest.text
    assert set(refused) == {404}
    visit.house.person = Viewer(name="cy", role=ANN.role, companies=frozenset({1}))
    assert visit.get("/default/report/").status_code == 403


def test_a_run_is_taken_back_in_two_steps(rt: Runtime, visit: Visit) -> None:
    """Its number of rows is typed; a row that somebody changed since stays and is named; administrators alone."""
    calls = _corrected(rt, "dag__manual+2026 <b>", 3)
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'sideways' WHERE id = :id", id=calls[0])
    path = "/default/run?id=dag__manual%2B2026%20%3Cb%3E"
    token = visit.token(path)
    form = {"token": token, "id": "dag__manual+2026 <b>"}

    listed = visit.get("/default/runs").text
    wrong = visit.post("/default/run", {**form, "count": "2"})
    untouched = [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]
    done = visit.post("/default/run", {**form, "count": "3"})
    visit.house.person = ANN
    page = visit.get(path).text
    refused = visit.post(
        "/default/run", {**form, "token": token_of(visit.house, Visitor(person=ANN, session="one")), "count": "1"}
    )

    assert "dag__manual+2026 &lt;b&gt;" in listed
    assert (409, ["sideways", "inbound", "inbound"]) == (wrong.status_code, untouched)
    assert "not the number of rows" in wrong.text
    assert (409, True) == (done.status_code, f"calls {calls[0]} (direction)" in done.text)
    assert ["sideways", None, None] == [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]
    assert [("test",)] == worlds.execute(rt.engine, "SELECT DISTINCT actor FROM consistency_runs WHERE kind = 'undo'")
    assert "This takes the right to assign and switch." in page
    assert (409, True) == (refused.status_code, "takes the role admin" in refused.text)


def test_a_rule_is_proven_on_rows_as_they_are_now(rt: Runtime, visit: Visit) -> None:
    """Of six rows with an open finding one was mended since. A rule that is not there is not found."""
    _wrong_rows(rt)
    pipeline.check_run(rt, actor="test", full=True)
    before = proof.prove(rt, _RULE)
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id = :id", id=before.rows[0].entity_id)

    found = proof.prove(rt, _RULE)
    page = visit.get(f"/default/rules/{_RULE}").text

    assert (6, 6, 5) == (before.wrong, len(found.rows), found.wrong)
    assert found.judged is not None
    assert 6 == found.judged.violations == found.open.total
    assert "judged again just now: 5 are still wrong." in page
    assert "right by now" in page
    assert "direction IN" in page
    assert 404 == visit.get("/default/rules/no_rule").status_code


def _noon(rt: Runtime) -> datetime:
    """In the middle of today, as people live it: a test at midnight is about one day, too."""
    zone = rt.settings.report_timezone
    return report.period_of(day_of(rt.now(), zone), zone).start + timedelta(hours=12)


def test_a_trend_has_a_line_and_its_numbers(rt: Runtime, visit: Visit) -> None:
    """The last complete check of a day; a day without one breaks the line; checks of what changed are not in it."""
    now = _noon(rt)
    for back, violations in ((6, 9), (5, 4), (2, None), (1, 3), (0, 2)):
        past.judge(rt, _RULE, now - timedelta(days=back, minutes=40), 99)
        past.judge(rt, _RULE, now - timedelta(days=back, minutes=1), violations)
    past.judge(rt, _RULE, now, 77, scope="changed")
    past.judge(rt, _RULE, now - timedelta(days=40), 88)

    with rt.transaction() as connection:
        line = trend.read(connection, now, rt.settings.report_timezone)[_RULE]
    page = visit.get(f"/default/rules/{_RULE}").text

    assert (9, 9, 2, 30) == (line.first, line.most, line.last, len(line.days))
    assert [2, 3, 4, 9] == [count for _, count in line.judged]
    assert (2, 1) == (len(line.strokes), len(line.dots))
    assert 'aria-label="30 days: from 9 to 2, at most 9"' in page
    assert all(f'<th scope="row">{day}</th><td>{count}</td>' in page for day, count in line.judged)


def test_switches_breakers_and_messages_are_handled(rt: Runtime, visit: Visit) -> None:
    """By administrators, when they say that they mean it; a reviewer sends a message again; a viewer nothing."""
    delivery = past.leave_message(rt)
    past.tell_breaker(rt)
    token = visit.token("/default/services")
    base, sure = "/default/services", {"token": token, "sure": "yes"}
    throw = {"name": switches.CORRECTIONS, "to": "off"}
    reset = {"key": past.BREAKER, "mode": "automatic", "reason": "moved"}

    unsure = visit.post(f"{base}/switch", {"token": token, **throw})
    with rt.transaction() as connection:
        assert switches.is_on(connection, switches.CORRECTIONS)
    answers = [
        visit.post(f"{base}/switch", {**sure, **throw}),
        visit.post(f"{base}/breaker", {**sure, **reset}),
        visit.post(f"{base}/resend", {"token": token, "id": str(delivery)}),
    ]
    wrong = [
        visit.post(f"{base}/switch", {**sure, "name": "nothing", "to": "off"}),
        visit.post(f"{base}/switch", {**sure, "name": switches.CORRECTIONS, "to": "x"}),
        visit.post(f"{base}/breaker", {**sure, **reset, "mode": "x"}),
        visit.post(f"{base}/breaker", {**sure, **reset, "key": "calcom:company:77"}),
        visit.post(f"{base}/breaker", {**sure, **reset, "reason": " "}),
        visit.post(f"{base}/discard", {"token": token, "id": str(delivery)}),
        visit.post(f"{base}/resend", {"token": token, "id": "77"}),
        visit.post(f"{base}/resend", {"token": token, "id": "x"}),
    ]
    visit.house.person = ANN
    mine = {"token": visit.token(base), "sure": "yes"}
    reviewer = [visit.post(f"{base}/{action}", {**mine, **throw, **reset, "id": "1"}).status_code for action in _ADMINS]
    visit.house.person = VISITOR
    looks = visit.get(base)
    with rt.transaction() as connection:
        is_on = switches.is_on(connection, switches.CORRECTIONS)

    assert (409, [200, 200, 200]) == (unsure.status_code, [answer.status_code for answer in answers])
    assert "tick that it is meant so" in unsure.text
    assert ["Switched." in answers[0].text, "from now on" in answers[1].text, "next delivery" in answers[2].text]
    assert [409] * len(wrong) == [answer.status_code for answer in wrong]
    assert not any("Traceback" in answer.text for answer in wrong)
    assert [409, 409, 409] == reviewer
    assert not is_on
    assert (200, False) == (looks.status_code, "<form" in looks.text)
    assert "closed" == services.read(rt).breakers[0].status.current_state


_ADMINS = ("switch", "breaker", "discard")


def test_who_sees_some_companies_sees_no_figures_of_all(visit: Visit) -> None:
    """The pages are about everybody; they are neither shown nor linked."""
    visit.house.person = Viewer(name="ann", role=ADMIN.role, companies=frozenset({1}))

    answers = [visit.get(f"/default/{page}").status_code for page in ("state", "rules", "runs", "run?id=x", "services")]

    assert [403] * 5 == answers
    assert "/default/state" not in visit.get("/default/items").text


def test_the_panel_says_what_waits_in_each_database(rt: Runtime, visit: Visit) -> None:
    """One that is away stops no other; who may see nothing is told so; links lead out of the frame."""
    past.leave_message(rt)
    past.tell_breaker(rt)
    gone = worlds.runtime("mysql+pymysql://x:hidden@127.0.0.1:9/gone")
    visit.house.runtimes = {"shop": rt, "gone": gone}

    page = visit.get("/panel")
    script = visit.get("/static/panel.js")
    visit.house.person = Viewer(name="ann", role=ANN.role, companies=frozenset({1}))
    limited = visit.get("/panel").text

    assert 200 == page.status_code
    assert "1 message does not get through" in page.text
    assert past.BREAKER in page.text
    assert "The database does not answer." in page.text
    assert "hidden" not in page.text
    assert '<base target="_top">' in page.text
    assert 'href="/shop/state"' in page.text
    assert ("text/javascript; charset=utf-8", True) == (
        script.headers["content-type"],
        "globalThis.AirflowPlugin" in script.text,
    )
    assert "shop" not in limited
    gone.engine.dispose()


@pytest.mark.every_server
def test_nothing_that_is_settled_is_read(rt: Runtime) -> None:
    """A hundred thousand settled findings, and verdicts of years: what is open, and the trend, are read by an index."""
    engine, now = rt.engine, _noon(rt)  # how much of today is over is read, too
    worlds.execute(
        engine,
        "INSERT INTO data_consistency_alerts (alert_type, severity, entity_type, entity_id, company_id, description,"
        " fingerprint, status, detected_at, first_seen_at, last_seen_at, created_at, updated_at)"
        " SELECT CONCAT('rule_', seq % 40), 'warning', 'call', seq, 1 + seq % 30, 'x', CONCAT('f', seq),"
        " IF(seq % 1000, 'resolved', 'open'), :now, :now, :now, :now, :now"
        f" FROM {worlds.series(1, 100_000)}",
        now=now,
    )
    worlds.execute(
        engine,
        "INSERT INTO consistency_rule_results (run_id, table_name, rule, catalogue, severity, mode, rule_fingerprint,"
        " outcome, rows_checked, violations, scope, evaluated_at)"
        " SELECT 'r', 'calls', CONCAT('rule_', seq % 40), 'K-1', 'warning', 'alert', 'x', 'failed', 9, 1, 'full',"
        f" :now - INTERVAL seq * 20 MINUTE FROM {worlds.series(1, 100_000)}",
        now=now,
    )
    for table in ("data_consistency_alerts", "consistency_rule_results"):
        worlds.execute(engine, f"ANALYZE TABLE {table}")
    rules = [f"rule_{number}" for number in range(40)]
    since = now - timedelta(days=30)
    with rt.transaction() as connection:
        plans = {
            "console_open_of_rules": {"rules": rules},
            "console_open_of_companies": {"companies": list(range(1, 31))},
            "console_trend": {"since": since, "until": now},
            "console_open_of_rule": {"rule": "rule_1", "limit": 20},
        }
        keys = {name: _keys(connection, rt, name, params) for name, params in plans.items()}
        before = _reads(connection)
        found = state.open_by_rule(connection), state.open_by_company(connection)
        open_reads = _reads(connection) - before
        lines = trend.read(connection, now, rt.settings.report_timezone)
        trend_reads = _reads(connection) - before - open_reads

    assert {"data_consistency_alerts_rule"} == keys["console_open_of_rules"] == keys["console_open_of_rule"]
    assert "data_consistency_alerts_company" in keys["console_open_of_companies"]
    assert "consistency_rule_results_time" in keys["console_trend"]
    assert [100, 100] == [sum(one.total for one in found[0]), sum(one.findings for one in found[1])]
    assert open_reads < 2_000, "of a hundred thousand"
    assert 40 == len(lines)
    assert trend_reads < 15_000, "of a hundred thousand, 2160 of which are of these days"


def _keys(connection: Connection, rt: Runtime, name: str, params: dict[str, object]) -> set[str]:
    plan = sql.execute(connection, "EXPLAIN FORMAT=TRADITIONAL " + sql.query(rt.project, name), params).mappings()
    return {str(row["key"]) for row in plan if row["key"]}


def _reads(connection: Connection) -> int:
    rows = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(value) for _, value in rows)


def test_totals_of_a_run_are_what_it_found_changed_and_stopped(rt: Runtime) -> None:
    """Three rows that it corrects; of a run that is not there, nothing."""
    _corrected(rt, "r1", 3)

    totals = pipeline.totals_of(rt, "r1")

    assert "3 found, 3 corrected, 0 stopped" == totals.said
    assert "" == pipeline.totals_of(rt, "r2").said
