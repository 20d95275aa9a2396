"""The daily full check in Great Expectations."""

import pytest

from data_consistency import pipeline
from data_consistency.errors import CheckNotEvaluated
from data_consistency.runtime import Runtime
from tests import worlds


def test_the_full_check_finds_what_the_five_minute_check_finds(rt: Runtime) -> None:
    """Two readers of one suite: equal counts, one ledger, pages for people."""
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, session_outcome="nonsense")
    worlds.add_customer(rt.engine, email="")
    pipeline.begin(rt, "r1", "check", "test")
    plain = {table: pipeline.check_table(rt, table=table, run_id="r1").violations for table in rt.suites()}

    pipeline.begin(rt, "r2", "full", "test")
    counts = pipeline.full_check(rt, run_id="r2")

    assert plain == {count.table: count.violations for count in counts}
    assert 0 == sum(count.opened for count in counts)
    assert (rt.settings.var / "data_docs" / "index.html").is_file()


def test_a_rule_that_cannot_be_evaluated_fails_the_run_after_the_pages_are_written(rt: Runtime) -> None:
    """Data docs show what is known; the run is red because something is not."""
    worlds.add_call(rt.engine, session_outcome="nonsense")
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    pipeline.begin(rt, "r1", "full", "test")

    with pytest.raises(CheckNotEvaluated, match="call_direction_present"):
        pipeline.full_check(rt, run_id="r1")

    assert (rt.settings.var / "data_docs" / "index.html").is_file()
    assert [("call_outcome_is_known",)] == worlds.execute(rt.engine, "SELECT alert_type FROM data_consistency_alerts")
