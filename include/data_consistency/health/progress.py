"""Signs of the work itself: has each step been done lately, does it end, does it get on?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from data_consistency.db import sql
from data_consistency.detect import evidence, opening
from data_consistency.health.sign import Look, Word, fine, sign, unseen, wrong
from data_consistency.ledger import incidents, runs, watermarks
from data_consistency.rules import CALCOM

# How long ago each step may have been done last: the kinds of run that do it, and the DAG that begins them.
BEATS = {
    "check": (timedelta(minutes=15), ("check", "full"), "consistency_check"),
    "review": (timedelta(hours=2), ("review",), "review_queue_processing"),
    "report": (timedelta(hours=26), ("report",), "daily_consistency_report"),
    "maintenance": (timedelta(hours=26), ("maintenance",), "consistency_maintenance"),
}
_KINDS = ("check", "full", "review", "report", "maintenance", "reconcile", "correct")
_CLOCKS_APART = timedelta(minutes=2)
_FAILURES = 3  # of the newest runs; one alone may be a database that was away
_LATELY = timedelta(days=7)
_SLOWER = 5  # times as long as the longest good run of a week
_AT_LEAST = timedelta(minutes=15)
_FULL = timedelta(hours=26)
_BEHIND = timedelta(hours=1)
_HORIZON = timedelta(hours=26)


@sign("heartbeat", "switch its DAG on; its pool must exist: `consistency pools`; a run that ends badly does not beat")
def _heartbeats(look: Look) -> Iterator[Word]:
    """A step was never done, or not lately: check 15 minutes, review 2 hours, report and maintenance 26 hours."""
    seen = {str(name): when for name, when in sql.run(look.connection, "heartbeats")}
    adopted: datetime = sql.run(look.connection, "adopted_at").scalar_one()
    for step, (limit, kinds, dag) in BEATS.items():
        newest = max((seen[kind] for kind in kinds if kind in seen), default=None)
        remedy = f"switch the DAG {look.rt.source.named(dag)} on; its pool {look.rt.source.pool} must exist:"
        if newest is None and look.now - adopted <= limit:
            yield fine(f"not yet; expected by {adopted + limit:%Y-%m-%d %H:%M} UTC", of=step)
        elif newest is None:
            # A task in a pool that does not exist waits for ever, and nothing is red.
            yield wrong("never done", f"{remedy} `consistency pools`", of=step)
        elif newest > look.now + _CLOCKS_APART:
            yield wrong(
                f"last done {newest:%Y-%m-%d %H:%M} UTC, in the future", "set the workers' clocks by NTP", of=step
            )
        elif look.now - newest > limit:
            yield wrong(f"last done {newest:%Y-%m-%d %H:%M} UTC", f"{remedy} `consistency pools`", of=step)
        else:
            yield fine(f"last done {newest:%Y-%m-%d %H:%M} UTC", of=step)


@sign(
    "source", "switch the DAG consistency_reconcile on; docs/reconciliation.md says how to do without a calendar again"
)
def _sources(look: Look) -> Iterator[Word]:
    """A source of evidence that once reported, or that somebody tried to read, is silent."""
    seen = {str(name): when for name, when in sql.run(look.connection, "heartbeats")}
    silent = evidence.silences(look.connection, list(evidence.FRESH_FOR), look.now)
    for name in evidence.FRESH_FOR:
        silence = silent.get(name)
        if silence is None or not silence.is_whole:  # single companies: see `calendars`
            yield fine(f"last report {seen[name]:%Y-%m-%d %H:%M} UTC", of=name)
        else:
            yield fine(silence.reason, of=name) if silence.is_chosen else wrong(silence.reason, of=name)


@sign(
    "calendars",
    "open the red `read` task of consistency_reconcile: its last line says what that company's calendar lacks",
)
def _calendars(look: Look) -> Iterator[Word]:
    """The calendar of one company has not been read completely for 3 hours, or its whole horizon for 26."""
    rows = sql.run(
        look.connection, "health_readings", changes=look.now - evidence.FRESH_FOR[CALCOM], horizon=look.now - _HORIZON
    ).all()
    if not rows:
        yield fine("all that are connected are read")
        return
    names = ", ".join(
        f"company {company} ({kind}, {'never' if done is None else f'last {done:%Y-%m-%d %H:%M} UTC'})"
        for company, kind, done in rows[:5]
    )
    yield wrong(f"not read completely: {names}{' and more' if len(rows) > 5 else ''}")


@sign(
    "runs stuck",
    "the next run ends a dead one; of one that lives, look at its task in Airflow and at the server's processes",
)
def _stuck(look: Look) -> Iterator[Word]:
    """A run gives no sign of life, or takes far longer than any good one of the week."""
    found = [
        f"{row.kind} {row.id} {why}"
        for row in sql.run(look.connection, "health_running", since=look.now - _LATELY)
        if (why := _why_stuck(row, look.now))
    ]
    yield wrong("; ".join(found[:3])) if found else fine("none")


def _why_stuck(row: Any, now: datetime) -> str:  # a row of health_running
    if now - row.alive_at > runs.SILENCE.get(row.kind, runs.LONGEST_SILENCE):
        return f"gave no sign of life since {row.alive_at:%Y-%m-%d %H:%M} UTC"
    if row.usual is None:
        return ""
    longest = max(_AT_LEAST, _SLOWER * timedelta(seconds=int(row.usual)))
    return (
        f"runs since {row.started_at:%Y-%m-%d %H:%M} UTC, usual are {row.usual} s"
        if now - row.started_at > longest
        else ""
    )


@sign("runs failing", "mend what the newest error names; the log of its red task has the whole of it")
def _failing(look: Look) -> Iterator[Word]:
    """The newest three runs of a kind all failed."""
    has_failed = False
    for kind in _KINDS:
        since = look.now - _LATELY
        newest = sql.run(look.connection, "health_newest_runs", kinds=[kind], since=since, limit=_FAILURES).all()
        if len(newest) == _FAILURES and all(row.status == "failed" for row in newest):
            has_failed = True
            yield wrong(f"the last {_FAILURES} all failed: {newest[0].error}", of=kind)
    if not has_failed:
        yield fine("none does so each time")


@sign(
    "rules elsewhere",
    "deploy one version of expectations/ and sql/ everywhere, with one CONSISTENCY_RULES and CONSISTENCY_HOME",
)
def _elsewhere(look: Look) -> Iterator[Word]:
    """The newest check ran another set of rules than this machine has."""
    newest = sql.run(
        look.connection, "health_newest_runs", kinds=["check", "full"], since=look.now - _LATELY, limit=1
    ).one_or_none()
    if not look.suites or newest is None or newest.rule_set is None:
        yield fine("nothing to compare")
    elif newest.rule_set != look.rt.rule_set():
        yield wrong(f"run {newest.id} had rule set {newest.rule_set[:12]}, here is {look.rt.rule_set()[:12]}")
    else:
        yield fine("the same as here")


@sign("full check", "switch the DAG daily_consistency_report on, or run `consistency check --full`")
def _full(look: Look) -> Iterator[Word]:
    """A table with a suite has not been judged as a whole for 26 hours: what leaves no trace is seen by nobody."""
    adopted: datetime = sql.run(look.connection, "adopted_at").scalar_one()
    judged = {str(table) for table, _ in sql.run(look.connection, "health_full_checks", since=look.now - _FULL)}
    missing = sorted(look.suites.keys() - judged)
    if missing and look.now - adopted > _FULL:
        yield wrong(f"not within {_FULL // timedelta(hours=1)} hours: {', '.join(missing)}")
    else:
        yield fine("every table" if not missing else f"not yet; expected by {adopted + _FULL:%Y-%m-%d %H:%M} UTC")


@sign("watermarks", "run `consistency check`; it brings back one that is ahead, and what holds one back is in its log")
def _watermarks(look: Look) -> Iterator[Word]:
    """One lies ahead of the server's clock, or over an hour behind it, or a table with a suite has none."""
    rows = [row for row in sql.run(look.connection, "health_watermarks") if not row.rule]
    ahead = [row.table_name for row in rows if row.changed_until > row.server_now + timedelta(minutes=1)]
    behind = [
        f"{row.table_name} ({row.changed_until:%Y-%m-%d %H:%M} UTC)"
        for row in rows
        if row.server_now - row.changed_until > _BEHIND and row.table_name in look.suites
    ]
    seen = {str(name) for name, _ in sql.run(look.connection, "heartbeats")}
    never = sorted(look.suites.keys() - {row.table_name for row in rows}) if seen & {"check", "full"} else []
    for what, names in (("ahead of the server's clock", ahead), ("behind", behind), ("never checked", never)):
        if names:
            yield wrong(f"{what}: {', '.join(names)}")
            return
    if opening.sees_transactions(look.connection):
        yield fine("behind the clock and behind every transaction that runs")
    else:
        minutes = watermarks.OVERLAP // timedelta(minutes=1)
        yield unseen(
            f"behind the clock; transactions longer than {minutes} minutes cannot be seen without PROCESS, and what"
            " they changed is found by the daily check",
            "`GRANT PROCESS ON *.* TO` this account",
        )


@sign(
    "not evaluated",
    "mend what the reason names: a column, a setting or a calendar; the next check evaluates the rule again",
)
def _not_evaluated(look: Look) -> Iterator[Word]:
    """A rule could not be evaluated, and nobody chose that: its wrong rows are found by nobody."""
    found = [one for one in incidents.list_incidents(look.connection) if one.kind == incidents.NOT_EVALUATED]
    if found:
        first = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield wrong(f"{first.table}.{first.rule} since {first.opened_at:%Y-%m-%d %H:%M} UTC: {first.detail}{more}")
    else:
        yield fine("every rule is, or is left out by choice")
