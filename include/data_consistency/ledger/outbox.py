"""The outbox: messages are stored with the change they speak of, and delivered after it.

A message (table consistency_outbox) has one delivery for each channel and recipient (consistency_deliveries). Who
delivers leases a delivery first, so that two never hand over the same; a lease whose holder died runs out by the
server's clock. What does not get through is tried again without end: a channel that lets nothing through waits as a
whole (consistency_channels), a message that is not taken now waits alone, and one that never will be is set aside for
a person.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.errors import WrongUse

# Longer than any channel takes: each of the dozen answers of a mail server has 15 seconds.
LEASE_SECONDS = 300
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(minutes=30)
UNREADABLE = "-"  # channel of a message that cannot be read, so that nobody could be chosen
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored message."""

    id: int
    key: str
    kind: str
    severity: str
    subject: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery that may be made now."""

    id: int
    channel: str
    recipient: str  # a digest of an address; empty: all of the channel
    attempts: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What does not get through."""

    waiting: int
    set_aside: int
    oldest: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A channel that lets nothing through."""

    name: str
    since: datetime
    attempts: int
    due_at: datetime
    last_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery as operators see it; whom it goes to stands in the settings."""

    id: int
    message_id: int
    channel: str
    status: str
    attempts: int
    due_at: datetime
    last_error: str | None
    created_at: datetime
    subject: str


def put(connection: Connection, *, key: str, kind: str, severity: str, subject: str, body: str, now: datetime) -> None:
    """Add a message; the same key again adds nothing."""
    sql.run(
        connection,
        "put_message",
        dedupe_key=key[:191],
        kind=kind,
        severity=severity,
        subject=subject[:255],
        body=body,
        now=now,
    )


def is_idle(connection: Connection) -> bool:
    """Whether nothing is to be handed over, and nothing waits for a channel or a person."""
    return not sql.run(connection, "outbox_waits").scalar_one()


def unaddressed(connection: Connection) -> list[Entry]:
    """Messages for which nobody has been chosen yet, oldest first."""
    return [_entry(row, row["id"]) for row in sql.run(connection, "unaddressed_messages").mappings()]


def message(connection: Connection, message_id: int) -> Entry:
    """One message."""
    return _entry(sql.run(connection, "message_of", message_id=message_id).mappings().one(), message_id)


def address(connection: Connection, message_id: int, targets: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Choose channels and recipients of a message; one that is chosen already is not chosen again."""
    for channel, recipient in targets:
        _put_delivery(connection, message_id, channel, recipient, status="waiting", error=None, now=now)


def set_unreadable_aside(connection: Connection, message_id: int, *, error: str, now: datetime) -> None:
    """A message that cannot be read: a person is told, and those behind it go on."""
    _put_delivery(connection, message_id, UNREADABLE, "", status="set_aside", error=error[:500], now=now)
    _settle(connection, message_id, sent_at=None, error=error)


def due(connection: Connection, *, now: datetime) -> list[Due]:
    """Deliveries that may be made, those of the oldest message first."""
    rows = sql.run(connection, "due_deliveries", now=now, limit=_BATCH).mappings()
    return [
        Due(
            id=int(row["id"]),
            channel=str(row["channel"]),
            recipient=str(row["recipient"]),
            attempts=int(row["attempts"]),
            entry=_entry(row, row["message_id"]),
        )
        for row in rows
    ]


def lease(connection: Connection, delivery_id: int, *, now: datetime) -> str | None:
    """Take a delivery; None: somebody else was first."""
    token = secrets.token_hex(16)
    taken = sql.run(
        connection, "lease_delivery", delivery_id=delivery_id, token=token, seconds=LEASE_SECONDS, now=now
    ).rowcount
    return token if taken else None


def sent(connection: Connection, delivery: Due, *, now: datetime) -> bool:
    """A channel took it and so works; False: it was settled by somebody else meanwhile."""
    first = bool(sql.run(connection, "delivery_sent", delivery_id=delivery.id, now=now).rowcount)
    sql.run(connection, "channel_works", name=delivery.channel)
    _settle(connection, delivery.entry.id, sent_at=now, error=None)
    return first


def postpone(connection: Connection, delivery: Due, token: str, *, error: str, now: datetime) -> None:
    """A recipient does not take it now; others may."""
    wait = _wait(delivery.attempts)
    sql.run(connection, "delivery_postponed", delivery_id=delivery.id, token=token, due=now + wait, error=error[:500])
    _settle(connection, delivery.entry.id, sent_at=None, error=error)


def hold_channel(connection: Connection, delivery: Due, token: str, *, error: str, now: datetime) -> None:
    """A whole channel lets nothing through: all that waits for it waits, in its order, a while longer each time."""
    known = next((one for one in failing(connection) if one.name == delivery.channel), None)
    wait = _wait(known.attempts if known else 0)
    sql.run(connection, "channel_failed", name=delivery.channel, now=now, due=now + wait, error=error[:500])
    sql.run(connection, "delivery_postponed", delivery_id=delivery.id, token=token, due=now, error=error[:500])
    _settle(connection, delivery.entry.id, sent_at=None, error=error)


def set_aside(connection: Connection, delivery: Due, token: str, *, error: str) -> None:
    """It can never be delivered as it is: a person is told."""
    sql.run(connection, "delivery_set_aside", delivery_id=delivery.id, token=token, error=error[:500])
    _settle(connection, delivery.entry.id, sent_at=None, error=error)


def failing(connection: Connection) -> list[Failing]:
    """Channels that let nothing through."""
    return [
        Failing(
            name=str(row["name"]),
            since=row["failing_since"],
            attempts=int(row["attempts"]),
            due_at=row["due_at"],
            last_error=str(row["last_error"]),
        )
        for row in sql.run(connection, "failing_channels").mappings()
    ]


def undelivered(connection: Connection) -> Undelivered:
    """What does not get through, however long ago it was tried."""
    row = sql.run(connection, "undelivered").mappings().one()
    return Undelivered(
        waiting=int(row["waiting"]),
        set_aside=int(row["set_aside"]),
        oldest=row["oldest"],
        last_error=None if row["last_error"] is None else str(row["last_error"]),
    )


def list_waiting(connection: Connection, *, limit: int = 100, offset: int = 0) -> list[Waiting]:
    """Deliveries that wait or were set aside, oldest first."""
    rows = sql.run(connection, "list_deliveries", limit=limit, offset=offset).mappings()
    return [Waiting(**{name: row[name] for name in Waiting.__slots__}) for row in rows]


def resend(connection: Connection, delivery_id: int, *, now: datetime) -> None:
    """Try a delivery again at once.

    Raises:
        WrongUse: it neither waits nor was set aside.
    """
    if not sql.run(connection, "resend_delivery", delivery_id=delivery_id, now=now).rowcount:
        _refuse(connection, delivery_id)
    row = sql.run(connection, "delivery_of", delivery_id=delivery_id).mappings().one()
    sql.run(connection, "channel_works", name=str(row["channel"]))
    if row["channel"] == UNREADABLE:
        # Read anew, and addressed if it can be read now.
        sql.run(connection, "forget_delivery", delivery_id=delivery_id)
        return
    _settle(connection, int(row["message_id"]), sent_at=None, error=None)


def discard(connection: Connection, delivery_id: int, *, actor: str, now: datetime) -> None:
    """Let a delivery go: nobody gets it.

    Raises:
        WrongUse: it neither waits nor was set aside.
    """
    if not sql.run(connection, "discard_delivery", delivery_id=delivery_id, actor=actor[:100], now=now).rowcount:
        _refuse(connection, delivery_id)
    row = sql.run(connection, "delivery_of", delivery_id=delivery_id).mappings().one()
    _settle(connection, int(row["message_id"]), sent_at=now, error=None)


def _refuse(connection: Connection, delivery_id: int) -> None:
    row = sql.run(connection, "delivery_of", delivery_id=delivery_id).mappings().one_or_none()
    state = "does not exist" if row is None else f"is {row['status']}"
    raise WrongUse(f"delivery {delivery_id} {state}; `consistency alert mails` lists those that wait or were set aside")


def _put_delivery(
    connection: Connection,
    message_id: int,
    channel: str,
    recipient: str,
    *,
    status: str,
    error: str | None,
    now: datetime,
) -> None:
    sql.run(
        connection,
        "put_delivery",
        message_id=message_id,
        channel=channel,
        recipient=recipient,
        status=status,
        error=error,
        now=now,
    )


def _settle(connection: Connection, message_id: int, *, sent_at: datetime | None, error: str | None) -> None:
    sql.run(
        connection,
        "settle_message",
        message_id=message_id,
        sent_at=sent_at,
        error=None if error is None else error[:500],
    )


def _wait(attempts: int) -> timedelta:
    """Doubled each time, up to a bound, and for ever."""
    return min(_FIRST_WAIT * (1 << min(attempts, 10)), _LONGEST_WAIT)


def _entry(row: RowMapping, message_id: object) -> Entry:
    return Entry(
        id=int(str(message_id)),
        key=str(row["dedupe_key"]),
        kind=str(row["kind"]),
        severity=str(row["severity"]),
        subject=str(row["subject"]),
        body=str(row["body"]),
        created_at=row["created_at"],
    )
