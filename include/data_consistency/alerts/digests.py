"""Digests: what rules of severity warning found since the last one, and which critical alerts nobody took on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from data_consistency.alerts import watch
from data_consistency.alerts.blocks import Counts, Covered, Message, Reader, Trouble, What
from data_consistency.alerts.sightings import ABOUT_RULES, FAILURE, FINDINGS, catalogue_of, kind_of, rule_of
from data_consistency.alerts.speech import subject_of, worst_first
from data_consistency.alerts.store import Alert
from data_consistency.alerts.troubles import Facts, of_failure, problem_of
from data_consistency.db import sql
from data_consistency.routes import Digest, Route
from data_consistency.rules import Severity

_BEAT = "digest:"
_PERIODS = {Digest.DAILY: timedelta(days=1), Digest.HOURLY: timedelta(hours=1)}


def due(connection: Connection, alerts: Sequence[Alert], facts: Facts, *, run_id: str) -> list[Message]:
    """Put the digests that are due into the outbox, one a route; none where nothing is new, put right or unanswered.

    Runs under the lock of the alerts, so that each is made once.
    """
    routing = facts.source.alerts
    if routing.digest is Digest.OFF:
        return []
    point = due_point(facts.now, routing.digest, routing.digest_hour, facts.settings.report_timezone)
    beats = {str(name): seen_at for name, seen_at in sql.run(connection, "heartbeats")}
    messages = []
    for route in (routing.default, *routing.routes):
        name = f"{_BEAT}{route.name}"
        if name not in beats:  # the first one tells of what is found from now on
            sql.run(connection, "beat", name=name, run_id=None, now=point)
        if (last := beats.get(name, point)) >= point:
            continue
        sql.run(connection, "beat", name=name, run_id=None, now=facts.now)
        if message := _digest(connection, route, last, alerts, facts, run_id):
            watch.put(connection, message, facts.now)
            messages.append(message)
    return messages


def due_point(now: datetime, digest: Digest, hour: int, zone: ZoneInfo) -> datetime:
    """When the newest digest was due; UTC, naive, as all times of ours."""
    local = now.replace(tzinfo=UTC).astimezone(zone)
    if digest is Digest.HOURLY:
        return now.replace(minute=0, second=0, microsecond=0)
    point = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if point > local:
        point = (local - timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return point.astimezone(UTC).replace(tzinfo=None)


def _digest(
    connection: Connection, route: Route, since: datetime, alerts: Sequence[Alert], facts: Facts, run_id: str
) -> Message | None:
    warnings, covers = _warnings(connection, route, since, facts)
    unanswered = [_critical(alert, facts) for alert in alerts if _waits(alert, route, facts.now)]
    if not warnings and not unanswered:
        return None
    message = Message(
        what=What.DIGEST,
        severity=Severity.CRITICAL if unanswered else Severity.WARNING,
        key=facts.source.named(f"digest:{route.name}:{facts.now:%Y%m%dT%H%M%S}"),
        at=facts.now,
        since=since,
        source="" if facts.source.is_default else facts.source.name,
        route=route.name,
        troubles=tuple(worst_first((*unanswered, *warnings))),
        run=run_id,
        covers=covers,
    )
    reader = Reader(language=route.language.value, zone=str(facts.settings.report_timezone))
    return replace(message, subject=subject_of(message, reader))


def _warnings(
    connection: Connection, route: Route, since: datetime, facts: Facts
) -> tuple[list[Trouble], tuple[Covered, ...]]:
    """Rules of severity warning of which something is new or put right, and the findings that are told by it."""
    rules, routing = facts.rules(), facts.source.alerts
    sums: dict[str, Counts] = {}
    companies: dict[str, list[int]] = {}
    for row in sql.run(connection, "digest_of_findings", since=since).mappings():
        rule, company = str(row["rule"]), int(row["company_id"])
        if route not in routing.routes_of(rule, catalogue_of(rule, rules), company or None):
            continue
        known = sums.get(rule, Counts(open=0))
        sums[rule] = Counts(
            open=known.open + int(row["open_rows"]),
            new=known.new + int(row["new_rows"]),
            fixed=known.fixed + int(row["fixed"]),
            corrected=known.corrected + int(row["corrected"]),
        )
        companies.setdefault(rule, []).append(company)
    news = {rule: counts for rule, counts in sums.items() if counts.new or counts.fixed}
    covers = tuple(Covered(rule=rule, companies=tuple(companies[rule])) for rule in sorted(news))
    return [_warning(rule, counts, facts) for rule, counts in news.items()], covers


def _warning(rule_id: str, counts: Counts, facts: Facts) -> Trouble:
    rule = facts.rules().get(rule_id)
    return Trouble(
        alert=0,
        kind=FINDINGS,
        severity=Severity.WARNING,
        problem=problem_of(rule_id, facts.rules()),
        description=rule.description if rule else rule_id,
        rule=rule_id,
        catalogue=rule.catalogue if rule else "",
        entity=facts.entity_of(rule_id) or "row",
        counts=counts,
        runbook=facts.runbook(rule_id),
    )


def _waits(alert: Alert, route: Route, now: datetime) -> bool:
    """Whether people have known of it for a day and nobody has taken it on."""
    life = alert.life
    answered = life.acknowledged_at is not None or life.snoozed_until is not None
    known = life.told_at is not None and now - life.told_at >= _PERIODS[Digest.DAILY]
    return life.is_open and life.rows > 0 and known and not answered and alert.route == route.name


def _critical(alert: Alert, facts: Facts) -> Trouble:
    if alert.kind == FAILURE:
        return of_failure(alert, What.DIGEST)
    about, incident = rule_of(alert.topic) or "", kind_of(alert.topic)
    rule_id = "" if incident and incident not in ABOUT_RULES else about
    rule = facts.rules().get(rule_id)
    return Trouble(
        alert=alert.id,
        kind=alert.kind,
        severity=alert.life.severity,
        problem=problem_of(rule_id, facts.rules()),
        description=rule.description if rule else about,
        rule=rule_id,
        catalogue=rule.catalogue if rule else "",
        entity=facts.entity_of(rule_id) or "row",
        counts=Counts(open=alert.life.rows),
        incident=incident,
        runbook=facts.runbook(rule_id) if rule_id else None,
        opened_at=alert.life.opened_at,
    )
