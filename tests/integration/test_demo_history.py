"""Two weeks of work before the bad morning, as a scheduler would have left them."""

from datetime import timedelta

import pytest

from consistency_sandbox.demo import history
from consistency_sandbox.demo.load import load_demo
from data_consistency import pipeline
from tests import worlds


@pytest.mark.timeout(900)
def test_two_weeks_are_lived_through_at_their_own_time(empty_schema: str) -> None:
    """Each day is checked, corrected and reported then; the morning of today is untouched, and nothing waits of it."""
    rt = worlds.runtime(empty_schema)
    now = rt.now()
    load_demo(rt.engine, now)
    calls = worlds.execute(rt.engine, "SELECT * FROM calls ORDER BY id")

    totals = history.live_through(rt, now)

    runs = worlds.execute(
        rt.engine,
        "SELECT DATE(started_at), COUNT(*), SUM(status = 'succeeded') FROM consistency_runs GROUP BY 1 ORDER BY 1",
    )
    assert history.DAYS * 24 == totals["calls"]
    assert totals["wrong"] == totals["corrected"] > history.DAYS
    assert history.DAYS + 1 == len(runs)
    assert all(count == good for _, count, good in runs)
    assert all(day < (now - timedelta(days=1)).date() for day, *_ in runs)
    assert calls == worlds.execute(rt.engine, "SELECT * FROM calls WHERE id < 1000 ORDER BY id")
    assert [(0,)] == worlds.execute(rt.engine, "SELECT COUNT(*) FROM data_consistency_alerts WHERE status = 'open'")
    assert [("on",)] == worlds.execute(
        rt.engine, "SELECT IF(value = 'true', 'on', 'off') FROM consistency_settings WHERE name = 'triggers_enabled'"
    )
    pages = sorted(path.name for path in (rt.settings.var / "data_docs").rglob("*.html"))
    assert history.DAYS <= len([name for name in pages if name[:2] == "20"]), pages
    done = pipeline.check_run(rt, actor="test", full=True)
    assert 0 < sum(sum(table.violations.values()) for table in done.tables)
    rt.engine.dispose()
