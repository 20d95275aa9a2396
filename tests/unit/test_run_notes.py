"""Notes on runs of DAGs, and where links of tasks lead."""

from types import SimpleNamespace
from typing import Any

import pytest

from data_consistency.airflow import links, notes
from data_consistency.pipeline import Totals


def test_what_a_note_says() -> None:
    """Three numbers; a check that found nothing says so, other work nothing."""
    found = Totals(found=121, corrected=31, stopped=2, is_check=True)

    assert "121 found, 31 corrected, 2 stopped" == found.said
    assert "nothing found" == Totals(found=0, corrected=0, stopped=0, is_check=True).said
    assert "" == Totals(found=0, corrected=0, stopped=0, is_check=False).said


def test_a_note_that_fails_stops_no_run(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the scheduler hands in."""
    nothing: Any = SimpleNamespace(run_id="r1")

    notes.on_dag_run_success(dag_run=nothing, msg="")
    notes.on_dag_run_failed(dag_run=nothing, msg="")

    assert 2 == caplog.text.count("no note was put on the run r1")


@pytest.mark.parametrize(("base", "root"), [("", ""), ("http://x.org", ""), ("https://x.org/air/", "/air")])
def test_where_links_lead(monkeypatch: pytest.MonkeyPatch, base: str, root: str) -> None:
    """Below the path under which Airflow is known, to the database of the task; ids may hold any character."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
    task: Any = SimpleNamespace(source="shop")
    key: Any = SimpleNamespace(dag_id="check__shop", run_id="manual__1+00:00 &x")

    assert f"{root}/consistency/shop/run?id=check__shop__manual__1%2B00%3A00+%26x" == links.RunLink().get_link(
        task, ti_key=key
    )
    assert f"{root}/consistency/shop/items" == links.QueueLink().get_link(task, ti_key=key)
