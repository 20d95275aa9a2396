"""Tell people: group new findings into one message, put it into the outbox, deliver what is there."""

import json
import logging
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.db import outbox
from data_consistency.errors import DeliveryFailed
from data_consistency.notify import send
from data_consistency.notify.message import Message, findings_message
from data_consistency.pipeline.session import transaction
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """What became of the outbox."""

    sent: int = 0
    failed: int = 0
    pending: int = 0
    written_to: str | None = None  # folder of .eml files when no SMTP server is configured


def notify_findings(rt: Runtime, *, run_id: str) -> int:
    """Queue one grouped message about critical findings and incidents nobody has been told about.

    Findings are marked as told in the same transaction, so that a repeated run sends nothing twice.

    Returns:
        Messages queued: 0 or 1.
    """
    with transaction(rt) as connection:
        groups: dict[str, list[int]] = defaultdict(list)
        fresh = outbox.untold_findings(connection, severity=Severity.CRITICAL.value)
        for finding in fresh:
            groups[finding.rule].append(finding.entity_id)
        stopped = outbox.untold_incidents(connection)
        waiting = [f"{item.rule}: {item.detail}" for item in stopped]
        if not groups and not waiting:
            return 0
        message = findings_message(dict(groups), incidents=waiting, run_id=run_id, base_url=rt.settings.base_url)
        _queue(connection, message, rt)
        outbox.mark_told(connection, [finding.id for finding in fresh], now=rt.now())
        outbox.mark_incidents_told(connection, [item.id for item in stopped], now=rt.now())
    logger.info("message queued run=%s findings=%d incidents=%d", run_id, len(fresh), len(waiting))
    return 1


def _queue(connection: Connection, message: Message, rt: Runtime) -> None:
    outbox.put(
        connection,
        dedupe_key=message.dedupe_key,
        kind=message.kind,
        severity=message.severity,
        subject=message.subject,
        body=json.dumps({"lines": list(message.lines), "links": list(message.links)}),
        now=rt.now(),
    )


def deliver_outbox(rt: Runtime) -> DeliveryCounts:
    """Hand waiting messages to their channel; one that fails stays and is tried again.

    Raises:
        DeliveryFailed: after trying all, if one could not be delivered.
    """
    sent = failed = 0
    written_to: str | None = None
    last_error = ""
    with transaction(rt) as connection:
        waiting = outbox.pending(connection)
    for entry in waiting:
        body = json.loads(entry.body)
        message = Message(
            kind=entry.kind,
            severity=entry.severity,
            subject=entry.subject,
            lines=tuple(body["lines"]),
            links=tuple((str(label), str(url)) for label, url in body["links"]),
            dedupe_key=entry.dedupe_key,
        )
        try:
            delivery = send(message, rt.settings)
        except DeliveryFailed as error:
            failed += 1
            last_error = str(error)
            with transaction(rt) as connection:
                outbox.failed(connection, entry.id, error=last_error)
            continue
        with transaction(rt) as connection:
            outbox.sent(connection, entry.id, now=rt.now())
        sent += 1
        written_to = delivery.written_to or written_to
    if written_to:
        logger.info("no SMTP server is configured: mails are files under %s", written_to)
    if failed:
        raise DeliveryFailed(
            f"{failed} of {len(waiting)} messages could not be delivered ({last_error}); they are kept"
        )
    return DeliveryCounts(sent=sent, failed=failed, pending=0, written_to=written_to)
