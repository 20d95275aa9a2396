"""`make up` and `make down`: the private Airflow with its private database, by command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data_consistency.cli import build_app


def _type(var: Path, *words: str) -> Result:
    return CliRunner(env={"CONSISTENCY_VAR": str(var)}).invoke(build_app(), ["airflow", *words], catch_exceptions=False)


@pytest.mark.timeout(600)
def test_up_says_where_everything_is_and_down_stops_it(tmp_path: Path) -> None:
    """URL, user, where the password stands, all DAGs on; twice is once; afterwards nothing runs."""
    var = tmp_path / "v"
    nothing = _type(var, "status")
    try:
        up = _type(var, "up", "--json")
        again = _type(var, "up")
        running = _type(var, "status", "--json")
    finally:
        down = _type(var, "down")
    after = _type(var, "down", "--json")

    facts = json.loads(up.stdout)
    assert 3 == nothing.exit_code
    assert facts["url"] in again.stdout
    assert {"consistency_check", "review_queue_processing", "daily_consistency_report"} <= set(facts["dags"])
    assert Path(facts["password_file"]).is_file()
    assert any("eml" in note for note in facts["notes"])
    assert [] == json.loads(running.stdout)["missing"]
    assert "Airflow stopped" in down.stdout
    assert not json.loads(after.stdout)["running"]
