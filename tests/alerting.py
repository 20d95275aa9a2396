"""What tests of alerts share: a clock of their own, and findings as checks would have recorded them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from data_consistency import pipeline
from data_consistency.alerts import store
from data_consistency.errors import DeliveryFailed
from data_consistency.ledger import incidents
from data_consistency.rules.outcomes import finding_fingerprint
from data_consistency.runtime import Runtime
from tests import worlds
from tests.mailbox import Mailbox

PHANTOM = "booking_claim_has_appointment"
MORNING = datetime(2026, 10, 20, 6)  # UTC


@dataclass
class Clock:
    """Stands until it is moved."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        """The time, with its zone."""
        return self.now.replace(tzinfo=UTC)

    def forward(self, minutes: float = 5) -> None:
        """Time passes."""
        self.now += timedelta(minutes=minutes)


@dataclass
class Office:
    """A runtime on a clock, and the mail server that it tells."""

    rt: Runtime
    clock: Clock
    mailbox: Mailbox
    runs: int = 0
    red: list[str] = field(default_factory=list)  # why deliveries were red, by run

    def run(self, minutes: float = 5) -> int:
        """One run: tell, deliver, and five minutes pass; messages queued."""
        self.runs += 1
        queued = pipeline.notify_findings(self.rt, run_id=f"r{self.runs}")
        self.deliver()
        self.clock.forward(minutes)
        return queued

    def deliver(self) -> None:
        """Deliver; what is red is kept."""
        try:
            pipeline.deliver_outbox(self.rt)
        except DeliveryFailed as error:
            self.red.append(str(error))

    def mails(self) -> list[EmailMessage]:
        """What arrived, in its order."""
        return self.mailbox.parsed()

    def said(self) -> list[str]:
        """The plain text of what arrived."""
        return [text_of(mail) for mail in self.mails()]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def office(rt: Runtime, mailbox: Mailbox, url: str, *, recipients: Sequence[str] = ("oncall@example.org",)) -> Office:
    """A runtime that tells people, on a clock of its own."""
    clock = Clock()
    settings = replace(rt.settings, smtp_url=url)
    source = replace(rt.source, recipients=tuple(recipients))
    return Office(rt=replace(rt, settings=settings, source=source, clock=clock), clock=clock, mailbox=mailbox)


def find(rt: Runtime, rule: str, ids: Sequence[int], *, severity: str = "critical", company: int | None = 1) -> None:
    """A check has found rows wrong: as the ledger records it."""
    from data_consistency.db import sql

    entity = "call"
    rows = [
        {
            "rule": rule,
            "catalogue": "B-03",
            "severity": severity,
            "entity": entity,
            "entity_id": row,
            "company_id": company,
            "description": "A call that claims a booking has an appointment.",
            "fingerprint": finding_fingerprint(rule, entity, row),
            "rule_fingerprint": "0" * 64,
            "row_changed_at": rt.now(),
            "occurrences": 1,
            "status": "open",
            "run_id": "r",
            "now": rt.now(),
        }
        for row in ids
    ]
    with rt.transaction() as connection:
        for start in range(0, len(rows), 1000):
            sql.run_many(connection, "upsert_finding", rows[start : start + 1000])


def mend(rt: Runtime, rule: str, ids: Sequence[int] | None = None, *, status: str = "resolved") -> None:
    """A check has seen that rows are right again."""
    which = "" if ids is None else f" AND entity_id IN ({', '.join(map(str, ids))})"
    worlds.execute(
        rt.engine,
        f"UPDATE data_consistency_alerts SET status = '{status}', updated_at = :now, resolved_at = :now"
        f" WHERE alert_type = :rule AND status IN ('open', 'in_review'){which}",
        now=rt.now(),
        rule=rule,
    )


def routed(at_work: Office, **changes: object) -> Office:
    """The same office with other routes or channels."""
    alerts = replace(at_work.rt.source.alerts, **changes)  # type: ignore[arg-type]
    return replace(at_work, rt=replace(at_work.rt, source=replace(at_work.rt.source, alerts=alerts)))


def told(rt: Runtime) -> int:
    """Findings that count as told."""
    query = "SELECT COUNT(*) FROM data_consistency_alerts WHERE notified_at IS NOT NULL"
    return int(str(worlds.execute(rt.engine, query)[0][0]))


def stop(at_work: Office, company: int | None = None) -> None:
    """A rule has reached its limit."""
    with at_work.rt.transaction() as connection:
        incidents.open_incident(
            connection,
            kind=incidents.CAP_EXCEEDED,
            rule=PHANTOM,
            table="calls",
            company_id=company,
            found=30,
            cap=25,
            detail="x",
            run_id="r",
            now=at_work.clock.now,
        )


def events(at_work: Office, alert: int) -> list[store.Event]:
    """What happened to an alert, in its order."""
    with at_work.rt.transaction() as connection:
        return store.events(connection, alert)
