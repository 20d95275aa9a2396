"""A row costs the same to correct, however many are corrected with it: what the server reads is counted."""

from collections.abc import Iterator

import pytest

from data_consistency import pipeline
from data_consistency.correct import applying
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations
from tests import worlds
from tests.benchmarks.meter import counted

_RULE = "call_direction_present"
# The version before the one that keeps counts.
_BEFORE = "0025"
_FEW, _MANY = 40, 320
# What is read once a run, and what an index reads beside a row, are not growth.
_SLACK = 1.2


@pytest.fixture
def able(rt: Runtime) -> Iterator[Runtime]:
    """One whose caps keep nothing back."""
    settings = {
        "DRY_RUN": "false",
        "MAX_CORRECTIONS": "1000000",
        "MAX_CORRECTION_RATIO": "1",
        "MIN_ROWS_FOR_RATIO": "1",
    }
    made = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), **settings)
    yield made
    made.engine.dispose()


def test_many_rows_cost_as_much_a_row_as_few(able: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caps that were counted from every row changed so far, batch by batch, cost the square of the rows."""
    monkeypatch.setattr(applying, "BATCH_ROWS", 20)

    few, many = (_reads_of_a_row(able, rows) for rows in (_FEW, _MANY))

    assert many <= _SLACK * few, (few, many)


def test_what_was_changed_before_the_counts_were_kept_counts(able: Runtime) -> None:
    """Or a rule could change twice as much on the day of the migration."""
    _reads_of_a_row(able, 3)
    counts = "SELECT rule, run_id, found_by, changed FROM consistency_gate_uses"
    kept = worlds.execute(able.engine, counts)

    migrations.rollback(able.engine, to=_BEFORE)
    migrations.migrate(able.engine)

    assert [(_RULE, "run_3", "run_3", 3)] == kept == worlds.execute(able.engine, counts)


def _reads_of_a_row(rt: Runtime, rows: int) -> float:
    """Rows that the server reads for each of some rows that are corrected in one run."""
    for _ in range(rows):
        worlds.add_call(rt.engine, direction=None)
    worlds.execute(rt.engine, "ANALYZE TABLE calls, data_consistency_alerts, consistency_corrections")
    run_id = f"run_{rows}"
    pipeline.begin(rt, run_id, "correct", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full")
    with counted(rt.engine) as statements:
        counts = pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", rule_id=_RULE)
    assert rows == counts.corrected
    return statements.rows_read / rows
