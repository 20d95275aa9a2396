"""What is there to be told: open findings of severity critical and open incidents, by topic and route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.alerts.life import Seen
from data_consistency.alerts.mutes import Mute
from data_consistency.db import sql
from data_consistency.ledger.incidents import CAP_EXCEEDED, NOT_EVALUATED, Incident, list_incidents
from data_consistency.routes import Routing
from data_consistency.rules import Rule, Severity

FINDINGS, INCIDENT, FAILURE = "findings", "incident", "failure"
# Incidents of these kinds are about a rule; the others name what they are about in its place.
ABOUT_RULES = frozenset({CAP_EXCEEDED, NOT_EVALUATED})
Key = tuple[str, str]  # topic and route


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What was seen of one topic on one route."""

    seen: Seen
    muted: bool = False
    incident: Incident | None = None


def topic_of_rule(rule: str) -> str:
    """Topic of what a rule finds."""
    return f"{FINDINGS}:{rule}"


def topic_of_incident(incident: Incident) -> str:
    """Topic of an incident; those of one rule about several companies are several."""
    company = "" if incident.company_id is None else f":{incident.company_id}"
    return f"{INCIDENT}:{incident.kind}:{incident.table}{company}:{incident.rule}"


def rule_of(topic: str) -> str | None:
    """The rule that a topic is about; None: none."""
    kind, _, rest = topic.partition(":")
    if kind == FINDINGS:
        return rest
    return rest.rpartition(":")[2] if kind == INCIDENT else None


def look(
    connection: Connection, routing: Routing, rules: Mapping[str, Rule], mutes: Sequence[Mute], now: datetime
) -> dict[Key, Sighting]:
    """Everything of severity critical, and the incidents."""
    active = [mute for mute in mutes if mute.starts_at <= now < mute.ends_at]
    return {**_findings(connection, routing, rules, active), **_incidents(connection, routing, rules, active)}


def is_muted(topic: str, mutes: Sequence[Mute], now: datetime) -> bool:
    """Whether nothing is told of a topic, in whatever company."""
    rule = rule_of(topic)
    return any(
        mute.starts_at <= now < mute.ends_at and mute.company_id is None and mute.rule in {None, rule} for mute in mutes
    )


def kind_of(topic: str) -> str:
    """The kind of the incident that a topic is about; empty: it is about none."""
    kind, _, rest = topic.partition(":")
    return rest.partition(":")[0] if kind == INCIDENT else ""


def catalogue_of(rule: str, rules: Mapping[str, Rule]) -> str:
    """The number of a rule; none for one that stands in no suite any more."""
    return rules[rule].catalogue if rule in rules else ""


def _findings(
    connection: Connection, routing: Routing, rules: Mapping[str, Rule], active: Sequence[Mute]
) -> dict[Key, Sighting]:
    """Rows of muted companies count for nothing, unless there are no others: then the alert lives on and is silent."""
    parts: dict[Key, list[tuple[int, datetime, bool]]] = {}
    for rule, company, count, newest in sql.run(connection, "alert_rows", severity=Severity.CRITICAL.value):
        muted = any(mute.covers(str(rule), company) for mute in active)
        for route in routing.routes_of(str(rule), catalogue_of(str(rule), rules), company):
            parts.setdefault((topic_of_rule(str(rule)), route.name), []).append((int(count), newest, muted))
    found = {}
    for key, rows in parts.items():
        heard = [row for row in rows if not row[2]] or rows
        seen = Seen(rows=sum(count for count, _, _ in heard), newest=max(newest for _, newest, _ in heard))
        found[key] = Sighting(seen=seen, muted=all(muted for _, _, muted in rows))
    return found


def _incidents(
    connection: Connection, routing: Routing, rules: Mapping[str, Rule], active: Sequence[Mute]
) -> dict[Key, Sighting]:
    found = {}
    for incident in list_incidents(connection):
        topic = topic_of_incident(incident)
        muted = any(mute.covers(incident.rule, incident.company_id) for mute in active)
        seen = Seen(rows=max(1, incident.found))
        for route in routing.routes_of(incident.rule, catalogue_of(incident.rule, rules), incident.company_id):
            found[topic, route.name] = Sighting(seen=seen, muted=muted, incident=incident)
    return found
