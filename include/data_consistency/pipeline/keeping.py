"""Keeping the audit: follow its chain; delete whole runs whose time is over, with a checkpoint in their place."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.transactions import snapshot
from data_consistency.errors import WrongUse
from data_consistency.ledger import chain, events
from data_consistency.ledger.chain import Verdict
from data_consistency.ledger.runs import new_run_id
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# Days that events and audit are kept; after that a change can no longer be undone.
AUDIT_DAYS = 365
_RUNS = 100  # deleted in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was deleted."""

    runs: int = 0
    events: int = 0
    corrections: int = 0


def verify_audit(rt: Runtime) -> Verdict:
    """Follow every link of the chain of events, as it is at one moment."""
    with snapshot(rt.engine) as connection:
        verdict = chain.verify(connection)
    if verdict.first is not None:
        logger.error("the audit is broken broken=%d first=%s", verdict.broken, verdict.first)
    return verdict


def may_prune(rt: Runtime) -> bool:
    """Whether this database user may delete events and audit; the corrector's may not."""
    try:
        with rt.engine.begin() as connection:
            sql.run(connection, "try_to_prune")
    except DBAPIError as error:
        if server_errors.is_denied(error):
            return False
        raise
    return True


def prune_audit(rt: Runtime, *, actor: str, days: int = AUDIT_DAYS) -> Pruned:
    """Delete events and audit of runs of which nothing happened since; each transaction leaves a checkpoint.

    Raises:
        WrongUse: this database user may not delete them.
    """
    if not may_prune(rt):
        raise WrongUse("this database user may delete neither events nor audit; prune as the migrator")
    before = rt.now() - timedelta(days=days)
    done = Pruned()
    while True:
        step = rt.repeated(partial(_prune, rt=rt, actor=actor, before=before))
        done = Pruned(
            runs=done.runs + step.runs,
            events=done.events + step.events,
            corrections=done.corrections + step.corrections,
        )
        if step.runs < _RUNS:
            older = rt.repeated(partial(_delete_loose, before=before))
            done = replace(done, corrections=done.corrections + older)
            logger.info("audit pruned runs=%d events=%d corrections=%d", done.runs, done.events, done.corrections)
            return done


def _delete_loose(connection: Connection, *, before: datetime) -> int:
    sql.run(connection, "delete_old_gate_uses", before=before)
    return sql.run(connection, "delete_old_corrections", before=before).rowcount


def _prune(connection: Connection, *, rt: Runtime, actor: str, before: datetime) -> Pruned:
    names = [str(run_id) for (run_id,) in sql.run(connection, "runs_to_prune", before=before, batch=_RUNS)]
    if not names:
        return Pruned()
    ends = [str(end) for (end,) in sql.run(connection, "ends_of_runs", names=names)]
    sql.run(connection, "delete_undos_of_runs", names=names)
    corrections = sql.run(connection, "delete_corrections_of_runs", names=names).rowcount
    deleted = sql.run(connection, "delete_events_of_runs", names=names).rowcount
    now = rt.now()
    events.checkpoint(
        connection,
        run_id=new_run_id("prune", now, rt.source),
        ends=ends,
        detail={"runs": len(names), "events": deleted, "corrections": corrections, "before": before.isoformat()},
        actor=actor,
        now=now,
    )
    return Pruned(runs=len(names), events=deleted, corrections=corrections)
