"""Messages from news: what opens at one time on one route is one message, and what follows stays in its thread."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.alerts.blocks import Covered, Message, Reader, Trouble, What
from data_consistency.alerts.life import Life
from data_consistency.alerts.speech import subject_of, worst_first
from data_consistency.alerts.store import Alert
from data_consistency.alerts.troubles import Facts, News, trouble

# Of several things that happened in a thread at once, the message is headed by the first of these.
_LOUDEST = (What.ESCALATED, What.WORSENED, What.OPENED, What.REMINDED, What.RESOLVED)


def compose(
    connection: Connection, news: Sequence[News], alerts: Iterable[Alert], facts: Facts, *, run_id: str
) -> tuple[list[Message], dict[int, Alert]]:
    """Messages of some news, and the alerts that stand in a new thread.

    A thread is resolved when the last of its alerts is: then one message tells of all of them.

    Args:
        connection: in the transaction that keeps the alerts.
        news: of this moment.
        alerts: all that are open or ended lately, as they are now.
        facts: to tell with.
        run_id: of the run that tells.
    """
    known = list(alerts)
    alive = {one.thread for one in known if one.life.is_open and one.thread}
    messages, moved = [], {}
    for (route, thread), group in _grouped(news, alive).items():
        over = [one for one in group if one.what is What.RESOLVED]
        if over and (thread in alive or not thread):
            group = [one for one in group if one.what is not What.RESOLVED]
        elif over:
            group = [*group, *_ended_before(known, thread, group)]
        if not group:
            continue
        message = _message(connection, route, thread, group, facts, run_id)
        messages.append(message)
        for one in group:
            moved[one.alert.id] = replace(one.alert, thread=message.thread or message.key, subject=message.subject)
    return messages, moved


def _grouped(news: Sequence[News], alive: set[str]) -> dict[tuple[str, str], list[News]]:
    """News by route and thread; what opens outside a thread that is alive begins one."""
    groups: dict[tuple[str, str], list[News]] = {}
    for one in news:
        begins = one.what is What.OPENED and one.alert.thread not in alive
        groups.setdefault((one.alert.route, "" if begins else one.alert.thread or ""), []).append(one)
    return groups


def _ended_before(alerts: Sequence[Alert], thread: str, group: Sequence[News]) -> list[News]:
    """What ended earlier in a thread that ends now."""
    told = {one.alert.id for one in group}
    return [
        News(alert=one, before=Life(), what=What.RESOLVED)
        for one in alerts
        if one.thread == thread and one.id not in told and not one.life.is_open and one.life.closed_at
    ]


def _message(
    connection: Connection, route_name: str, thread: str, group: Sequence[News], facts: Facts, run_id: str
) -> Message:
    route = facts.source.alerts.route(route_name)
    blocks: list[tuple[Trouble, tuple[Covered, ...]]] = [trouble(connection, one, facts) for one in group]
    troubles = tuple(worst_first(tuple(block for block, _ in blocks)))
    what = min((one.what for one in group), key=_LOUDEST.index)
    reader = Reader(language=route.language.value, zone=str(facts.settings.report_timezone))
    escalated = any(one.what is What.ESCALATED or one.before.escalated_at for one in group)
    message = Message(
        what=what,
        severity=troubles[0].severity,
        key=_key(group, thread, what, facts),
        at=facts.now,
        source="" if facts.source.is_default else facts.source.name,
        route=route.name,
        also=route.escalate_to if escalated else (),
        thread=thread,
        subject=next((one.alert.subject for one in group if thread and one.alert.subject), ""),
        troubles=troubles,
        run=run_id,
        covers=tuple(part for _, parts in blocks for part in parts),
        incidents=tuple(one.sighting.incident.id for one in group if one.sighting and one.sighting.incident),
        minutes=_unanswered(group, facts.now),
    )
    return message if message.subject else replace(message, subject=subject_of(message, reader))


def _key(group: Sequence[News], thread: str, what: What, facts: Facts) -> str:
    """Of its own for each message, and the same whoever composes it."""
    stamp = f"{facts.now:%Y%m%dT%H%M%S%f}"
    if thread:
        return f"{thread}:{what}:{stamp}"
    return facts.source.named(f"alert:{min(one.alert.id for one in group)}:{stamp}")


def _unanswered(group: Sequence[News], now: datetime) -> int | None:
    since = [one.before.told_at for one in group if one.what is What.ESCALATED and one.before.told_at]
    return int((now - min(since)).total_seconds()) // 60 if since else None
