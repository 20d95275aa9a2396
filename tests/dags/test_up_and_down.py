"""`make up` and `make down`: the private Airflow with its private database, by command."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from consistency_sandbox.private_airflow import commands
from consistency_sandbox.private_airflow.server import ASKS_PEOPLE
from data_consistency.cli import build_app
from data_consistency.project import shipped


def _type(var: Path, *words: str, **settings: str) -> Result:
    env = {"CONSISTENCY_VAR": str(var), **settings}
    return CliRunner(env=env).invoke(build_app(), ["airflow", *words], catch_exceptions=False)


def _as_typed(line: str) -> "subprocess.CompletedProcess[str]":
    """A printed command, in a shell that knows no setting of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONSISTENCY_", "AIRFLOW"))}
    del kept["PYTHONPATH"]
    return subprocess.run(["sh", "-c", line], env=kept, capture_output=True, text=True, check=False)


@pytest.mark.timeout(1800)
def test_up_opens_with_green_runs_and_says_what_works_as_typed(tmp_path: Path) -> None:
    """Without a database of one's own: the demo's data, green first runs, a login, commands that need no export.

    Twice is once, and keeps what became of the data; afterwards nothing runs.
    """
    var = tmp_path / "v"
    nothing = _type(var, "status")
    try:
        up = _type(var, "up", "--json")
        again = _type(var, "up")
        running = _type(var, "status", "--json")
        typed = re.findall(r"^try +(.*)$", again.stdout, re.MULTILINE)
        done = {line: _as_typed(line) for line in typed}
        state = _as_typed(f"{typed[0].rpartition(' ')[0]} airflow status --json")
    finally:
        down = _type(var, "down")
    after = _type(var, "down", "--json")

    facts = json.loads(up.stdout)
    assert 3 == nothing.exit_code
    assert {"consistency_check", "review_queue_processing", "daily_consistency_report"} <= set(facts["runs"])
    ended = {dag_id: state for dag_id, state in facts["runs"].items() if dag_id != "consistency_approvals"}
    assert {"success"} == set(ended.values()), facts["runs"]
    assert facts["runs"].get("consistency_approvals") in {"success", ASKS_PEOPLE}, "whether a plan waits by then"
    assert {*facts["runs"], "consistency_backfill", "consistency_schema"} == set(facts["dags"])
    password = json.loads(Path(facts["password_file"]).read_text(encoding="utf-8"))["admin"]
    assert f"login     admin, password {password}" in again.stdout
    assert facts["url"] in again.stdout
    looked = re.findall(r"^look +(\S+)  ", again.stdout, re.MULTILINE)
    assert [f"{facts['url']}/plugin/consistency-review", f"{facts['url']}/dags/consistency_check"] == looked[:2]
    assert Path(looked[2]).is_file()
    assert 14 <= len(list((var / "data_docs").rglob("????-??-??.html"))), "the days before"
    assert any("eml" in note for note in facts["notes"])
    assert [] == json.loads(running.stdout)["missing"]
    assert ["doctor", "plan", "incident list", "queue list"] == [line.partition("consistency ")[2] for line in typed]
    for line, result in done.items():
        assert result.returncode in {0, 1}, (line, result.stderr)
        assert result.stdout, line
        assert not result.stderr, line
    assert facts["url"] == json.loads(state.stdout)["url"]
    assert "Airflow stopped" in down.stdout
    assert re.search(r"^stop +.*consistency airflow down$", again.stdout, re.MULTILINE)
    assert not json.loads(after.stdout)["running"]


@pytest.mark.timeout(600)
def test_a_schema_that_is_not_ours_starts_no_dag(tmp_path: Path, source_schema: str) -> None:
    """Nothing is loaded into a database of one's own; its DAGs stay off, and the advice works as typed."""
    from sqlalchemy import create_engine

    engine = create_engine(source_schema)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE consistency_marker")
        calls = connection.exec_driver_sql("SELECT COUNT(*) FROM calls").scalar_one()
    var = tmp_path / "v"
    try:
        up = _type(var, "up", "--json", CONSISTENCY_DB_URL=source_schema)
    finally:
        _type(var, "down")

    facts = json.loads(up.stdout)
    assert ([], {}) == (facts["dags"], facts["runs"])
    advice = re.findall(r"`([^`]+)`", facts["notes"][0])
    adopted = _as_typed(f"CONSISTENCY_DB_URL={shlex.quote(source_schema)} {advice[0]} --environment test")
    assert 0 == adopted.returncode, adopted.stderr
    assert advice[1].endswith("consistency airflow up")
    assert not (var / "consistency").exists()
    with engine.connect() as connection:
        assert calls == connection.exec_driver_sql("SELECT COUNT(*) FROM calls").scalar_one()
    engine.dispose()


def test_the_command_keeps_no_secret_and_is_the_owner_s_alone(tmp_path: Path) -> None:
    """Only what a private database is made of stands in the file."""
    settings = {"CONSISTENCY_DB_URL": "mysql+pymysql://root@/x", "CONSISTENCY_CALCOM_KEY": "secret", "PATH": "/x"}

    typed = commands.write(tmp_path, settings, shipped())

    text = (tmp_path / "consistency").read_text(encoding="utf-8")
    assert str(tmp_path / "consistency") == typed
    assert "mysql+pymysql://root@/x" in text
    assert "secret" not in text
    assert 0o700 == (tmp_path / "consistency").stat().st_mode & 0o777
