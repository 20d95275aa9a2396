"""Whole DAG runs on a real database, in this process: order, trigger rules, what is written, what is red."""

import json
import os
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from consistency_sandbox.demo.load import load_demo
from data_consistency.config import utc_now
from data_consistency.detect.evidence import silent_rules
from data_consistency.project import shipped
from data_consistency.rules import Rule, load_suites
from data_consistency.runtime import Runtime
from tests import worlds
from tests.dag_runs import Run
from tests.worlds import make_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.usefixtures("airflow_database")

_TABLES = ("appointments", "calls", "companies", "consistency_calcom_bookings", "customers")
_TASKS = ("check", "correct", "tell")


@pytest.fixture
def morning(empty_schema: str, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Engine]":
    """The bad morning in a throw-away schema, corrections allowed, as the tasks find it."""
    engine = make_engine(empty_schema)
    load_demo(engine, utc_now().replace(tzinfo=None))
    monkeypatch.setenv("CONSISTENCY_DB_URL", empty_schema)
    monkeypatch.setenv("CONSISTENCY_DRY_RUN", "false")
    monkeypatch.setenv("CONSISTENCY_MAX_CORRECTIONS", "200")
    monkeypatch.setenv("CONSISTENCY_MAX_CORRECTION_RATIO", "1")
    yield engine
    engine.dispose()


@pytest.fixture
def quiet(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A schema in which nothing is wrong."""
    worlds.add_call(rt.engine, direction="inbound")
    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("CONSISTENCY_DRY_RUN", "false")
    return rt.engine


def _rules() -> "list[Rule]":
    return [rule for suite in load_suites(shipped()).values() for rule in suite.rules]


def _count(engine: Engine, statement: str) -> int:
    return int(str(worlds.execute(engine, statement)[0][0]))


def test_the_bad_morning_is_found_corrected_queued_and_told(dagbag: "DagBag", morning: Engine) -> None:
    """One run of the five-minute check does all of it, in order."""
    run = Run(dagbag, "consistency_check")

    ours = worlds.execute(morning, "SELECT status, dry_run FROM consistency_runs WHERE kind = 'check'")
    found = run.results["check"]["violations"]
    outbox = sorted((Path(os.environ["CONSISTENCY_VAR"]) / "outbox").glob("*.eml"))
    assert ("success", {"success"}) == (run.state, set(run.tasks.values()))
    assert ["check", "correct", "tell"] == sorted(run.tasks)
    assert list(_TABLES) == sorted(run.results["check"]["tables"])
    assert [("succeeded", 0)] == ours
    assert found >= 45
    assert _count(morning, "SELECT COUNT(*) FROM data_consistency_alerts") == found
    assert run.results["correct"]["corrected"] == _count(morning, "SELECT COUNT(*) FROM consistency_corrections")
    assert _count(morning, "SELECT COUNT(*) FROM consistency_corrections") > 0
    assert _count(morning, "SELECT COUNT(*) FROM manual_review_queue") > 0
    assert 0 < len(outbox) == run.results["tell"]["sent"]


def test_no_result_of_a_task_names_a_row_or_a_person(dagbag: "DagBag", morning: Engine) -> None:
    """XCom is kept for long and read by many: counts and the id of the run only."""
    run = Run(dagbag, "consistency_check")

    def leaves(value: object) -> list[object]:
        if isinstance(value, dict):
            return [leaf for part in value.values() for leaf in leaves(part)]
        return [value]

    with morning.connect() as connection:
        silences = silent_rules(connection, _rules(), utc_now().replace(tzinfo=None)).values()
    reasons = {silence.reason for silence in silences}
    for task, result in run.results.items():
        texts = {leaf for leaf in leaves(result) if isinstance(leaf, str)}
        assert texts <= {run.id, *_TABLES, *reasons}, task
        assert len(json.dumps(result)) < 2000, task


def test_what_a_dry_run_left_is_corrected_by_the_next_run(dagbag: "DagBag", morning: Engine) -> None:
    """Findings wait in the ledger; rows that nobody has touched since need not change to be corrected."""
    planned = Run(dagbag, "consistency_check", dry_run="look only").results["correct"]["planned"]

    run = Run(dagbag, "consistency_check")

    done = run.results["correct"]
    assert 0 < planned == done["corrected"] + done["refused"] + done["skipped"]


def test_what_was_told_is_not_told_again(dagbag: "DagBag", morning: Engine) -> None:
    """The second run finds the same rows and mails nobody."""
    first = Run(dagbag, "consistency_check", dry_run="look only")
    again = Run(dagbag, "consistency_check", dry_run="look only")

    assert first.results["tell"]["queued"] >= 1
    assert 0 == again.results["tell"]["queued"] == again.results["tell"]["sent"]


def test_a_dry_run_changes_no_source_row(dagbag: "DagBag", morning: Engine) -> None:
    """Plan and count; the switch is a param of the run."""
    before = [worlds.execute(morning, f"CHECKSUM TABLE {table}") for table in ("calls", "appointments", "customers")]

    run = Run(dagbag, "consistency_check", dry_run="look only")

    after = [worlds.execute(morning, f"CHECKSUM TABLE {table}") for table in ("calls", "appointments", "customers")]
    assert "success" == run.state
    assert before == after
    assert run.results["correct"]["planned"] > 0
    assert [(1,)] == worlds.execute(morning, "SELECT dry_run FROM consistency_runs WHERE kind = 'check'")


def test_a_check_of_one_company_leaves_the_others_alone(dagbag: "DagBag", morning: Engine) -> None:
    """The param reaches every step."""
    company = _count(morning, "SELECT MIN(company_id) FROM calls")

    run = Run(dagbag, "consistency_check", company=company)

    assert "success" == run.state
    assert [(company,)] == worlds.execute(morning, "SELECT DISTINCT company_id FROM data_consistency_alerts")


def test_a_table_that_cannot_be_judged_stops_no_other_and_the_run_is_red(dagbag: "DagBag", morning: Engine) -> None:
    """Silence is not health: the others are checked, corrected and told, and the run says that something is missing."""
    worlds.execute(morning, "ALTER TABLE appointments DROP COLUMN calcom_sync_status")

    run = Run(dagbag, "consistency_check")

    assert ("failed", "failed", "success", "failed") == (run.state, *(run.tasks[task] for task in _TASKS))
    assert "appointments" not in run.results["correct"]["tables"]
    assert run.results["correct"]["tables"]["calls"]["corrected"] > 0
    assert 0 < _count(morning, "SELECT COUNT(*) FROM manual_review_queue")
    assert [("failed",)] == worlds.execute(morning, "SELECT status FROM consistency_runs WHERE kind = 'check'")
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (Path(os.environ["CONSISTENCY_VAR"]) / "outbox").glob("*.eml")
    ]
    bodies = [mail.get_body(("plain",)) for mail in mails]
    texts = " ".join(body.get_content() for body in bodies if body is not None)
    assert "could not be evaluated" in texts


def test_a_database_that_does_not_answer_is_one_mail(dagbag: "DagBag", monkeypatch: pytest.MonkeyPatch) -> None:
    """Every task fails, on-call is told once."""
    monkeypatch.setenv("CONSISTENCY_DB_URL", "mysql+pymysql://nobody@localhost/none?unix_socket=/nonexistent.sock")

    run = Run(dagbag, "consistency_check")

    assert "failed" == run.state
    assert ("failed", "skipped", "failed") == tuple(run.tasks[task] for task in _TASKS)
    assert 1 == len(list((Path(os.environ["CONSISTENCY_VAR"]) / "outbox").glob("*.eml")))


def test_a_run_with_nothing_to_do_is_one_task(dagbag: "DagBag", quiet: Engine) -> None:
    """It begins, looks at every table, has nobody to tell, and ends the run; what it found stands in its result."""
    first = Run(dagbag, "consistency_check")
    run = Run(dagbag, "consistency_check")

    assert ("success", ["success", "skipped", "skipped"]) == (run.state, [run.tasks[task] for task in _TASKS])
    assert list(_TABLES) == sorted(run.results["check"]["tables"])
    assert (0, 0) == (run.results["check"]["found"], run.results["check"]["violations"])
    assert run.id == run.results["check"]["run_id"]
    assert [("succeeded", 2)] == worlds.execute(quiet, "SELECT status, COUNT(*) FROM consistency_runs GROUP BY status")
    assert [(run.id,)] == worlds.execute(quiet, "SELECT run_id FROM consistency_heartbeats WHERE name = 'check'")
    assert [(run.id,)] == worlds.execute(quiet, "SELECT DISTINCT run_id FROM consistency_watermarks WHERE rule = ''")
    assert first.state == "success"


def test_a_run_with_nothing_to_correct_and_something_to_send_is_two_tasks(dagbag: "DagBag", quiet: Engine) -> None:
    """An incident about the schema is nothing to correct; its mail is handed over by the task that tells."""
    worlds.execute(quiet, "DROP VIEW consistency_call_display")

    run = Run(dagbag, "consistency_check")

    assert ("success", ["success", "skipped", "success"]) == (run.state, [run.tasks[task] for task in _TASKS])
    assert run.results["tell"]["sent"] >= 1


def test_the_review_queue_is_cared_for(dagbag: "DagBag", morning: Engine) -> None:
    """An item whose finding disappeared is closed by the hourly run."""
    Run(dagbag, "consistency_check")
    pending = _count(morning, "SELECT COUNT(*) FROM manual_review_queue WHERE status = 'pending'")
    worlds.execute(
        morning,
        "UPDATE data_consistency_alerts SET status = 'resolved', resolved_at = UTC_TIMESTAMP(6)"
        " WHERE status = 'in_review'",
    )

    run = Run(dagbag, "review_queue_processing")

    assert "success" == run.state
    assert pending > 0
    assert run.results["process_review_queue"]["closed"] > 0


def test_the_daily_report_is_published(dagbag: "DagBag", morning: Engine) -> None:
    """Everything is checked by Great Expectations, and the page is there."""
    run = Run(dagbag, "daily_consistency_report")

    result = run.results["publish_report"]
    pages = list((Path(os.environ["CONSISTENCY_VAR"]) / "data_docs").rglob("*.html"))
    log = (Path(os.environ["CONSISTENCY_VAR"]) / "log" / "data-consistency.log").read_text(encoding="utf-8")
    assert "success" == run.state
    assert result["open"] >= 45  # found today, so not among what yesterday found
    # Nobody has connected Cal.com, so what needs it is said not to have been looked at.
    assert sum(rule.needs is not None for rule in _rules()) == result["not_evaluated"]
    assert pages
    assert "Daily data consistency report" in log


def test_maintenance_leaves_what_is_young(dagbag: "DagBag", morning: Engine) -> None:
    """Retention deletes by age, and only what is settled."""
    Run(dagbag, "consistency_check")
    alerts = _count(morning, "SELECT COUNT(*) FROM data_consistency_alerts")

    run = Run(dagbag, "consistency_maintenance")

    assert "success" == run.state
    assert 0 == sum(run.results["maintain"]["deleted"].values())
    assert alerts == _count(morning, "SELECT COUNT(*) FROM data_consistency_alerts")


def test_a_backfill_checks_every_range_once(dagbag: "DagBag", morning: Engine) -> None:
    """Ranges cover the ids without overlap; by default no source row is changed."""
    calls = _count(morning, "SELECT COUNT(*) FROM calls")
    last = _count(morning, "SELECT MAX(id) FROM calls")

    run = Run(dagbag, "consistency_backfill", table="calls", step=100)

    ranges = [key for key in run.tasks if key.startswith("check[")]
    assert "success" == run.state
    assert -(-last // 100) == len(ranges)
    assert "1 to 100" == run.labels["check[0]"]
    assert calls == sum(run.results[key]["rows_checked"] for key in ranges)
    assert 0 == run.results["correct"]["corrected"] == _count(morning, "SELECT COUNT(*) FROM consistency_corrections")
    assert run.results["correct"]["planned"] > 0


def test_a_backfill_of_too_many_ranges_is_refused(dagbag: "DagBag", morning: Engine) -> None:
    """Before a thousand tasks are made."""
    run = Run(dagbag, "consistency_backfill", table="calls", first_id=1, last_id=10_000_000, step=10)

    assert ("failed", "failed") == (run.state, run.tasks["plan"])
    assert "upstream_failed" == run.tasks["correct"]


def test_the_schema_is_migrated_by_its_dag(dagbag: "DagBag", morning: Engine) -> None:
    """The confirmation is a param of the run."""
    refused = Run(dagbag, "consistency_schema", action="migrate", confirm="other")
    done = Run(dagbag, "consistency_schema", action="migrate", confirm=str(morning.url.database))

    assert ("failed", "success") == (refused.state, done.state)
    assert done.results["schema"]["version"]
