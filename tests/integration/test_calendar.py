"""The calendar as evidence: judged while it is read, never guessed while it is silent, told apart from never there."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection
from typer.testing import CliRunner, Result

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.db import sql
from data_consistency.db.engine import prepare
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CheckNotEvaluated
from data_consistency.gx import suites as gx_suites
from data_consistency.review import decisions
from data_consistency.rules.outcomes import Scan, Scope, Verdict
from data_consistency.runtime import Runtime
from tests import worlds

_MOVED = "appointment_is_at_the_time_of_the_calendar"
_FILL = "both_calendar_ids_are_stored"


def _report(rt: Runtime, *, hours_ago: float = 0) -> None:
    """The source of the calendar has read everything."""
    with rt.transaction() as connection:
        for name in ("calcom", "calcom:1"):
            sql.run(connection, "beat", name=name, run_id=None, now=rt.now() - timedelta(hours=hours_ago))


def _tell(rt: Runtime, start: datetime, now: datetime | None = None, **values: object) -> None:
    """The calendar has said this of a booking."""
    row: dict[str, object] = {
        **{"company_id": 1, "calcom_uid": "uid_1", "calcom_id": 71, "event_type_id": 5, "status": "accepted"},
        **{"starts_at": start, "ends_at": start + timedelta(minutes=30), "created_at_calcom": worlds.long_ago()},
        **{"metadata_call_id": None, "rescheduled_to_uid": None, "root_uid": None},
        **{"recurring_uid": None, "is_seated": 0, "seat_calls": None, **values},
    }
    with rt.transaction() as connection:
        sql.run(connection, "upsert_calcom_booking", now=now or rt.now(), **row)


def _coming(rt: Runtime) -> tuple[int, datetime]:
    """An appointment in two days, with the id of its booking."""
    start = worlds.long_ago(-2)
    branch = "b1"
    worlds.execute(rt.engine, "INSERT INTO branches (id, company_id, name) VALUES (:id, 1, 'Mitte')", id=branch)
    worlds.execute(rt.engine, "INSERT INTO services (id, company_id, name) VALUES (1, 1, 'Schnitt')")
    worlds.execute(rt.engine, "INSERT INTO staff (id, company_id, name) VALUES ('s1', 1, 'Mia Kern')")
    row = worlds.add_appointment(
        rt.engine,
        customer_id=worlds.add_customer(rt.engine),
        **{"service_id": 1, "staff_id": "s1", "branch_id": branch, "calcom_host_id": 4, "calcom_booking_id": 71},
        **{"starts_at": start, "ends_at": start + timedelta(minutes=30), "status": "confirmed"},
        **{"calcom_sync_status": "synced", "calcom_v2_booking_uid": "uid_1"},
    )
    return row, start


def _type(rt: Runtime, *words: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False)


def _incidents(rt: Runtime) -> set[str]:
    return {incident.rule for incident in decisions.list_incidents(rt)}


def _verdicts(rt: Runtime) -> dict[str, Verdict]:
    with rt.transaction() as connection:
        scan = scan_table(connection, rt.suites()["appointments"], Scope(kind="full"), rt.now())
    return {outcome.rule.id: outcome.verdict for outcome in scan.outcomes if outcome.rule.needs}


def test_a_calendar_that_was_never_configured_is_told_but_no_alarm(rt: Runtime) -> None:
    """The rules are not evaluated, never passed; the command is clean and nobody is called."""
    _coming(rt)

    checked = _type(rt, "check", "--full")
    as_json = json.loads(_type(rt, "check", "--full", "--json").stdout)
    stored = worlds.execute(
        rt.engine,
        "SELECT DISTINCT outcome, violations, reason FROM consistency_rule_results WHERE rule = :rule",
        rule=_MOVED,
    )

    reason = "no Cal.com source has reported in the last 3 hours: none is configured"
    assert 0 == checked.exit_code, checked.stdout
    assert f"not evaluated appointments.{_MOVED}: {reason}" in checked.stdout
    assert [] == as_json["not_evaluated"]
    assert reason == next(t for t in as_json["tables"] if t["table"] == "appointments")["left_out"][_MOVED]
    assert [("not_evaluated", None, reason)] == stored
    assert {Verdict.NOT_EVALUATED} == set(_verdicts(rt).values())
    assert set() == _incidents(rt)
    assert next(sign for sign in pipeline.examine(rt) if sign.name == "source calcom").ok


def test_a_calendar_that_reports_is_evidence(rt: Runtime) -> None:
    """What it says of a booking is compared; what it changes comes into the next five-minute check."""
    row, start = _coming(rt)
    _report(rt, hours_ago=1)
    _tell(rt, start, now=rt.now() - timedelta(minutes=30))
    clean = _type(rt, "check")
    quiet = json.loads(_type(rt, "check", "--json").stdout)
    _tell(rt, start + timedelta(minutes=5))
    moved = json.loads(_type(rt, "check", "--json").stdout)

    assert 0 == clean.exit_code, clean.stdout
    assert "not evaluated" not in clean.stdout
    assert {"appointments": 0, "consistency_calcom_bookings": 0} == {
        t["table"]: t["violations"].get(_MOVED, 0)
        for t in quiet["tables"]
        if t["table"] in {"appointments", "consistency_calcom_bookings"}
    }
    assert {_MOVED: 1} == next(t for t in moved["tables"] if t["table"] == "appointments")["violations"]
    assert [(row,)] == worlds.execute(
        rt.engine, "SELECT entity_id FROM data_consistency_alerts WHERE alert_type = :rule", rule=_MOVED
    )


def test_a_calendar_that_fell_silent_is_an_alarm(rt: Runtime) -> None:
    """Findings stay open, an incident opens, the task is red; a new report closes it."""
    _, start = _coming(rt)
    _report(rt)
    _tell(rt, start + timedelta(minutes=5))
    _type(rt, "check")
    _report(rt, hours_ago=4)

    silent = _type(rt, "check", "--full")
    open_then = worlds.execute(rt.engine, "SELECT status FROM data_consistency_alerts WHERE alert_type = :r", r=_MOVED)
    during = _incidents(rt)
    sick = next(sign for sign in pipeline.examine(rt) if sign.name == "source calcom")
    pipeline.begin(rt, "r9", "full", "test")
    with pytest.raises(CheckNotEvaluated, match=r"no Cal\.com source has reported in the last 3 hours"):
        pipeline.check_table(rt, table="appointments", run_id="r9", kind="full")
    _report(rt)
    _type(rt, "check", "--full")

    assert 3 == silent.exit_code
    assert "NOT EVALUATED table appointments" in silent.stdout
    assert [("in_review",)] == open_then
    assert {_MOVED, _FILL, "calendar_booking_has_appointment"} <= during
    assert not sick.ok
    assert set() == _incidents(rt)


@pytest.mark.parametrize(("hours", "incidents"), [(1, False), (4, True)])
def test_a_calendar_whose_first_reading_never_ends_is_an_alarm(rt: Runtime, hours: int, *, incidents: bool) -> None:
    """Somebody connected it, so that its silence is nobody's choice; the first reading may take its time."""
    _coming(rt)
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_calcom_readings (company_id, kind, run_id, created_at, updated_at)"
        " VALUES (1, 'changes', 'r1', :at, :at)",
        at=rt.now() - timedelta(hours=hours),
    )

    checked = _type(rt, "check", "--full")

    assert "its first reading has not been complete" in checked.stdout
    assert incidents == bool(_incidents(rt)) == (3 == checked.exit_code)
    sign = next(sign for sign in pipeline.examine(rt) if sign.name == "source calcom")
    assert (not incidents, True) == (sign.ok, "its first reading has not been complete" in sign.detail)


def test_nothing_is_corrected_by_a_calendar_that_fell_silent(rt: Runtime) -> None:
    """The finding waits; once the calendar reports again, its uid is filled in."""
    row, start = _coming(rt)
    worlds.execute(
        rt.engine,
        "UPDATE appointments SET calcom_v2_booking_uid = NULL, consistency_changed_at = :long_ago WHERE id = :id",
        **{"long_ago": worlds.long_ago(), "id": row},
    )
    _report(rt)
    _tell(rt, start)
    pipeline.begin(rt, "r1", "full", "test")
    pipeline.check_table(rt, table="appointments", run_id="r1", kind="full")
    _report(rt, hours_ago=4)

    waiting = pipeline.correct_table(rt, table="appointments", run_id="r1", actor="test", rule_id=_FILL)
    before = worlds.row(rt.engine, "appointments", row)["calcom_v2_booking_uid"]
    _report(rt)
    done = pipeline.correct_table(rt, table="appointments", run_id="r1", actor="test", rule_id=_FILL)

    assert (1, 0, None) == (waiting.waiting, waiting.corrected, before)
    assert 1 == done.corrected
    assert "uid_1" == worlds.row(rt.engine, "appointments", row)["calcom_v2_booking_uid"]


def test_a_claim_is_not_taken_back_while_the_calendar_is_silent(rt: Runtime) -> None:
    """Absence is no proof then; a calendar that never was is missed by nobody."""
    claim = worlds.add_call(rt.engine, session_outcome="appointment_booked")
    rule = next(rule for rule in rt.suites()["calls"].rules if rule.id == "booking_claim_has_appointment")

    def refusal() -> str | None:
        return pipeline.preview_rule(rt, rule, (claim,))[0].refusal

    never = refusal()
    _report(rt, hours_ago=4)
    silent = refusal()
    _report(rt)
    fresh = refusal()
    _tell(rt, worlds.long_ago(-2), metadata_call_id=worlds.row(rt.engine, "calls", claim)["retell_call_id"])
    held = refusal()

    assert (None, "calendar_is_silent", None, "booking_in_calendar") == (never, silent, fresh, held)


def test_great_expectations_does_not_call_it_a_success(rt: Runtime, tmp_path: Path) -> None:
    """In data docs a rule without its evidence is not evaluated, and neither is the suite a success."""
    suite = rt.suites()["consistency_calcom_bookings"]

    def scanner(connection: Connection) -> Scan:
        prepare(connection, rt.project)
        return scan_table(connection, suite, Scope(kind="full"), rt.now())

    gx_suites.validate(
        rt.engine.url,
        {suite.table: suite},
        {suite.table: scanner},
        docs_dir=tmp_path / "docs",
        results_dir=tmp_path / "results",
        **{"run_name": "r1", "run_time": rt.now(), "build_docs": False},
    )
    result = json.loads(next((tmp_path / "results").rglob("*.json")).read_text(encoding="utf-8"))

    assert not result["success"]
    assert "no Cal.com source has reported" in json.dumps(result)


def test_what_the_calendar_says_again_is_only_seen_again(rt: Runtime) -> None:
    """An hourly reading does not make every booking a changed one."""
    start, first = worlds.long_ago(-2), rt.now() - timedelta(hours=1)
    _tell(rt, start, now=first)
    _tell(rt, start)
    same = worlds.row(rt.engine, "consistency_calcom_bookings", 1)
    _tell(rt, start, status="cancelled")
    other = worlds.row(rt.engine, "consistency_calcom_bookings", 1)

    assert same["seen_at"] > same["changed_at"]  # type: ignore[operator]
    assert "cancelled" == other["status"]
    assert other["changed_at"] == other["seen_at"]


def test_a_source_without_a_calendar_may_lack_the_columns_of_one(rt: Runtime) -> None:
    """By them bookings are tied to what changed: without one nothing fails; with one the column is named."""
    lacking = "ALTER TABLE appointments DROP COLUMN consistency_older_uid, DROP COLUMN calcom_booking_uid"
    worlds.execute(rt.engine, lacking)
    table = "consistency_calcom_bookings"

    for run_id in ("r1", "r2"):
        pipeline.begin(rt, run_id, "check", "test")
        assert {} == pipeline.check_table(rt, table=table, run_id=run_id).violations
    _report(rt)
    _tell(rt, worlds.long_ago(-2))
    with pytest.raises(CheckNotEvaluated, match=r"column appointments\.calcom_booking_uid is missing"):
        pipeline.check_table(rt, table=table, run_id="r2")
