"""Runs and their verdicts."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind
from data_consistency.rules.outcomes import Outcome, Scan
from data_consistency.sources import Source

# A step of a run takes no longer; one of a check of what changed far less.
LONGEST_SILENCE = timedelta(hours=3)
SILENCE: Mapping[str, timedelta] = {"check": timedelta(minutes=45)}
# A rule that cannot be evaluated, for the same reason, is a verdict so often.
_SILENCE_IS_SAID_AGAIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A run that was ended because nobody went on with it."""

    run_id: str
    kind: str
    alive_at: datetime


def new_run_id(kind: str, now: datetime, source: Source) -> str:
    """A readable, unique id of a run started by hand."""
    return f"{source.named(kind)}__{now:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def start(
    connection: Connection, run_id: str, *, kind: str, actor: str, dry_run: bool, rule_set: str | None, now: datetime
) -> None:
    """Note that a run began; the same id again means that it goes on."""
    before = sql.run(connection, "run_state", run_id=run_id).scalar_one_or_none()
    sql.run(connection, "start_run", run_id=run_id, kind=kind, actor=actor, dry_run=dry_run, rule_set=rule_set, now=now)
    if before != events.RUNNING:
        began = Event(kind=Kind.RUN, state_from=before, state_to=events.RUNNING, detail={"kind": kind})
        events.append(connection, [began], run_id=run_id, now=now)


def is_running(connection: Connection, run_id: str) -> bool:
    """Whether a run has begun and has not ended, as far as anybody noted."""
    return sql.run(connection, "run_state", run_id=run_id).scalar_one_or_none() == events.RUNNING


def give_sign(connection: Connection, run_id: str, now: datetime) -> None:
    """Note that a run is alive; each of its steps does."""
    sql.run(connection, "sign_of_run", run_id=run_id, now=now)


def end_dead(connection: Connection, now: datetime) -> list[Dead]:
    """End the runs that nobody goes on with: they gave no sign of life for longer than any step takes.

    Returns:
        The runs that were ended; a run that wakes up after all says how it ended itself.
    """
    rows = sql.run(connection, "silent_runs", checks=now - SILENCE["check"], others=now - LONGEST_SILENCE).all()
    dead = [Dead(run_id=str(run_id), kind=str(kind), alive_at=alive_at) for run_id, kind, alive_at in rows]
    for run in dead:
        finish(connection, run.run_id, now=now, error=f"ended: no sign of life since {run.alive_at:%Y-%m-%d %H:%M} UTC")
    return dead


def finish(
    connection: Connection,
    run_id: str,
    *,
    now: datetime,
    counts: Mapping[str, object] | None = None,
    error: str | None = None,
    beats: bool = True,
) -> None:
    """Note how a run ended; the chain of its events ends with it. One that did all of its work beats for its kind.

    Args:
        connection: in a transaction.
        run_id: of the run.
        now: UTC, naive.
        counts: of what it did.
        error: a class and a place, never data; None: it ended well.
        beats: False: it was about a part alone, so that it says nothing of the whole.
    """
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
    if error is None and beats:
        sql.run(connection, "beat_of_run", run_id=run_id, now=now)
    events.seal(connection, run_id=run_id, state=status, now=now)


def record_results(connection: Connection, scan: Scan, run_id: str, now: datetime) -> None:
    """Store the verdicts of a scan.

    Of a check of what changed, only what failed, and once a day what could not be evaluated: the daily check says of
    all rules how they are, and a check every five minutes would add tens of thousands of rows a day that say nothing.
    """
    outcomes: Sequence[Outcome] = scan.outcomes
    if scan.scope.kind == "changed":
        outcomes = _news(connection, [one for one in outcomes if one.violations or not one.is_judged], scan, now)
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
            "reason": _reason(outcome),
            "scope": scan.scope.kind,
            "company_id": scan.scope.company_id,
            "now": now,
        }
        for outcome in outcomes
    ]
    sql.run_many(connection, "insert_rule_result", rows)


def _news(connection: Connection, outcomes: Sequence[Outcome], scan: Scan, now: datetime) -> list[Outcome]:
    """Outcomes but for rules that were as silent before, for the same reason."""
    silent = [outcome.rule.id for outcome in outcomes if not outcome.violations]
    if not silent:
        return list(outcomes)
    before = sql.run(
        connection, "silent_before", rules=silent, since=now - _SILENCE_IS_SAID_AGAIN, company_id=scan.scope.company_id
    )
    known = {(str(rule), reason, str(mode), str(version)) for rule, reason, mode, version in before}
    return [
        outcome
        for outcome in outcomes
        if outcome.violations
        or (outcome.rule.id, _reason(outcome), outcome.rule.mode.value, outcome.rule.fingerprint) not in known
    ]


def _reason(outcome: Outcome) -> str | None:
    return None if outcome.reason is None else outcome.reason[:500]
