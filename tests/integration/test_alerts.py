"""Alerts on the real ledger: what is told when, to whom, in which thread, and what people answer."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.alerts import answers, mutes, store
from data_consistency.errors import WrongUse
from data_consistency.ledger import incidents
from data_consistency.routes import Channel, Digest, Kind, Language, Route, Routing
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import MORNING, PHANTOM, Office, find, html_of, mail_server, mend, office, text_of
from tests.mailbox import Mailbox

_OTHER = "booked_outcome_has_flag"  # critical too


@pytest.fixture
def at_work(rt: Runtime) -> Iterator[Office]:
    """A runtime whose mail server works."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with mail_server(box := Mailbox(), port) as url:
        yield office(rt, box, url)


def _routed(at_work: Office, **changes: object) -> Office:
    alerts = replace(at_work.rt.source.alerts, **changes)  # type: ignore[arg-type]
    return replace(at_work, rt=replace(at_work.rt, source=replace(at_work.rt.source, alerts=alerts)))


def _told(rt: Runtime) -> int:
    return int(
        str(
            worlds.execute(rt.engine, "SELECT COUNT(*) FROM data_consistency_alerts WHERE notified_at IS NOT NULL")[0][
                0
            ]
        )
    )


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
    waiting = _told(rt)
    find(dead.rt, PHANTOM, [5])
    with mail_server(dead.mailbox, port):
        dead.clock.forward(30)
        dead.deliver()

    assert (0, 2) == (waiting, _told(rt))  # neither what came later nor what no mail names
    assert 1 == len(dead.mails())


def test_what_opens_at_once_is_one_mail_and_one_thread(at_work: Office) -> None:
    """Rows that break two rules, and the incident they make: three alerts, one mail; one more when all is over."""
    find(at_work.rt, PHANTOM, range(1, 31))
    find(at_work.rt, _OTHER, range(1, 31))
    _stop(at_work)
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
    ended = [event.what for alert in (1, 2, 3) for event in _events(at_work, alert)]
    assert 3 == ended.count("ended")
    assert [(1,)] == worlds.execute(
        at_work.rt.engine, "SELECT COUNT(*) FROM consistency_incidents WHERE notified_at IS NOT NULL"
    )


def test_limits_reached_in_two_companies_are_two_alerts_each_for_its_own_people(at_work: Office) -> None:
    """One rule, two plans to decide about: nobody is told of one in the place of the other, or of another's."""
    vip = Route(name="vip", companies=frozenset({7}), channels=("vip",))
    channel = Channel(name="vip", kind=Kind.MAIL, recipients=("vip@example.org",))
    at_work = _routed(at_work, channels=(*at_work.rt.source.alerts.channels, channel), routes=(vip,))
    for company in (7, 8, 9):
        _stop(at_work, company)

    at_work.run()

    ours, theirs = (at_work.mailbox.to(to) for to in ("oncall@example.org", "vip@example.org"))
    assert (1, 1) == (len(ours), len(theirs))
    assert [False, True, True] == [f"Company: {company}" in text_of(ours[0]).splitlines() for company in (7, 8, 9)]
    assert [True, False, False] == [f"Company: {company}" in text_of(theirs[0]).splitlines() for company in (7, 8, 9)]
    assert "Decide about incident 1: consistency incident show 1" in text_of(theirs[0])
    assert [(3,)] == worlds.execute(
        at_work.rt.engine, "SELECT COUNT(*) FROM consistency_incidents WHERE notified_at IS NOT NULL"
    )


def _stop(at_work: Office, company: int | None = None) -> None:
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


def _events(at_work: Office, alert: int) -> list[store.Event]:
    with at_work.rt.transaction() as connection:
        return store.events(connection, alert)


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


def test_an_answer_is_the_same_by_every_door(at_work: Office) -> None:
    """Acknowledged, snoozed and closed are kept with who and when; of what is not open nothing is said."""
    find(at_work.rt, PHANTOM, [1])
    at_work.run()
    now = at_work.clock.now
    with at_work.rt.transaction() as connection:
        answers.acknowledge(connection, [1, 1], actor="cli:eva", now=now)
        answers.snooze(connection, [1], until=now + timedelta(hours=4), actor="page:adam", now=now)
        acknowledged = store.get(connection, 1)
        (listed,) = store.list_open(connection, now)
        answers.close(connection, [1], actor="cli:eva", now=now)
        for wrong in ([1], [99], [1, 99]):
            with pytest.raises(WrongUse, match="alert"):
                answers.acknowledge(connection, wrong, actor="x", now=now)
        with pytest.raises(WrongUse, match="within the next 90 days"):
            answers.snooze(connection, [1], until=now + timedelta(days=91), actor="x", now=now)

    assert acknowledged == listed
    assert ("cli:eva", now) == (acknowledged.acknowledged_by, acknowledged.life.acknowledged_at)
    assert [
        ("closed", "cli:eva"),
        ("snoozed", "page:adam"),
        ("acknowledged", "cli:eva"),
        ("told opened", "watch"),
        ("began", "watch"),
    ] == [(event.what, event.actor) for event in _events(at_work, 1)]


def test_nobody_answers_and_others_are_told_of_it_and_of_its_end(at_work: Office) -> None:
    """After the time that the route says, to the channels that it names."""
    boss = Channel(name="boss", kind=Kind.MAIL, recipients=("boss@example.org",))
    routes = Route(escalate_after_minutes=30, escalate_to=("boss",))
    at_work = _routed(at_work, channels=(*at_work.rt.source.alerts.channels, boss), default=routes)
    find(at_work.rt, PHANTOM, [1])
    for _ in range(9):
        at_work.run()
    mend(at_work.rt, PHANTOM)
    for _ in range(8):
        at_work.run()

    to_boss = [text_of(mail).splitlines()[2] for mail in at_work.mailbox.to("boss@example.org")]
    assert [
        "No answer: Nobody has acknowledged this for 30 minutes.",
        "Resolved: All of it is over, after 45 min.",
    ] == to_boss
    assert 3 == len(at_work.mailbox.to("oncall@example.org"))


def test_a_company_and_a_rule_go_their_own_way(at_work: Office) -> None:
    """Each sees its own rows, counts and ids and no other's, in its own language; the default takes the rest."""
    vip = Channel(name="vip", kind=Kind.MAIL, recipients=("vip@example.org",))
    route = Route(name="vip", companies=frozenset({7}), channels=("vip",), language=Language.DE)
    at_work = _routed(at_work, channels=(*at_work.rt.source.alerts.channels, vip), routes=(route,))
    find(at_work.rt, PHANTOM, [701, 702], company=7)
    find(at_work.rt, PHANTOM, [101], company=1)
    find(at_work.rt, PHANTOM, [1], company=None)

    at_work.run()

    (theirs,), (ours,) = at_work.mailbox.to("vip@example.org"), at_work.mailbox.to("oncall@example.org")
    assert "2 Anrufe, alle neu." in text_of(theirs)
    assert "Anrufe: 701, 702" in text_of(theirs)
    assert "2 calls, all new." in text_of(ours)
    assert "Calls: 1, 101" in text_of(ours)
    assert "70" not in text_of(ours).split("Calls:")[1].splitlines()[0]
    assert 4 == _told(at_work.rt)


def test_a_maintenance_window_is_silent_and_what_lasts_is_told_after_it(at_work: Office) -> None:
    """Of a rule, of a company, of anything; what came and went within is nobody's mail."""
    now = at_work.clock.now
    with at_work.rt.transaction() as connection:
        mutes.mute(
            connection, rule=None, company_id=1, starts_at=now, ends_at=now + timedelta(hours=2), reason="import",
            actor="cli:me", now=now,
        )  # fmt: skip
        mutes.mute(
            connection, rule=_OTHER, company_id=None, starts_at=now, ends_at=now + timedelta(hours=9), reason="known",
            actor="cli:me", now=now,
        )  # fmt: skip
    find(at_work.rt, PHANTOM, [1], company=1)
    find(at_work.rt, _OTHER, [2], company=2)
    find(at_work.rt, "appointment_is_booked_once", [3], company=1)
    for n in range(24):
        at_work.run()
        if n == 10:
            mend(at_work.rt, "appointment_is_booked_once")
    quiet = len(at_work.mails())
    at_work.run()
    with at_work.rt.transaction() as connection:
        (left,) = mutes.mutes(connection, at_work.clock.now)
        mutes.unmute(connection, left.id, now=at_work.clock.now)
        with pytest.raises(WrongUse, match="is over"):
            mutes.unmute(connection, left.id, now=at_work.clock.now)
    at_work.run()

    assert 0 == quiet
    assert ["[critical] calls claim a booking, but there is no appointment"] == at_work.mailbox.subjects()[:1]
    assert 2 == len(at_work.mails())


def test_a_mute_says_how_long_and_why(at_work: Office) -> None:
    """For ever is no time, and no reason is none."""
    now = at_work.clock.now
    for hours, reason in ((0, "x"), (24 * 91, "x"), (1, " ")):
        with at_work.rt.transaction() as connection, pytest.raises(WrongUse):
            mutes.mute(
                connection, rule=None, company_id=None, starts_at=now, ends_at=now + timedelta(hours=hours),
                reason=reason, actor="x", now=now,
            )  # fmt: skip


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
    assert 6 == _told(at_work.rt)


@pytest.mark.parametrize(("digest", "mails"), [(Digest.HOURLY, 2), (Digest.OFF, 0)])
def test_how_often_is_a_setting(at_work: Office, digest: Digest, mails: int) -> None:
    """Hourly, or not at all."""
    at_work = _routed(at_work, digest=digest)
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


def test_two_sources_never_share_a_thread(at_work: Office) -> None:
    """Two ledgers, the same ids at the same moment: two mails that are not the same to a mail program."""
    find(at_work.rt, PHANTOM, [1])
    at_work.run(0)
    worlds.execute(at_work.rt.engine, "DELETE FROM consistency_alert_lives")
    worlds.execute(at_work.rt.engine, "ALTER TABLE consistency_alert_lives AUTO_INCREMENT = 1")
    named = replace(at_work, rt=replace(at_work.rt, source=replace(at_work.rt.source, name="shop")))
    named.run()

    ours, theirs = at_work.mails()
    assert ours["Message-ID"] != theirs["Message-ID"]
    assert theirs["Subject"].endswith("(shop)")
    assert "consistency --source shop alert ack 1" in text_of(theirs)


def test_routing_of_settings_that_changed_resolves_what_it_no_longer_knows(at_work: Office) -> None:
    """A route that is gone: its alert ends, and the default tells what lasts."""
    vip = Channel(name="vip", kind=Kind.MAIL, recipients=("vip@example.org",))
    route = Route(name="vip", companies=frozenset({1}), channels=("vip",))
    before = _routed(at_work, channels=(*at_work.rt.source.alerts.channels, vip), routes=(route,))
    find(before.rt, PHANTOM, [1])
    before.run()
    at_work.clock.forward(5)
    for _ in range(8):
        _routed(at_work, routes=()).run()

    assert ["vip@example.org", "oncall@example.org", "oncall@example.org"] == [
        str(mail["To"]) for mail in at_work.mails()
    ]
    assert isinstance(at_work.rt.source.alerts, Routing)
