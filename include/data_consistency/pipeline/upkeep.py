"""Upkeep: retention of our own tables, in small batches."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.logs import logger_of
from data_consistency.pipeline.keeping import may_prune, prune_audit
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# Days that rows are kept after they are settled; open ones are kept for ever.
RETENTION_DAYS = {
    "resolved_findings": 90,
    "rule_results": 90,
    "runs": 365,
    "review_items": 365,
    "deliveries": 30,
    "messages": 30,
    "alert_events": 365,
    "alert_lives": 90,
    "alert_mutes": 365,
    "breaker_events": 90,
    "breaker_metrics": 30,
    "breaker_permits": 1,
    "announcements": 30,
    "hints": 1,
    "incidents": 365,
    # These go with what they belong to.
    "plan_rows": 365,
    "notes": 365,
    "touched": 30,
}
_BATCH = 5000


def maintain(rt: Runtime, *, run_id: str) -> dict[str, int]:
    """Delete what is older than its retention; returns deleted rows by kind."""
    deleted: dict[str, int] = {}
    for kind, days in RETENTION_DAYS.items():
        before = rt.now() - timedelta(days=days)
        total = 0
        while True:
            count = rt.repeated(partial(_purge, kind=kind, before=before))
            total += count
            if count < _BATCH:
                break
        deleted[kind] = total
    deleted |= _prune(rt)
    logger.info("maintenance finished run=%s deleted=%d", run_id, sum(deleted.values()))
    return deleted


def _purge(connection: Connection, *, kind: str, before: datetime) -> int:
    return sql.run(connection, f"purge_{kind}", before=before, batch=_BATCH).rowcount


def _prune(rt: Runtime) -> dict[str, int]:
    """Events and audit, where this user may delete them: the corrector's may not, so that nobody it serves can."""
    if not may_prune(rt):
        logger.info("events and audit are left to whoever may delete them: `consistency audit prune` as the migrator")
        return {}
    pruned = prune_audit(rt, actor="maintenance")
    return {"events": pruned.events, "corrections": pruned.corrections}
