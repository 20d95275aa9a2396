"""The commands, as an operator types them: own process for the voice, in process for the rest."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from data_consistency import pipeline
from data_consistency.cli import build_app, main
from data_consistency.errors import DeliveryFailed
from data_consistency.runtime import Runtime
from tests import worlds


def _type(rt: Runtime, *words: str, **settings: str) -> Result:
    environment = {
        "CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False),
        "CONSISTENCY_DRY_RUN": "false",
        **{f"CONSISTENCY_{name}": value for name, value in settings.items()},
    }
    return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False)


def test_check_apply_undo_from_start_to_end(rt: Runtime) -> None:
    """Found, planned, corrected, clean, taken back: with the exit status that scripts rely on."""
    call = worlds.add_call(rt.engine, direction=None)

    found = _type(rt, "check")
    planned = _type(rt, "plan")
    applied = _type(rt, "apply", "--json")
    clean = _type(rt, "check", "--full")
    run_id = json.loads(applied.stdout)["run_id"]
    undone = _type(rt, "undo", "--run", run_id)

    assert 2 == found.exit_code
    assert "calls.call_direction_present: 1" in found.stdout
    assert f"{call}: direction None -> inbound  [numbers]" in planned.stdout
    assert 1 == next(table for table in json.loads(applied.stdout)["tables"] if table["table"] == "calls")["corrected"]
    assert (0, "open findings: none") == (clean.exit_code, clean.stdout.strip().splitlines()[-1])
    assert (0, "undone 1, refused 0") == (undone.exit_code, undone.stdout.strip())
    assert worlds.row(rt.engine, "calls", call)["direction"] is None


def test_a_critical_finding_is_status_1_and_a_silent_rule_status_3(rt: Runtime) -> None:
    """Silence weighs more than a finding."""
    worlds.add_call(rt.engine, session_outcome="appointment_booked", direction=None)

    critical = _type(rt, "check", "--table", "calls")
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    silent = _type(rt, "check", "--full", "--json")

    assert 1 == critical.exit_code
    assert 3 == silent.exit_code
    assert "call_direction_present" in json.loads(silent.stdout)["not_evaluated"][0]


def test_a_dry_run_says_that_nothing_was_changed(rt: Runtime) -> None:
    """The first run in a new environment explains itself."""
    worlds.add_call(rt.engine, direction=None)
    _type(rt, "check")

    said = _type(rt, "apply", "--dry-run")

    assert "nothing was changed" in said.stdout


def test_nothing_to_plan_is_said(rt: Runtime) -> None:
    """An empty answer would look like a failure."""
    assert "nothing to correct" in _type(rt, "plan").stdout


def test_incidents_are_listed_approved_and_rejected(rt: Runtime) -> None:
    """What stopped a correction is decided by typing its number."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    _type(rt, "check")
    planned = _type(rt, "plan")
    _type(rt, "apply")

    listed = _type(rt, "incident", "list")
    number = json.loads(_type(rt, "incident", "list", "--json").stdout)[0]["id"]
    rejected = _type(rt, "incident", "reject", str(number))
    empty = _type(rt, "incident", "list")

    assert "above the cap: 26 of at most 25" in planned.stdout
    assert "call_direction_present" in listed.stdout
    assert "rejected" in rejected.stdout
    assert "no open incident" in empty.stdout
    for _ in range(2):
        worlds.add_call(rt.engine, direction=None)
    _type(rt, "check", "--full")
    _type(rt, "apply")
    grown = json.loads(_type(rt, "incident", "list", "--json").stdout)[0]
    assert "approved" in _type(rt, "incident", "approve", str(grown["id"])).stdout
    assert "28" in _type(rt, "apply").stdout


def test_a_reviewer_lists_shows_claims_and_decides(rt: Runtime) -> None:
    """The queue by command: every answer names the item."""
    call = worlds.add_call(rt.engine, session_outcome="nonsense")
    assert "nothing waits here" in _type(rt, "queue", "list").stdout
    _type(rt, "check")

    listed = _type(rt, "queue", "list")
    number = str(json.loads(_type(rt, "queue", "list", "--json").stdout)["items"][0]["id"])
    shown = _type(rt, "queue", "show", number)
    claimed = _type(rt, "queue", "claim", number)
    dismissed = _type(
        rt, "queue", "dismiss", number, "--reason", "known", "--notes", "looked at", "--shown", _token(rt, number)
    )

    assert f"call {call}" in listed.stdout
    assert "call_outcome_is_known" in shown.stdout
    assert "is yours" in claimed.stdout
    assert "dismissed" in dismissed.stdout
    assert "nothing waits here" in _type(rt, "queue", "list").stdout


def test_approving_an_item_applies_its_proposal(rt: Runtime) -> None:
    """The company opted out of automatic change; its person says yes."""
    call = worlds.add_call(rt.engine, direction=None)
    _type(rt, "check")
    _type(rt, "apply", OPTED_OUT_COMPANIES="1")
    number = str(json.loads(_type(rt, "queue", "list", "--json").stdout)["items"][0]["id"])

    said = _type(rt, "queue", "approve", number, "--shown", _token(rt, number))

    assert "applied" in said.stdout
    assert "inbound" == worlds.row(rt.engine, "calls", call)["direction"]


def _token(rt: Runtime, number: str) -> str:
    """What `queue show` prints of what was seen."""
    return str(json.loads(_type(rt, "queue", "show", number, "--json").stdout)["token"])


def test_switches_are_thrown_by_name(rt: Runtime) -> None:
    """At once, in every process; a wrong word is refused."""
    worlds.add_call(rt.engine, direction=None)

    off = _type(rt, "switch", "corrections_enabled", "off")
    wrong = _type(rt, "switch", "corrections_enabled", "perhaps")

    assert "corrections_enabled is off" in off.stdout
    assert 0 != wrong.exit_code


def test_the_rules_are_listed_without_a_database() -> None:
    """Reading the suites needs nothing but the files."""
    said = CliRunner().invoke(build_app(), ["rules", "list", "--json"], catch_exceptions=False)

    assert {"K-01", "B-03", "T-03"} <= {rule["catalogue"] for rule in json.loads(said.stdout)}


def test_an_error_is_one_line_and_a_status() -> None:
    """No traceback for what the operator can mend."""
    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "check"], capture_output=True, text=True, check=False
    )

    assert 64 == done.returncode
    assert done.stderr.startswith("consistency: CONSISTENCY_DB_URL is not set")
    assert 1 == len(done.stderr.strip().splitlines())


def test_an_unmarked_schema_and_a_lost_server_are_one_line(
    empty_schema: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 3: nothing was evaluated."""
    monkeypatch.setattr(sys, "argv", ["consistency", "check"])
    monkeypatch.setenv("CONSISTENCY_DB_URL", empty_schema)
    with pytest.raises(SystemExit) as unmarked:
        main()
    monkeypatch.setenv("CONSISTENCY_DB_URL", "mysql+pymysql://nobody@127.0.0.1:1/none")
    with pytest.raises(SystemExit) as lost:
        main()

    lines = capsys.readouterr().err.strip().splitlines()
    assert (3, 3) == (unmarked.value.code, lost.value.code)
    assert "does not carry our marker" in lines[0]
    assert "did not answer" in lines[1]
    assert 2 == len(lines)


def test_migrate_and_rollback_by_command(empty_schema: str) -> None:
    """Adopted by its own name, up, and down to nothing."""
    from consistency_sandbox.source_schema import create_source_schema
    from tests.worlds import make_engine

    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    schema = str(engine.url.database)
    engine.dispose()
    run = CliRunner(env={"CONSISTENCY_DB_URL": empty_schema})

    up = run.invoke(build_app(), ["migrate", "--adopt", schema, "--environment", "test"], catch_exceptions=False)
    down = run.invoke(build_app(), ["rollback", "--json"], catch_exceptions=False)

    assert "schema is at version" in up.stdout
    assert {"version": None} == json.loads(down.stdout)


def test_triggers_are_installed_verified_and_dropped_by_command(rt: Runtime) -> None:
    """Drift is status 1; installing twice is fine; dropping takes ours alone and is remembered."""
    unwanted = _type(rt, "triggers", "verify")
    installed = _type(rt, "triggers", "install")
    _type(rt, "triggers", "install")
    fine = _type(rt, "triggers", "verify")
    worlds.execute(rt.engine, "DROP TRIGGER before_insert_call_set_direction")
    missing = _type(rt, "triggers", "verify", "--json")
    dropped = _type(rt, "triggers", "drop")
    left = worlds.execute(
        rt.engine,
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        " AND event_object_table IN ('calls', 'appointments', 'customers')",
    )

    assert (0, True) == (unwanted.exit_code, "left out by the operator" in unwanted.stdout)
    assert "as in sql/triggers/" in installed.stdout
    assert 0 == fine.exit_code
    assert 1 == missing.exit_code
    assert "before_insert_call_set_direction" in {item["name"] for item in json.loads(missing.stdout)}
    assert "gone" in dropped.stdout
    assert "left out by the operator" in _type(rt, "triggers", "verify").stdout
    assert {"before_appointment_insert_company_check", "before_appointment_update_company_check"} == {
        str(name) for (name,) in left
    }


def test_the_page_of_rules_is_printed_without_a_database() -> None:
    """What docs/rules.md is made of."""
    said = CliRunner().invoke(build_app(), ["rules", "doc"], catch_exceptions=False)

    assert said.stdout.startswith("# Rules")


def test_alerts_are_listed_answered_and_muted(rt: Runtime) -> None:
    """Who is told can look, take it on, and keep a rule quiet for a while."""
    worlds.add_call(rt.engine, session_outcome="appointment_booked")
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    pipeline.notify_findings(rt, run_id="r1")
    numbers = [str(alert["id"]) for alert in json.loads(_type(rt, "alert", "list", "--json").stdout)["alerts"]]
    number = numbers[0]

    _type(rt, "alert", "ack", number)
    _type(rt, "alert", "snooze", number, "--hours", "2")
    _type(rt, "alert", "mute", "--rule", "call_direction_present", "--reason", "an import runs")
    _type(rt, "alert", "mute", "--rule", "appointment_rollback", "--reason", "what the guard finds has a name, too")
    listed = _type(rt, "alert", "list").stdout
    shown = _type(rt, "alert", "show", number).stdout
    for mute in json.loads(_type(rt, "alert", "list", "--json").stdout)["mutes"]:
        _type(rt, "alert", "unmute", str(mute["id"]))
    _type(rt, "alert", "close", *numbers)

    assert "an import runs" in listed
    assert "appointment_rollback" in listed
    assert "acknowledged" in shown
    assert "snoozed" in shown
    assert "no alert is open" in _type(rt, "alert", "list").stdout
    assert "an import runs" not in _type(rt, "alert", "list").stdout


def test_a_message_that_cannot_be_read_is_listed_and_decided_by_command(rt: Runtime) -> None:
    """It names what waits and why; sent again it is read again, and discarded it is gone."""
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_outbox (dedupe_key, kind, severity, subject, body, created_at)"
        " VALUES ('k', 'findings', 'critical', 's', '{', NOW(6))",
    )
    with pytest.raises(DeliveryFailed, match="1 set aside"):
        pipeline.deliver_outbox(rt)
    number = str(json.loads(_type(rt, "alert", "mails", "--json").stdout)[0]["id"])

    _type(rt, "alert", "resend", number)
    with pytest.raises(DeliveryFailed, match="1 set aside"):
        pipeline.deliver_outbox(rt)
    number = str(json.loads(_type(rt, "alert", "mails", "--json").stdout)[0]["id"])
    _type(rt, "alert", "discard", number)

    assert "nothing waits" in _type(rt, "alert", "mails").stdout
    assert 0 == pipeline.deliver_outbox(rt).sent
