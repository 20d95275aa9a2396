"""Deliver the outbox: each message once to each recipient, again where it did not get through, without end."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency import alerts
from data_consistency.alerts import codec, routing
from data_consistency.alerts.blocks import Message
from data_consistency.alerts.channels.outcomes import Delivery, Postponed, Undeliverable
from data_consistency.db import sql
from data_consistency.errors import DataConsistencyError, DeliveryFailed, OutcomeUnknown
from data_consistency.ledger import outbox
from data_consistency.ledger.outbox import Due, Entry
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

_MOST = 2000  # deliveries of one run, so that it ends in time; the next goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """What became of the outbox."""

    sent: int = 0
    failed: int = 0  # still to be delivered, though it was tried
    set_aside: int = 0  # never to be delivered as they are: a person decides
    written_to: str | None = None  # folder of .eml files when no SMTP server is configured


def deliver_outbox(rt: Runtime) -> DeliveryCounts:
    """Hand over what waits; what does not get through stays and is tried again, longer apart each time.

    Two may deliver at once. One that died over a delivery lets go of it after some minutes; if the message was out
    already, it is sent a second time under the same Message-ID.

    Raises:
        DeliveryFailed: after trying all, if anything does not get through, or was set aside and not decided about.
    """
    _address(rt)
    counts = DeliveryCounts()
    tried: set[int] = set()
    while True:
        with rt.transaction() as connection:
            waiting = [one for one in outbox.due(connection, now=rt.now()) if one.id not in tried]
        if not waiting or len(tried) >= _MOST:
            break
        for delivery in waiting:
            tried.add(delivery.id)
            counts = _deliver(rt, delivery, counts)
    return _told(rt, counts)


def _deliver(rt: Runtime, delivery: Due, counts: DeliveryCounts) -> DeliveryCounts:
    token = rt.repeated(partial(_taken, delivery=delivery, now=rt.now()))
    if token is None:
        return counts
    try:
        message = _read(delivery.entry)
        delivered = _hand_over(rt, delivery, message)
    except Undeliverable as error:
        rt.repeated(partial(outbox.set_aside, delivery=delivery, token=token, error=str(error)))
        logger.warning("message set aside delivery=%d channel=%s: %s", delivery.id, delivery.channel, error)
        return counts
    except Postponed as error:
        rt.repeated(partial(outbox.postpone, delivery=delivery, token=token, error=str(error), now=rt.now()))
        return counts
    except DataConsistencyError as error:
        rt.repeated(partial(outbox.hold_channel, delivery=delivery, token=token, error=str(error), now=rt.now()))
        return counts
    return _noted(rt, delivery, message, delivered, counts)


def _taken(connection: Connection, delivery: Due, now: datetime) -> str | None:
    """The lease of a delivery; None: somebody else has it, or its channel failed a moment ago, with another message."""
    if any(one.name == delivery.channel and one.due_at > now for one in outbox.failing(connection)):
        return None
    return outbox.lease(connection, delivery.id, now=now)


def _hand_over(rt: Runtime, delivery: Due, message: Message) -> Delivery | None:
    """Hand a message over; None: whom it was for, the settings know no more, and others were chosen."""
    found = routing.resolve(delivery.channel, delivery.recipient, rt.source)
    if found is None:
        targets = routing.targets(message, rt.source, by_server=rt.settings.smtp_url is not None)
        rt.repeated(partial(_address_anew, delivery=delivery, targets=targets, now=rt.now()))
        return None
    channel, recipients = found
    return alerts.deliver(message, channel, recipients=recipients, settings=rt.settings, source=rt.source)


def _address_anew(connection: Connection, delivery: Due, targets: Iterable[tuple[str, str]], now: datetime) -> None:
    outbox.address(connection, delivery.entry.id, targets, now=now)
    outbox.discard(connection, delivery.id, actor="settings", now=now)


def _noted(
    rt: Runtime, delivery: Due, message: Message, delivered: Delivery | None, counts: DeliveryCounts
) -> DeliveryCounts:
    if delivered is None:
        return counts
    # It is out of the house: not noted, it would be sent again. Noting it twice changes nothing.
    note = partial(_note, delivery=delivery, message=message, now=rt.now())
    try:
        rt.repeated(note)
    except OutcomeUnknown:
        rt.repeated(note)
    folder = counts.written_to if delivered.written_to is None else str(delivered.written_to.parent)
    return dataclasses.replace(counts, sent=counts.sent + 1, written_to=folder)


def _note(connection: Connection, delivery: Due, message: Message, now: datetime) -> None:
    outbox.sent(connection, delivery, now=now)
    _mark_told(connection, message, now)


def _mark_told(connection: Connection, message: Message, now: datetime) -> None:
    """What a message speaks of counts as told when it has reached somebody, and not before."""
    for part in message.covers:
        companies = list(part.companies)
        for start in range(0, len(companies), 1000):
            sql.run(
                connection,
                "tell_findings",
                rule=part.rule,
                companies=companies[start : start + 1000],
                seen_at=message.at,
                now=now,
            )
    if message.incidents:
        sql.run(connection, "mark_incidents_told", ids=list(message.incidents), now=now)


def _address(rt: Runtime) -> None:
    """Choose recipients of messages that have none yet, as the settings are now."""
    rt.repeated(partial(_choose, rt=rt, now=rt.now()))


def _choose(connection: Connection, rt: Runtime, now: datetime) -> None:
    for entry in outbox.unaddressed(connection):
        try:
            message = _read(entry)
        except Undeliverable as error:
            outbox.set_unreadable_aside(connection, entry.id, error=str(error), now=now)
            logger.warning("message set aside message=%d: %s", entry.id, error)
            continue
        targets = routing.targets(message, rt.source, by_server=rt.settings.smtp_url is not None)
        outbox.address(connection, entry.id, targets, now=now)


def _read(entry: Entry) -> Message:
    try:
        return codec.from_body(
            entry.body, severity=entry.severity, subject=entry.subject, key=entry.key, at=entry.created_at
        )
    except ValueError as error:
        raise Undeliverable(
            f"message {entry.id} of the outbox cannot be read ({error}); mend the row, or `consistency alert discard`"
        ) from error


def _told(rt: Runtime, counts: DeliveryCounts) -> DeliveryCounts:
    with rt.transaction() as connection:
        left = outbox.undelivered(connection)
    counts = dataclasses.replace(counts, failed=left.waiting, set_aside=left.set_aside)
    if counts.written_to:
        logger.info("no SMTP server is configured: mails are files under %s", counts.written_to)
    if not left.waiting and not left.set_aside:
        return counts
    parts = [
        *([f"{left.waiting} not delivered, kept and tried again"] if left.waiting else []),
        *([f"{left.set_aside} set aside, waiting for a person"] if left.set_aside else []),
    ]
    raise DeliveryFailed(
        f"messages: {'; '.join(parts)}; the oldest of {left.oldest:%Y-%m-%d %H:%M} UTC ({left.last_error});"
        " `consistency alert mails` lists them"
    )
