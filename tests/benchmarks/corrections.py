"""Corrections of 10,000 rows against the least that can be done: one audited UPDATE by keys known before."""

from sqlalchemy import Engine, text

from data_consistency import pipeline
from data_consistency import runtime as runtimes
from data_consistency.correct.applying import BATCH_ROWS
from data_consistency.runtime import Runtime
from tests.benchmarks.meter import goal, interleaved, ratio

ROWS = 10_000
RULE = "call_direction_present"
_SPOIL = text("UPDATE calls SET direction = NULL, consistency_changed_at = '1970-01-02' WHERE id <= :last")
_KEYS = text("SELECT id FROM calls WHERE id <= :last AND direction IS NULL")
_AUDIT = text(
    "INSERT INTO consistency_corrections (run_id, rule, rule_fingerprint, correction, table_name, entity_id,"
    " company_id, before_values, after_values, evidence, actor, applied_at)"
    " SELECT 'limit', 'limit', 'limit', 'limit', 'calls', id, company_id, JSON_OBJECT('direction', direction),"
    " JSON_OBJECT('direction', 'inbound'), 'limit', 'limit', UTC_TIMESTAMP(6) FROM calls WHERE id IN :ids"
)
_SET = text("UPDATE calls SET direction = 'inbound' WHERE id IN :ids")


def run(engine: Engine, rounds: int = 3) -> list[dict[str, object]]:
    """Time of a correction run and of the least possible, in turns."""
    rt = runtimes.build(
        {
            "CONSISTENCY_DB_URL": engine.url.render_as_string(hide_password=False),
            "CONSISTENCY_DRY_RUN": "false",
            "CONSISTENCY_MAX_CORRECTIONS": "1000000",
            "CONSISTENCY_MAX_CORRECTION_RATIO": "1",
        }
    )
    ours, limit = [], []
    for number in range(rounds):
        _spoil(rt.engine)
        limit += interleaved({"limit": lambda: _limit(rt.engine)}, 1)["limit"]
        _spoil(rt.engine)
        run_id = f"bench_{number}"
        pipeline.begin(rt, run_id, "correct", "bench")
        pipeline.check_table(rt, table="calls", run_id=run_id, kind="range", first_id=1, last_id=ROWS)
        ours += interleaved({"ours": lambda run_id=run_id: _correct(rt, run_id)}, 1)["ours"]  # type: ignore[misc]
        with rt.engine.begin() as connection:
            # Only what the rule corrected twice within a day is oscillating; each round starts with a clean record.
            connection.execute(text("DELETE FROM consistency_corrections"))
            connection.execute(text("DELETE FROM data_consistency_alerts"))
    return [
        goal(
            f"correction of {ROWS:,} rows: time, times one audited UPDATE by known keys",
            ratio(ours, limit),
            10.0,
            "lower",
        ),
        goal(f"correction of {ROWS:,} rows: rows locked by one transaction", BATCH_ROWS, 1000, "lower"),
    ]


def _spoil(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(_SPOIL, {"last": ROWS})


def _limit(engine: Engine) -> None:
    from data_consistency.db import sql

    with engine.begin() as connection:
        ids = [int(found) for (found,) in connection.execute(_KEYS, {"last": ROWS})]
        sql.execute(connection, _AUDIT.text, {"ids": ids})
        sql.execute(connection, _SET.text, {"ids": ids})
    assert len(ids) == ROWS


def _correct(rt: Runtime, run_id: str) -> None:
    counts = pipeline.correct_table(rt, table="calls", run_id=run_id, actor="bench", rule_id=RULE)
    assert counts.corrected == ROWS, counts
