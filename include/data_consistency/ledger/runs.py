"""Runs and their verdicts."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind
from data_consistency.rules.outcomes import Scan
from data_consistency.sources import Source


def new_run_id(kind: str, now: datetime, source: Source) -> str:
    """A readable, unique id of a run started by hand."""
    return f"{source.named(kind)}__{now:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def start(
    connection: Connection, run_id: str, *, kind: str, actor: str, dry_run: bool, rule_set: str | None, now: datetime
) -> None:
    """Note that a run began; the same id again means that it goes on."""
    before = sql.run(connection, "run_state", run_id=run_id).scalar_one_or_none()
    sql.run(connection, "start_run", run_id=run_id, kind=kind, actor=actor, dry_run=dry_run, rule_set=rule_set, now=now)
    sql.run(connection, "beat", name=kind, run_id=run_id, now=now)
    if before != events.RUNNING:
        began = Event(kind=Kind.RUN, state_from=before, state_to=events.RUNNING, detail={"kind": kind})
        events.append(connection, [began], run_id=run_id, now=now)


def is_running(connection: Connection, run_id: str) -> bool:
    """Whether a run has begun and has not ended, as far as anybody noted."""
    return sql.run(connection, "run_state", run_id=run_id).scalar_one_or_none() == events.RUNNING


def finish(
    connection: Connection,
    run_id: str,
    *,
    now: datetime,
    counts: Mapping[str, object] | None = None,
    error: str | None = None,
) -> None:
    """Note how a run ended; `error` is a class and a place, never data. The chain of its events ends with it."""
    status = "failed" if error else "succeeded"
    sql.run(
        connection,
        "finish_run",
        run_id=run_id,
        status=status,
        counts=None if counts is None else json.dumps(counts),
        error=None if error is None else error[:500],
        now=now,
    )
    events.seal(connection, run_id=run_id, state=status, now=now)


def record_results(connection: Connection, scan: Scan, run_id: str, now: datetime) -> None:
    """Store the verdict of every rule of a scan."""
    rows = [
        {
            "run_id": run_id,
            "table_name": scan.table,
            "rule": outcome.rule.id,
            "catalogue": outcome.rule.catalogue,
            "severity": outcome.rule.severity.value,
            "mode": outcome.rule.mode.value,
            "rule_fingerprint": outcome.rule.fingerprint,
            "outcome": outcome.verdict.value,
            "rows_checked": outcome.rows_checked,
            "violations": outcome.violations,
            "reason": None if outcome.reason is None else outcome.reason[:500],
            "scope": scan.scope.kind,
            "company_id": scan.scope.company_id,
            "now": now,
        }
        for outcome in scan.outcomes
    ]
    sql.run_many(connection, "insert_rule_result", rows)
