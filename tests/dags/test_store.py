"""The report copied to a storage of objects: what changed of it, whole, and told where it cannot be."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from data_consistency import pipeline
from data_consistency.airflow.operators import PublishReportOperator
from data_consistency.airflow.store import MANIFEST, copy_site
from data_consistency.errors import CheckNotEvaluated, NotStored
from data_consistency.runtime import Runtime
from tests import worlds


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a report."""
    for name, said in {"consistency-report.html": "1", "reports/2026-10-19.html": "2", "static/a.css": "3"}.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(said, encoding="utf-8")
    return tmp_path / "site"


def _files(folder: Path) -> dict[str, str]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items() if name != MANIFEST}


def test_a_day_writes_what_has_changed_and_takes_away_what_is_gone(site: Path, tmp_path: Path) -> None:
    """The place holds what the folder holds, however it was left; files that are being written stay here."""
    there = tmp_path / "bucket"
    assert 3 == copy_site(site, f"file://{there}")
    assert _files(site) == _files(there)

    assert 0 == copy_site(site, f"file://{there}")
    (site / "reports/2026-10-20.html").write_text("4", encoding="utf-8")
    (site / "consistency-report.html").write_text("5", encoding="utf-8")
    (site / "reports/2026-10-19.html").unlink()
    (site / ".index.html.partial").write_text("half", encoding="utf-8")
    assert 2 == copy_site(site, f"file://{there}")
    expected = {name: said for name, said in _files(site).items() if not name.endswith(".partial")}
    assert expected == _files(there)

    (there / MANIFEST).write_text("[", encoding="utf-8")
    assert 3 == copy_site(site, f"file://{there}")
    assert expected == _files(there)


def test_a_list_that_somebody_changed_takes_nothing_away_elsewhere(site: Path, tmp_path: Path) -> None:
    """Beside the place is not in it."""
    (tmp_path / "theirs").write_text("kept", encoding="utf-8")
    copy_site(site, f"file://{tmp_path / 'bucket'}")
    (tmp_path / "bucket" / MANIFEST).write_text(
        json.dumps({"../theirs": "x", f"{tmp_path}/theirs": "x"}), encoding="utf-8"
    )

    copy_site(site, f"file://{tmp_path / 'bucket'}")

    assert "kept" == (tmp_path / "theirs").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["nonsense://bucket/x", "file:///proc/nowhere", "file://{file}/x"])
def test_a_place_that_takes_nothing_is_one_error_that_names_the_setting(
    site: Path, tmp_path: Path, target: str
) -> None:
    """What was written here stays here."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(NotStored, match="CONSISTENCY_REPORT_STORE=") as refused:
        copy_site(site, target.format(file=tmp_path / "file"))

    assert "\n" not in str(refused.value)
    assert 3 == len(_files(site))


def test_the_daily_run_copies_the_report_also_where_a_rule_was_silent(rt: Runtime, tmp_path: Path) -> None:
    """The run is red for the rule, and readers have the report that says so."""
    worlds.add_call(rt.engine)
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    told = worlds.runtime(
        rt.engine.url.render_as_string(hide_password=False), REPORT_STORE=f"file://{tmp_path / 'bucket'}/"
    )
    context: Any = {"dag_run": SimpleNamespace(run_after=worlds.long_ago())}
    pipeline.begin(told, "daily-1", "report", "test")

    with pytest.raises(CheckNotEvaluated):
        PublishReportOperator(task_id="publish").work(told, "daily-1", context)

    told.engine.dispose()
    page = (tmp_path / "bucket" / "consistency-report.html").read_text(encoding="utf-8")
    assert "column calls.direction is missing" in page
