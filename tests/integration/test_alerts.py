"""Alerts on the real ledger: what is told when, in which thread, and what of it in a digest."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.alerts import answers
from data_consistency.ledger import incidents
from data_consistency.routes import Digest
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import MORNING, PHANTOM, Office, events, find, html_of, mend, office, routed, stop, text_of, told
from tests.mailbox import Mailbox, mail_server

_OTHER = "booked_outcome_has_flag"  # critical too


def test_a_phantom_is_told_once_and_its_end_in_the_same_thread(at_work: Office) -> None:
    """The mail says the problem, counts, ids, what to do; the end says how long it was and what put it right."""
    find(at_work.rt, PHANTOM, [4711])
    for _ in range(6):
        at_work.run()
    mend(at_work.rt, PHANTOM, status="corrected")
    for _ in range(8):
        at_work.run()

    opened, resolved = at_work.mails()
    said = text_of(opened)
    assert "[critical] calls claim a booking, but there is no appointment" == opened["Subject"]
    assert "1 call, new." in said
    assert "Calls: 4711" in said
    assert "A call that claims a booking has an appointment" not in said  # what should be reads as good news
    assert "consistency alert ack 1" in said
    assert "B-03 booking_claim_has_appointment" in said
    assert "Calls claim a booking, but there is no appointment" in html_of(opened)
    assert ("Re: " + opened["Subject"], opened["Message-ID"]) == (resolved["Subject"], resolved["In-Reply-To"])
    assert "Resolved: All of it is over, after 30 min." in text_of(resolved)
    assert "Put right since it began: 1, of those 1 by corrections." in text_of(resolved)


def test_findings_count_as_told_when_the_mail_is_out_and_not_before(rt: Runtime) -> None:
    """A mail that waits has told nobody."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}")
    find(dead.rt, PHANTOM, [1, 2])
    find(dead.rt, _OTHER, [3], severity="info")
    dead.run()
    waiting = told(rt)
    find(dead.rt, PHANTOM, [5])
    with mail_server(dead.mailbox, port):
        dead.clock.forward(30)
        dead.deliver()

    assert (0, 2) == (waiting, told(rt))  # neither what came later nor what no mail names
    assert 1 == len(dead.mails())


def test_what_opens_at_once_is_one_mail_and_one_thread(at_work: Office) -> None:
    """Rows that break two rules, and the incident they make: three alerts, one mail; one more when all is over."""
    find(at_work.rt, PHANTOM, range(1, 31))
    find(at_work.rt, _OTHER, range(1, 31))
    stop(at_work)
    at_work.run()
    mend(at_work.rt, PHANTOM)
    for _ in range(10):
        at_work.run()
    mend(at_work.rt, _OTHER)
    with at_work.rt.transaction() as connection:
        asked = incidents.lock(connection, 1)
        incidents.move(connection, asked, incidents.REJECTED, run_id="me", actor="me", now=at_work.clock.now)
    for _ in range(10):
        at_work.run()

    opened, resolved = at_work.mails()
    assert "[critical] calls ended with a booking, but carry no booking flag, and 2 more" == opened["Subject"]
    assert "30 rows want a correction, 25 are allowed at once." in text_of(opened)
    assert "Decide about incident 1: consistency incident show 1" in text_of(opened)
    assert 3 == html_of(opened).count("<h2") == html_of(resolved).count("<h2")
    assert resolved["References"] == opened["Message-ID"]
    ended = [event.what for alert in (1, 2, 3) for event in events(at_work, alert)]
    assert 3 == ended.count("ended")
    assert [(1,)] == worlds.execute(
        at_work.rt.engine, "SELECT COUNT(*) FROM consistency_incidents WHERE notified_at IS NOT NULL"
    )


def test_of_two_that_tell_at_once_one_does(at_work: Office) -> None:
    """Two DAGs have a task that tells; what is news is news once."""
    at_work.run(24 * 60)
    find(at_work.rt, PHANTOM, range(1, 6))
    find(at_work.rt, "call_direction_present", [9], severity="warning")
    with ThreadPoolExecutor(6) as pool:
        queued = list(pool.map(lambda n: pipeline.notify_findings(at_work.rt, run_id=f"r{n}"), range(6)))
    at_work.deliver()

    assert [0, 0, 0, 0, 0, 2] == sorted(queued)
    assert 2 == len(at_work.mails())


def test_the_cause_of_many_rows_is_named(at_work: Office) -> None:
    """Calls of one agent version among those of others; the raw text of the provider is not shown."""
    rt = at_work.rt
    wrong = [
        worlds.add_call(rt.engine, raw='{"agent_version": 42, "user": "Eva Muster"}', customer_name="Eva Muster")
        for _ in range(25)
    ]
    for n in range(25):
        worlds.add_call(rt.engine, raw=f'{{"agent_version": {n % 5}}}')
    find(rt, PHANTOM, wrong)

    at_work.run()

    (said,) = at_work.said()
    assert "Probably: agent version 42, in 100 % of these and 0 % of the others." in said
    assert "Muster" not in said


def test_a_source_without_the_columns_is_told_without_a_cause(at_work: Office) -> None:
    """Another generation of the source has no such column: the mail is not held up."""
    ids = [worlds.add_call(at_work.rt.engine) for _ in range(21)]
    worlds.execute(at_work.rt.engine, "ALTER TABLE calls DROP COLUMN gateway_mode")
    find(at_work.rt, PHANTOM, ids)

    at_work.run()

    assert "21 calls, all new." in at_work.said()[0]
    assert "Probably" not in at_work.said()[0]


def test_warnings_are_a_digest_and_info_is_none(at_work: Office) -> None:
    """Once a day at the hour of the settings, where the readers live; nothing new, no digest."""
    at_work.clock.now = MORNING - timedelta(minutes=5)  # 07:55 in Berlin
    find(at_work.rt, "call_direction_present", range(1, 6), severity="warning")
    find(at_work.rt, "call_outcome_is_known", [7], severity="warning")
    find(at_work.rt, "completed_call_has_transcript", [8], severity="info")
    at_work.run()
    before = len(at_work.mails())
    at_work.run()
    mend(at_work.rt, "call_direction_present", [1, 2])
    at_work.clock.now = MORNING + timedelta(hours=23, minutes=59)
    at_work.run(2)
    at_work.run()
    at_work.clock.forward(24 * 60)
    at_work.run()

    first, second = at_work.mails()
    assert 0 == before
    assert "[warning] Digest, 20 Oct 2026" == first["Subject"]
    assert "5 new, 0 ongoing, 0 put right" in text_of(first)
    assert "Calls have an unknown outcome" in text_of(first)
    assert "transcript" not in text_of(first)
    assert "0 new, 3 ongoing, 2 put right" in text_of(second)
    assert "unknown outcome" not in text_of(second)
    assert 6 == told(at_work.rt)


@pytest.mark.parametrize(("digest", "mails"), [(Digest.HOURLY, 2), (Digest.OFF, 0)])
def test_how_often_is_a_setting(at_work: Office, digest: Digest, mails: int) -> None:
    """Hourly, or not at all."""
    at_work = routed(at_work, digest=digest)
    at_work.run(60)
    find(at_work.rt, "call_direction_present", [1], severity="warning")
    at_work.run(60)
    find(at_work.rt, "call_direction_present", [2], severity="warning")
    at_work.run(60)
    at_work.run(60)

    assert mails == len(at_work.mails())


def test_what_nobody_has_taken_on_for_a_day_is_in_the_digest(at_work: Office) -> None:
    """So that silence after the first mail is no health."""
    find(at_work.rt, PHANTOM, [1])
    find(at_work.rt, _OTHER, [2])
    at_work.run()
    with at_work.rt.transaction() as connection:
        answers.acknowledge(connection, [1], actor="me", now=at_work.clock.now)
    at_work.clock.forward(25 * 60)
    at_work.run()

    digest = at_work.mails()[-1]
    said = text_of(digest)
    assert "[critical] Digest, 21 Oct 2026" == digest["Subject"]
    assert "1 call since 20 Oct 2026, 08:00 CEST; critical, and nobody has acknowledged it" in said
    assert 1 == said.count("nobody has acknowledged")


def test_open_findings_are_counted_from_an_index_alone(rt: Runtime) -> None:
    """Every five minutes, however many are open."""
    find(rt, PHANTOM, range(1, 3000))
    worlds.execute(rt.engine, "ANALYZE TABLE data_consistency_alerts")
    from data_consistency.db import sql
    from data_consistency.project import shipped

    statement = sql.query(shipped(), "alert_rows").replace(":severity", "'critical'")
    (plan,) = worlds.execute(rt.engine, f"EXPLAIN {statement}")

    assert "data_consistency_alerts_told" in plan
    assert "Using index" in str(plan[-1])


def test_a_quiet_run_costs_few_statements(at_work: Office) -> None:
    """Nothing to tell: the marker, the lock, the alerts, the mutes, the findings, the incidents, the digest."""
    from sqlalchemy import event

    at_work.run()
    sent: list[str] = []
    event.listen(at_work.rt.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))

    pipeline.notify_findings(at_work.rt, run_id="quiet")

    assert len([statement for statement in sent if not statement.startswith("SET")]) <= 10
