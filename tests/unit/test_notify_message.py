"""Messages and mails: what they say, and that nothing in them can break out."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.alerts import message
from data_consistency.alerts.formats import email
from data_consistency.alerts.message import FindingGroup, IncidentNote, Link, Message
from data_consistency.errors import ConfigurationError
from data_consistency.rules import Severity

AT = datetime(2025, 10, 20, 5, 30, tzinfo=UTC)
HOSTILE = [
    "Subject\r\nBcc: thief@example.org",
    "=?utf-8?q?a=0D=0ABcc:_thief@example.org?=",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "\ud800",
]


def group(rule: str = "call_direction_present", severity: Severity = Severity.WARNING, count: int = 3) -> FindingGroup:
    """New findings of one rule."""
    return FindingGroup(
        rule=rule,
        severity=severity,
        description="Every call has a direction.",
        entity="call",
        ids=tuple(range(count, 0, -1)),
    )


def parsed(mail: EmailMessage) -> EmailMessage:
    """The mail as a reader gets it."""
    return cast("EmailMessage", message_from_bytes(mail.as_bytes(), policy=policy.default))


def test_findings_message_names_the_worst_rule_first() -> None:
    """One mail for all rules of a run; its severity is that of its worst finding."""
    groups = [group(), group("call_booking_real", Severity.CRITICAL, 1)]

    told = message.findings_message(groups, run_id="run 1", at=AT, base_url="https://airflow.example.org/")

    assert told.severity is Severity.CRITICAL
    assert told.subject == "[critical] 4 new findings in 2 rules"
    assert told.lines[1] == "critical: call_booking_real: 1. Every call has a direction."
    assert told.lines[4] == "call ids: 1, 2, 3"
    assert told.links[0].url == "https://airflow.example.org/dags/consistency_check"


def test_findings_message_shows_the_first_ids_only() -> None:
    """A rule with thousands of findings does not fill a mail."""
    told = message.findings_message([group(count=50)], run_id="run", at=AT)

    assert told.lines[2].endswith("19, 20 and 30 more")


def test_findings_message_refuses_to_say_nothing() -> None:
    """No findings, no mail."""
    with pytest.raises(ValueError, match="no findings"):
        message.findings_message([], run_id="run", at=AT)


def test_incidents_message_says_what_waits() -> None:
    """An incident mail names rule, table, count and cap."""
    note = IncidentNote(id=7, kind="cap_exceeded", rule="call_direction_present", table="calls", found=90, cap=25)

    told = message.incidents_message([note])

    assert told.lines[1] == "7: cap_exceeded of call_direction_present on calls: found 90, cap 25"
    assert told.subject == "[critical] 1 incident to decide"


def test_incidents_message_has_one_key_per_set_of_incidents() -> None:
    """The same incidents are told once, whatever their order."""
    notes = [IncidentNote(id=n, kind="not_evaluated", rule="r", table="calls", found=0, cap=None) for n in (2, 1)]

    keys = {message.incidents_message(order).dedupe_key for order in (notes, notes[::-1])}

    assert len(keys) == 1
    assert message.incidents_message(notes[:1]).dedupe_key not in keys


def test_incidents_message_refuses_to_say_nothing() -> None:
    """No incidents, no mail."""
    with pytest.raises(ValueError, match="no incidents"):
        message.incidents_message([])


def test_failure_message_names_the_class_of_the_error() -> None:
    """A failed task is told with its place and the class of its error."""
    told = message.failure_message(
        dag_id="consistency_check",
        task_id="check",
        run_id="scheduled__1",
        error_class="DatabaseUnavailable",
        try_number=3,
        log_url="https://airflow.example.org/log",
    )

    assert told.subject == "[critical] consistency_check.check failed: DatabaseUnavailable"
    assert "try: 3" in told.lines
    assert told.links == (Link(text="Log of the task", url="https://airflow.example.org/log"),)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "http://[", None])
def test_failure_message_drops_links_that_are_no_pages(url: str | None) -> None:
    """A link that a mail reader could execute, or that is no URL, is left out."""
    told = message.failure_message(dag_id="d", task_id="t", run_id="r", error_class="E", try_number=1, log_url=url)

    assert told.links == () or told.links[0].url == "https://a b"


def test_message_survives_the_outbox() -> None:
    """What the outbox stores is the whole message."""
    told = message.findings_message([group()], run_id="run", at=AT, base_url="https://a.example")

    again = message.from_row(
        kind=told.kind,
        severity=told.severity.value,
        subject=told.subject,
        dedupe_key=told.dedupe_key,
        body=message.to_body(told),
    )

    assert told == again


def test_mail_has_both_renderings_and_a_stable_id() -> None:
    """Readers choose between text and HTML; the same message has the same Message-ID."""
    told = message.findings_message([group()], run_id="run", at=AT, base_url="https://a.example")

    mail = email.build(told, sender="dc@example.org", recipients=["a@example.org", "b@example.org"], at=AT)

    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert mail["To"] == "a@example.org, b@example.org"
    assert mail["Message-ID"] == f"<{told.fingerprint}@data-consistency.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "call ids: 1, 2, 3" in email.render_text(told)


@pytest.mark.parametrize("address", ["Name <a@example.org>", "a@example.org\nBcc: b@example.org", "a", ""])
def test_mail_refuses_addresses_that_are_not_bare(address: str) -> None:
    """An address of the settings cannot smuggle a header or a second recipient."""
    told = message.findings_message([group()], run_id="run", at=AT)

    with pytest.raises(ConfigurationError, match="CONSISTENCY_ALERT_EMAILS"):
        email.build(told, sender="dc@example.org", recipients=[address], at=AT)


@given(text=st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_mail_cannot_be_broken_out_of(text: str) -> None:
    """Whatever a text holds, it adds no header, no recipient, no part and no HTML element."""
    told = Message(
        kind="findings",
        severity=Severity.CRITICAL,
        subject=text,
        lines=(text,),
        links=(Link(text=text, url="https://a.example/" + text),),
        dedupe_key=text,
    )

    mail = parsed(email.build(told, sender="dc@example.org", recipients=["a@example.org"], at=AT))
    page = email.render_html(told)

    assert sorted(mail.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "Importance", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert mail["To"] == "a@example.org"
    assert len(list(mail.walk())) == 3
    assert page.count("<p>") == 2
    assert page.count("<script") == 0
    assert f"<p>{escape(message.one_line(text, None))}</p>" in page


@given(text=st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_one_line_is_one_line(text: str) -> None:
    """A cleaned text has no line end, no control and no direction-changing character."""
    line = message.one_line(text)

    assert len(line.splitlines()) <= 1
    assert len(line) <= 200
    assert "\u202e" not in line
    assert line.encode("utf-8").decode("utf-8") == line
