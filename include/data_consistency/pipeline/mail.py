"""Tell people: group what is new into one message, put it into the outbox, deliver what waits there."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from sqlalchemy.engine import Connection

from data_consistency.alerts import message as messages
from data_consistency.alerts import send
from data_consistency.errors import DeliveryFailed
from data_consistency.ledger import outbox
from data_consistency.logs import logger_of
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """What became of the outbox."""

    sent: int = 0
    failed: int = 0
    written_to: str | None = None  # folder of .eml files when no SMTP server is configured


def notify_findings(rt: Runtime, *, run_id: str) -> int:
    """Queue one grouped message about new critical findings and one about new incidents.

    Both are marked as told in the same transaction, so that a repeated run tells nothing twice.

    Returns:
        Messages queued: 0 to 2.
    """
    found, stopped = rt.repeated(
        lambda connection: (_queue_findings(connection, rt, run_id), _queue_incidents(connection, rt))
    )
    logger.info("messages queued run=%s findings=%d incidents=%d", run_id, found, stopped)
    return int(bool(found)) + int(bool(stopped))


def _queue_findings(connection: Connection, rt: Runtime, run_id: str) -> int:
    now = rt.now()
    fresh = outbox.untold_findings(connection, severity=Severity.CRITICAL.value)
    if fresh:
        message = messages.findings_message(
            _groups(fresh),
            run_id=run_id,
            at=now,
            base_url=rt.settings.base_url,
            dag_id=rt.source.named(messages.CHECK_DAG),
        )
        ids = ",".join(str(finding.id) for finding in fresh)
        key = f"{message.dedupe_key}:{hashlib.sha256(ids.encode()).hexdigest()[:16]}"
        _put(connection, dataclasses.replace(message, dedupe_key=key), rt)
        outbox.mark_told(connection, [finding.id for finding in fresh], now=now)
    return len(fresh)


def _queue_incidents(connection: Connection, rt: Runtime) -> int:
    incidents = outbox.untold_incidents(connection)
    if incidents:
        notes = [
            messages.IncidentNote(
                id=item.id,
                kind=item.kind,
                rule=item.rule,
                table=item.table,
                found=item.found,
                cap=item.cap or None,
            )
            for item in incidents
        ]
        message = messages.incidents_message(
            notes, base_url=rt.settings.base_url, dag_id=rt.source.named(messages.CHECK_DAG)
        )
        _put(connection, message, rt)
        outbox.mark_incidents_told(connection, [item.id for item in incidents], now=rt.now())
    return len(incidents)


def _groups(fresh: Sequence[outbox.Untold]) -> list[messages.FindingGroup]:
    groups = []
    for _, members in groupby(fresh, key=lambda finding: finding.rule):
        findings = list(members)
        first = findings[0]
        groups.append(
            messages.FindingGroup(
                rule=first.rule,
                severity=Severity.CRITICAL,
                description=first.description,
                entity=first.entity,
                ids=tuple(finding.entity_id for finding in findings),
            )
        )
    return groups


def _put(connection: Connection, message: messages.Message, rt: Runtime) -> None:
    outbox.put(
        connection,
        dedupe_key=rt.source.named(message.dedupe_key),
        kind=message.kind,
        severity=message.severity.value,
        subject=message.subject if rt.source.is_default else f"{message.subject} ({rt.source.name})",
        body=messages.to_body(message),
        now=rt.now(),
    )


def retry_outbox(rt: Runtime) -> DeliveryCounts:
    """Deliver also what was given up.

    Raises:
        DeliveryFailed: after trying all, if one could not be delivered.
    """
    again = rt.repeated(outbox.retry)
    logger.info("given up before, tried again messages=%d", again)
    return deliver_outbox(rt)


def deliver_outbox(rt: Runtime) -> DeliveryCounts:
    """Hand waiting messages to their channel; one that fails stays and is tried again.

    Raises:
        DeliveryFailed: after trying all, if one could not be delivered.
    """
    counts = DeliveryCounts()
    last_error = ""
    with rt.transaction() as connection:
        waiting = outbox.pending(connection)
    for entry in waiting:
        try:
            delivery = send(
                messages.from_row(
                    kind=entry.kind,
                    severity=entry.severity,
                    subject=entry.subject,
                    dedupe_key=entry.dedupe_key,
                    body=entry.body,
                ),
                rt.settings,
                rt.source,
            )
        except DeliveryFailed as error:
            last_error = str(error)
            counts = dataclasses.replace(counts, failed=counts.failed + 1)
            rt.repeated(partial(outbox.failed, message_id=entry.id, error=last_error))
            continue
        # Not noted, it would be sent again.
        rt.repeated(partial(outbox.sent, message_id=entry.id, now=rt.now()))
        folder = counts.written_to if delivery.written_to is None else str(delivery.written_to.parent)
        counts = dataclasses.replace(counts, sent=counts.sent + 1, written_to=folder)
    if counts.written_to:
        logger.info("no SMTP server is configured: mails are files under %s", counts.written_to)
    if counts.failed:
        raise DeliveryFailed(f"{counts.failed} of {len(waiting)} messages not delivered ({last_error}); they are kept")
    return counts
