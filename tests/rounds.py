"""A round of everything, as the five-minute DAG does it, for tests."""

from data_consistency import pipeline
from data_consistency.runtime import Runtime
from tests import worlds


def run_all(rt: Runtime, run_id: str, *, dry_run: bool | None = None, kind: str = "changed") -> dict[str, int]:
    """Check and correct everything, as the five-minute DAG does; returns corrected rows by table."""
    pipeline.begin(rt, run_id, "check", "test", dry_run=dry_run)
    for table in rt.suites():
        pipeline.check_table(rt, table=table, run_id=run_id, kind=kind)
    corrected = {
        table: pipeline.correct_table(rt, table=table, run_id=run_id, actor="test", dry_run=dry_run).corrected
        for table in rt.suites()
    }
    pipeline.fill_review_queue(rt, run_id=run_id)
    pipeline.finish(rt, run_id, counts={"corrected": sum(corrected.values())})
    return corrected


def findings(rt: Runtime) -> set[tuple[object, ...]]:
    """Rule, row and status of each finding."""
    return set(worlds.execute(rt.engine, "SELECT alert_type, entity_id, status FROM data_consistency_alerts"))
