"""Telling people once, keeping what could not be told, and the health of the watch itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from data_consistency import config, pipeline
from data_consistency.cli import build_app
from data_consistency.errors import DeliveryFailed
from data_consistency.ledger import switches
from data_consistency.runtime import Runtime
from tests import worlds
from tests.mailbox import Mailbox, mail_server


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A real SMTP server on a free port, and its URL."""
    with mail_server(box := Mailbox()) as url:
        yield box, url


def _with_mail(rt: Runtime, url: str) -> Runtime:
    return replace(
        rt,
        settings=replace(rt.settings, smtp_url=url),
        source=replace(rt.source, recipients=("oncall@example.org",)),
    )


def _check(rt: Runtime, run_id: str) -> int:
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full")
    queued = pipeline.notify_findings(rt, run_id=run_id)
    pipeline.finish(rt, run_id)
    return queued


def test_new_critical_findings_are_mailed_once_and_grouped(rt: Runtime, mailbox: tuple[Mailbox, str]) -> None:
    """One mail for all of a run; the same findings are not mailed again; ids only."""
    box, url = mailbox
    rt = _with_mail(rt, url)
    calls = [
        worlds.add_call(rt.engine, session_outcome="appointment_booked", customer_name="Eva Muster") for _ in range(3)
    ]

    first = _check(rt, "r1")
    sent = pipeline.deliver_outbox(rt)
    second = _check(rt, "r2")
    again = pipeline.deliver_outbox(rt)

    assert (1, 1, 0, 0) == (first, sent.sent, second, again.sent)
    (mail,) = box.parsed()
    body = mail.get_body(("plain",))
    assert body is not None
    assert all(str(call) in body.get_content() for call in calls)
    assert b"Muster" not in box.mails[0]
    assert worlds.OURS.encode() not in box.mails[0]


def test_a_flapping_finding_is_told_once(rt: Runtime) -> None:
    """Gone for a check and back with the next: that is no news."""
    call = worlds.add_call(rt.engine, session_outcome="appointment_booked")
    _check(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET session_outcome = 'other' WHERE id = :id", id=call)
    quiet = _check(rt, "r2")
    worlds.execute(rt.engine, "UPDATE calls SET session_outcome = 'appointment_booked' WHERE id = :id", id=call)

    assert (0, 0) == (quiet, _check(rt, "r3"))


def test_an_incident_is_told_once(rt: Runtime) -> None:
    """A correction above its cap wakes somebody, once."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")

    assert (1, 0) == (pipeline.notify_findings(rt, run_id="r1"), pipeline.notify_findings(rt, run_id="r2"))


def test_without_a_server_mails_are_files(rt: Runtime) -> None:
    """Nothing is lost where no mail is configured, and the caller learns where it lies."""
    worlds.add_call(rt.engine, session_outcome="appointment_booked")
    _check(rt, "r1")

    counts = pipeline.deliver_outbox(rt)

    assert str(rt.settings.var / "outbox") == counts.written_to
    assert 1 == len(list((rt.settings.var / "outbox").glob("*.eml")))


def test_a_mail_that_cannot_be_delivered_is_kept_and_tried_again(rt: Runtime, mailbox: tuple[Mailbox, str]) -> None:
    """The task is red, the message stays, the next run delivers it."""
    worlds.add_call(rt.engine, session_outcome="appointment_booked")
    _check(rt, "r1")

    with pytest.raises(DeliveryFailed, match="1 not delivered"):
        pipeline.deliver_outbox(_with_mail(rt, "smtp://127.0.0.1:1"))
    later = replace(_with_mail(rt, mailbox[1]), clock=lambda: config.utc_now() + timedelta(minutes=2))

    assert 1 == pipeline.deliver_outbox(later).sent


def _signs(rt: Runtime) -> dict[str, bool]:
    return {sign.name: sign.ok for sign in pipeline.examine(rt)}


def test_a_watch_that_never_ran_is_not_healthy(rt: Runtime) -> None:
    """No heartbeat: the doctor says each; triggers that the operator left out are not missed."""
    worlds.execute(rt.engine, "UPDATE consistency_marker SET created_at = created_at - INTERVAL 2 DAY")
    signs = _signs(rt)

    assert not signs["heartbeat check"]
    assert not signs["heartbeat report"]
    assert signs["triggers"]
    assert signs["schema"]
    assert signs["mail"]


def _beats(rt: Runtime) -> set[object]:
    return {name for (name,) in worlds.execute(rt.engine, "SELECT name FROM consistency_heartbeats")}


def test_a_heartbeat_is_beaten_at_the_end_of_good_work(rt: Runtime) -> None:
    """Neither a run that only began, nor one that failed, nor one about a part of its work says that all is well."""
    pipeline.begin(rt, "began", "check", "test")
    pipeline.begin(rt, "failed", "check", "test")
    pipeline.finish(rt, "failed", error="CheckNotEvaluated")
    pipeline.check_run(rt, actor="test", table="companies")
    pipeline.check_run(rt, actor="test", company_id=1)
    silent = _beats(rt)
    pipeline.check_run(rt, actor="test")

    assert (set(), {"check"}) == (silent, _beats(rt))


def test_the_doctor_sees_what_went_silent(rt: Runtime) -> None:
    """Undelivered mail, an incident, a switch, an old heartbeat: each is one line and status 1."""
    worlds.add_call(rt.engine, session_outcome="appointment_booked")
    _check(rt, "r1")
    with rt.transaction() as connection:
        switches.throw(connection, switches.CORRECTIONS, on=False, actor="test", now=rt.now())

    worlds.execute(rt.engine, "UPDATE consistency_outbox SET created_at = created_at - INTERVAL 16 MINUTE")
    fresh = _signs(rt)
    worlds.execute(rt.engine, "UPDATE consistency_heartbeats SET seen_at = seen_at - INTERVAL 1 HOUR")
    old = _signs(rt)
    run = CliRunner(env={"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)})
    said = run.invoke(build_app(), ["doctor", "--json"], catch_exceptions=False)

    assert fresh["heartbeat check"]
    assert not old["heartbeat check"]
    assert not fresh["mail"]
    assert not fresh["corrections_enabled"]
    assert 1 == said.exit_code
    assert {sign["name"] for sign in json.loads(said.stdout)} == set(old)


def test_the_doctor_sees_findings_that_no_company_would_see(rt: Runtime) -> None:
    """A row without company is known as such; a finding that lost its company is not."""
    nobodys = worlds.add_customer(rt.engine)
    worlds.execute(rt.engine, "ALTER TABLE customers MODIFY company_id BIGINT UNSIGNED NULL")
    worlds.execute(rt.engine, f"UPDATE customers SET company_id = NULL WHERE id = {nobodys}")
    worlds.add_call(rt.engine, session_outcome="appointment_booked")
    _check(rt, "r1")
    pipeline.check_table(rt, table="customers", run_id="r1", kind="full")
    pipeline.fill_review_queue(rt, run_id="r1")

    known = _signs(rt)
    without = worlds.execute(
        rt.engine, "SELECT DISTINCT entity_id FROM data_consistency_alerts WHERE company_id IS NULL"
    )
    worlds.execute(rt.engine, "UPDATE data_consistency_alerts SET company_id = NULL WHERE entity_type = 'call'")
    lost = {sign.name: sign for sign in pipeline.examine(rt)}["companies of findings"]

    assert [(nobodys,)] == without
    assert known["companies of findings"]
    assert not lost.ok
    assert lost.detail.startswith("2 findings and 0 review items")


def test_upkeep_deletes_what_is_settled_and_old_and_nothing_else(rt: Runtime) -> None:
    """Open findings stay for ever; settled ones go after their retention."""
    open_call = worlds.add_call(rt.engine, direction=None)
    healed = worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id = :id", id=healed)
    _check(rt, "r2")
    for table, column in (("data_consistency_alerts", "updated_at"), ("consistency_rule_results", "evaluated_at")):
        worlds.execute(rt.engine, f"UPDATE {table} SET {column} = {column} - INTERVAL 100 DAY")

    deleted = pipeline.maintain(rt, run_id="m1")

    with rt.engine.connect() as connection:
        left = connection.execute(text("SELECT entity_id FROM data_consistency_alerts")).scalars().all()
    assert [open_call] == left
    assert 1 == deleted["resolved_findings"]
    assert deleted["rule_results"] > 0
