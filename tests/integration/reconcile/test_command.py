"""`consistency calcom reconcile` as people and machines start it, and as they kill it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from consistency_sandbox.fake_calcom import KEY
from data_consistency.cli import build_app
from data_consistency.errors import ConfigurationError, DatabaseUnavailable, WrongUse
from data_consistency.ledger import queue
from data_consistency.runtime import log_to_file
from tests import worlds
from tests.calendar_world import Calendar
from tests.patience import PATIENCE

_COMMAND = [sys.executable, "-m", "data_consistency", "calcom", "reconcile", "--json"]


def _environment(calendar: Calendar, **more: str) -> dict[str, str]:
    return {
        "CONSISTENCY_DB_URL": calendar.rt.engine.url.render_as_string(hide_password=False),
        "CONSISTENCY_CALCOM_URL": calendar.fake.url,
        **more,
    }


def _type(calendar: Calendar, *words: str, **more: str) -> Result:
    runner = CliRunner(env=_environment(calendar, **more))
    return runner.invoke(build_app(), ["calcom", "reconcile", *words], catch_exceptions=True)


def test_without_a_calendar_the_step_is_skipped_with_a_word(calendar: Calendar) -> None:
    """Status 0; the rules stay not evaluated, by the operator's choice."""
    typed = _type(calendar)

    assert (0, "no Cal.com source is configured\n") == (typed.exit_code, typed.stdout)
    assert set() == calendar.heartbeats()
    assert "no Cal.com source is configured" == json.loads(_type(calendar, "--json").stdout)["skipped"]


def test_one_key_and_one_company(calendar: Calendar) -> None:
    """Nothing but the key is needed; the reviewer sees both sides."""
    worlds.execute(calendar.rt.engine, "DELETE FROM phone_numbers WHERE company_id = 2")
    worlds.execute(calendar.rt.engine, "DELETE FROM companies WHERE id = 2")
    record = calendar.fake.add(start=calendar.coming())
    calendar.book(record, starts_at=record.end.replace(tzinfo=None))

    typed = _type(calendar, "--horizon", CONSISTENCY_CALCOM_KEY=KEY)

    assert 0 == typed.exit_code, typed.output
    assert "appointments.appointment_is_at_the_time_of_the_calendar: 1" in typed.stdout
    with calendar.rt.transaction() as connection:
        (item,) = [item for item in queue.list_items(connection) if item.rule_id.endswith("_time_of_the_calendar")]
    shown = CliRunner(env=_environment(calendar)).invoke(build_app(), ["queue", "show", str(item.id)])
    assert "difference begins 30 minutes later here" in shown.stdout
    assert f"calendar   row 1, number {record.id}, starts_at {record.start:%Y-%m-%dT%H:%M:%SZ}" in shown.stdout
    assert record.uid not in shown.stdout


def test_a_key_among_several_companies_needs_a_name(calendar: Calendar) -> None:
    """Which company's it is cannot be guessed."""
    unnamed = _type(calendar, CONSISTENCY_CALCOM_KEY=KEY)
    unknown = _type(calendar, CONSISTENCY_CALCOM_KEY=KEY, CONSISTENCY_CALCOM_COMPANY="9")
    other = _type(calendar, "--company", "2", CONSISTENCY_CALCOM_KEY=KEY, CONSISTENCY_CALCOM_COMPANY="1")

    assert isinstance(unnamed.exception, ConfigurationError)
    assert "there are 2 companies" in str(unnamed.exception)
    assert isinstance(unknown.exception, ConfigurationError)
    assert "company 9, which does not exist" in str(unknown.exception)
    assert isinstance(other.exception, WrongUse)
    assert [] == calendar.fake.world.log


def test_a_file_names_a_key_for_each_company(calendar: Calendar, tmp_path: Path) -> None:
    """No key is in the file, and none in any log or answer."""
    calendar.fake.key("cal_live_secret_2")
    calendar.fake.add(start=calendar.coming())
    path = tmp_path / "companies.json"
    entries = [
        {"company": 1, "key_env": "CALCOM_KEY_1", "event_types": [100]},
        {"company": 2, "key_env": "CALCOM_KEY_2", "event_types": [200]},
    ]
    path.write_text(json.dumps(entries))
    keys = {"CALCOM_KEY_1": KEY, "CALCOM_KEY_2": "cal_live_secret_2", "CONSISTENCY_CALCOM_COMPANIES": str(path)}
    log_to_file(calendar.rt.settings)

    typed = _type(calendar, **keys)

    assert 0 == typed.exit_code, typed.output
    assert [(1,)] == calendar.mirror("company_id")
    log = (calendar.rt.settings.var / "log" / "data-consistency.log").read_text(encoding="utf-8")
    assert "cal_live" not in log + typed.output
    stored = worlds.execute(calendar.rt.engine, "SELECT CONCAT_WS(' ', detail, run_id) FROM consistency_incidents")
    assert [] == stored


def test_a_bad_key_is_status_3_with_its_reason(calendar: Calendar) -> None:
    """Never a clean run."""
    typed = _type(calendar, CONSISTENCY_CALCOM_KEY="cal_live_wrong", CONSISTENCY_CALCOM_COMPANY="1")

    assert 3 == typed.exit_code
    assert "NOT EVALUATED company 1: Cal.com, me: the key is refused (HTTP 401)" in typed.stdout
    ((status, error),) = worlds.execute(calendar.rt.engine, "SELECT status, error FROM consistency_runs")
    assert ("failed", True) == (status, "the key is refused" in str(error))
    assert 2 == len(calendar.readings("created_at"))  # so that its silence is not taken for the operator's choice


@pytest.mark.parametrize("after", [6, 12, 25])
def test_a_killed_run_is_gone_on_with(calendar: Calendar, after: int) -> None:
    """Kill -9 at any point: what was read is stored, and not read again."""
    calendar.fake.add(start=calendar.coming())
    calendar.fake.world.switches.latency = 0.05
    env = {**os.environ, **_environment(calendar, CONSISTENCY_CALCOM_KEY=KEY, CONSISTENCY_CALCOM_COMPANY="1")}
    process = subprocess.Popen(_COMMAND, env=env, stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(calendar.fake.world.log) < after and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    at_death = calendar.readings("kind, next_at, begun_at")
    asked = len(calendar.fake.world.log)
    calendar.fake.world.switches.latency = 0.0
    calendar.fake.world.log.clear()

    done = subprocess.run(_COMMAND, env=env, capture_output=True, text=True, check=False, timeout=60)

    assert 0 == done.returncode, done.stderr
    assert json.loads(done.stdout)["is_complete"]
    assert asked < 30  # it died on the way
    (kind, cursor, _) = next(row for row in at_death if row[2] is not None)
    name = "afterStart" if kind == "horizon" else "afterCreatedAt"
    resumed = next(request.query[name] for request in calendar.fake.world.log if name in request.query)
    assert f"{cursor:%Y-%m-%dT%H:%M:%S}" == resumed[:19]
    assert {"calcom", "calcom:1"} == calendar.heartbeats()
    assert {"GET"} == calendar.methods()


def test_a_reader_that_was_overtaken_stores_nothing(ours: Calendar) -> None:
    """The lock is lost with its connection; the cursor's own revision still decides."""
    from data_consistency.calendar import mirror
    from data_consistency.calendar.mirror import Kind

    now = ours.rt.now()
    with ours.rt.transaction() as connection:
        reading = mirror.readings_of(connection, 1, run_id="r1", now=now)[Kind.CHANGES]
        mirror.move(connection, reading, run_id="r2", now=now)

    with pytest.raises(DatabaseUnavailable, match="another reader"), ours.rt.transaction() as connection:
        mirror.move(connection, reading, run_id="r1", now=now)
