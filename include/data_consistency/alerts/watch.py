"""An alert goes on: what is seen of it is stepped through its life and written down, with what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.alerts import store
from data_consistency.alerts.blocks import Message, What
from data_consistency.alerts.codec import to_body
from data_consistency.alerts.life import Policy, Seen, step
from data_consistency.alerts.mutes import Mute
from data_consistency.alerts.sightings import FAILURE, Key, Sighting, is_muted
from data_consistency.alerts.store import Alert
from data_consistency.alerts.threads import compose
from data_consistency.alerts.troubles import Facts, News
from data_consistency.ledger import outbox
from data_consistency.routes import Route

ACTOR = "watch"
# A run that succeeds says more than a row that is not seen.
_FAILURES_SETTLE = timedelta(minutes=10)


def policy_of(kind: str, route: Route) -> Policy:
    """When people are told of a kind of alert on a route."""
    minutes = route.escalate_after_minutes
    wait = None if minutes is None else timedelta(minutes=minutes)
    return Policy(settle=_FAILURES_SETTLE, escalate_after=wait) if kind == FAILURE else Policy(escalate_after=wait)


def advance(
    connection: Connection, alert: Alert, seen: Seen, facts: Facts, *, muted: bool, sighting: Sighting | None = None
) -> tuple[Alert, News | None]:
    """One alert, one step on; kept where anything has changed."""
    policy = policy_of(alert.kind, facts.source.alerts.route(alert.route))
    before = alert.life
    life, what = step(before, seen, facts.now, policy, muted=muted)
    if life == before:
        return alert, None
    after = replace(alert, life=life)
    store.keep(connection, after, facts.now)
    for happened in _happened(alert, after, what):
        store.note(connection, after, happened, actor=ACTOR, now=facts.now)
    return after, None if what is None else News(alert=after, before=before, what=what, sighting=sighting)


def go_on(
    connection: Connection,
    known: Mapping[Key, Alert],
    seen: Mapping[Key, Sighting],
    mutes: Sequence[Mute],
    facts: Facts,
) -> tuple[dict[Key, Alert], list[News]]:
    """Every alert one step on: those that are seen, and those that are open and are not."""
    alerts, news = dict(known), []
    open_keys = {key for key, alert in known.items() if alert.life.is_open}
    for key in sorted(open_keys | set(seen)):
        topic, route = key
        sighting = seen.get(key)
        alert = known.get(key) or store.begin(
            connection, topic, route, sighting.seen.severity if sighting else known[key].life.severity, facts.now
        )
        muted = sighting.muted if sighting else is_muted(topic, mutes, facts.now)
        what_is_seen = sighting.seen if sighting else Seen(rows=alert.failing)
        alerts[key], told = advance(connection, alert, what_is_seen, facts, muted=muted, sighting=sighting)
        news += [told] if told else []
    return alerts, news


def tell(
    connection: Connection, news: Sequence[News], alerts: Iterable[Alert], facts: Facts, *, run_id: str
) -> list[Message]:
    """Put what is to be told into the outbox, each message in its thread."""
    messages, moved = compose(connection, news, alerts, facts, run_id=run_id)
    for alert in moved.values():
        store.keep(connection, alert, facts.now)
    for message in messages:
        put(connection, message, facts.now)
    return messages


def put(connection: Connection, message: Message, now: datetime) -> None:
    """Store a message; its deliveries are chosen when it is first delivered."""
    outbox.put(
        connection,
        key=message.key,
        kind=message.what.value,
        severity=message.severity.value,
        subject=message.subject,
        body=to_body(message),
        now=now,
    )


def _happened(before: Alert, after: Alert, what: What | None) -> list[str]:
    found = []
    if after.life.is_open and not before.life.is_open:
        found.append("began")
    if before.life.is_open and not after.life.is_open:
        found.append("ended")
    return [*found, *([f"told {what.value}"] if what else [])]
