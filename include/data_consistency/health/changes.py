"""Signs of what is changed: switches, dry run, caps, breakers, the audit, and what is deleted in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data_consistency.breaker import records
from data_consistency.breaker.policy import Mode, State
from data_consistency.correct import caps
from data_consistency.db import sql
from data_consistency.health.sign import Look, Word, fine, sign, unseen, wrong
from data_consistency.ledger import chain, switches
from data_consistency.rules import Mode as RuleMode

_TRIED = timedelta(days=14)
_OPEN = timedelta(minutes=30)
_BY_HAND = timedelta(days=1)
# Of events, that are followed in a moment; of more `consistency audit verify` follows the chain.
_FOLLOWED = 50_000
_AUDIT = timedelta(days=365 + 30)
# What maintenance keeps, and some days beside.
_KEPT = {"messages": timedelta(days=37), "verdicts": timedelta(days=97), "permits": timedelta(days=8)}


@sign("settings", "`consistency switch NAME on` or `off`")
def _settings(look: Look) -> Iterator[Word]:
    """A switch in the database is misspelt, so that it reads as off."""
    bad = [
        f"{name}: '{value}' is neither true nor false"
        for name, value in sql.run(look.connection, "settings")
        if name in switches.SWITCHES and str(value).lower() not in {"true", "false"}
    ]
    if bad:
        name = bad[0].partition(":")[0]
        yield wrong("; ".join(bad), f"`consistency switch {name} on` or `off`")
    else:
        yield fine("every value can be read")


@sign("corrections_enabled", "`consistency switch corrections_enabled on`, or CONSISTENCY_CORRECTIONS_ENABLED=true")
def _corrections(look: Look) -> Iterator[Word]:
    """Corrections are switched off, in the database or by the settings: no run, person or guard corrects."""
    if not look.rt.source.corrections_enabled:
        yield wrong(
            "switched off by the settings, so that the booking guard is held too",
            "CONSISTENCY_CORRECTIONS_ENABLED=true",
        )
    else:
        yield _switch(look, switches.CORRECTIONS)


@sign("triggers_enabled", "`consistency switch triggers_enabled on`")
def _triggers(look: Look) -> Iterator[Word]:
    """The triggers are switched off: they let every write pass as it is."""
    yield _switch(look, switches.TRIGGERS)


def _switch(look: Look, name: str) -> Word:
    if switches.is_on(look.connection, name):
        return fine("on")
    since, by = sql.run(look.connection, "health_switch", name=name).one()
    return wrong(f"switched off since {since:%Y-%m-%d %H:%M} UTC by {by}", f"`consistency switch {name} on`")


@sign("mode", "read the report; then CONSISTENCY_DRY_RUN=false, or `--except mode` if it is to stay")
def _mode(look: Look) -> Iterator[Word]:
    """A dry run has lasted for over 14 days: nothing is corrected, and the booking guard is held."""
    if not look.rt.source.dry_run:
        yield fine("correcting")
        return
    adopted: datetime = sql.run(look.connection, "adopted_at").scalar_one()
    since = max(adopted, sql.run(look.connection, "health_real_run").scalar_one() or adopted)
    if look.now - since > _TRIED:
        yield wrong(f"dry run since {since:%Y-%m-%d}: nothing is corrected, a booking guard is held")
    else:
        yield fine("dry run: nothing is corrected")


@sign(
    "caps",
    "look at what it changes: `consistency rules replay --rule ID`; then CONSISTENCY_MAX_CORRECTIONS_PER_DAY",
)
def _caps(look: Look) -> Iterator[Word]:
    """A rule has changed as many rows in 24 hours as it may: it corrects nothing more today."""
    rules = {rule.id: rule for suite in look.suites.values() for rule in suite.rules if rule.mode is RuleMode.CORRECT}
    since = look.now - timedelta(hours=caps.DAY_HOURS)
    full = []
    for name, changed in sql.run(look.connection, "health_changed_today", rules=[*rules, ""], since=since):
        rule = rules[str(name)]
        limits = caps.limits_of(
            look.rt.source.caps, max_corrections=rule.max_corrections, min_age_minutes=rule.min_age_minutes
        )
        if changed >= limits.day:
            full.append(f"{name} ({changed} of {limits.day} rows)")
    yield wrong(f"reached for today: {', '.join(full)}") if full else fine("none is reached")


@sign(
    "breakers",
    "mend the service, then nothing; one that an operator set: `consistency breaker reset KEY --reason TEXT`",
)
def _breakers(look: Look) -> Iterator[Word]:
    """A circuit breaker is not closed for over 30 minutes, or an operator's word on one is over a day old."""
    found = []
    for one in records.list_breakers(look.connection):
        if one.mode != Mode.AUTOMATIC and one.mode_changed_at is not None:
            if look.now - one.mode_changed_at > _BY_HAND:
                found.append(f"{one.service_key} is {one.mode} since {one.mode_changed_at:%Y-%m-%d %H:%M} UTC")
        elif one.current_state != State.CLOSED and one.opened_at and look.now - one.opened_at > _OPEN:
            found.append(f"{one.service_key} is {one.current_state} since {one.opened_at:%Y-%m-%d %H:%M} UTC")
    yield wrong("; ".join(found[:5])) if found else fine("closed, or open for a moment")


@sign(
    "audit",
    "`consistency audit verify` names the first link; keep a copy of the database, and ask who wrote to it",
    seconds=25,
)
def _audit(look: Look) -> Iterator[Word]:
    """A link of the chain of events does not hold, or the audit is not what was written: rows were changed."""
    span, _ = sql.run(look.connection, "health_events").one()
    if span > _FOLLOWED:
        yield unseen(f"{span} events are more than are followed here", "run `consistency audit verify` once a day")
        return
    verdict = chain.verify(look.connection)
    if verdict.first is None:
        yield fine(f"{verdict.events} events of {verdict.runs} runs: every link holds")
    else:
        where = "the audit" if verdict.first.event_id is None else f"event {verdict.first.event_id}"
        yield wrong(f"broken at {where}: {verdict.first.what}")


@sign(
    "retention",
    "switch the DAG consistency_maintenance on; for events and audit `consistency audit prune` as the migrator",
)
def _retention(look: Look) -> Iterator[Word]:
    """Rows are left that maintenance should have deleted a week ago, or events that are 30 days beyond their year."""
    before = {name: look.now - kept for name, kept in _KEPT.items()}
    left = [
        name for name, is_left in sql.run(look.connection, "health_kept", **before).mappings().one().items() if is_left
    ]
    _, oldest = sql.run(look.connection, "health_events").one()
    if left:
        yield wrong(f"not deleted in time: {', '.join(left)}", "switch the DAG consistency_maintenance on")
    elif oldest is not None and look.now - oldest > _AUDIT:
        yield wrong(f"events since {oldest:%Y-%m-%d} are kept", "`consistency audit prune` as the migrator")
    else:
        yield fine("nothing is kept beyond its time")
