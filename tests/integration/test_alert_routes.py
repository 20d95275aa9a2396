"""Who is told of alerts on the real ledger: routes by company and rule, silence, and what people answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data_consistency.alerts import answers, mutes, store
from data_consistency.errors import WrongUse
from data_consistency.routes import Channel, Kind, Language, Route, Routing
from tests import worlds
from tests.alerting import PHANTOM, Office, events, find, mend, routed, stop, text_of, told

_OTHER = "booked_outcome_has_flag"  # critical too


def test_limits_reached_in_two_companies_are_two_alerts_each_for_its_own_people(at_work: Office) -> None:
    """One rule, two plans to decide about: nobody is told of one in the place of the other, or of another's."""
    vip = Route(name="vip", companies=frozenset({7}), channels=("vip",))
    channel = Channel(name="vip", kind=Kind.MAIL, recipients=("vip@example.org",))
    at_work = routed(at_work, channels=(*at_work.rt.source.alerts.channels, channel), routes=(vip,))
    for company in (7, 8, 9):
        stop(at_work, company)

    at_work.run()

    ours, theirs = (at_work.mailbox.to(to) for to in ("oncall@example.org", "vip@example.org"))
    assert (1, 1) == (len(ours), len(theirs))
    assert [False, True, True] == [f"Company: {company}" in text_of(ours[0]).splitlines() for company in (7, 8, 9)]
    assert [True, False, False] == [f"Company: {company}" in text_of(theirs[0]).splitlines() for company in (7, 8, 9)]
    assert "Decide about incident 1: consistency incident show 1" in text_of(theirs[0])
    assert [(3,)] == worlds.execute(
        at_work.rt.engine, "SELECT COUNT(*) FROM consistency_incidents WHERE notified_at IS NOT NULL"
    )


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
    ] == [(event.what, event.actor) for event in events(at_work, 1)]


def test_nobody_answers_and_others_are_told_of_it_and_of_its_end(at_work: Office) -> None:
    """After the time that the route says, to the channels that it names."""
    boss = Channel(name="boss", kind=Kind.MAIL, recipients=("boss@example.org",))
    routes = Route(escalate_after_minutes=30, escalate_to=("boss",))
    at_work = routed(at_work, channels=(*at_work.rt.source.alerts.channels, boss), default=routes)
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
    at_work = routed(at_work, channels=(*at_work.rt.source.alerts.channels, vip), routes=(route,))
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
    assert 4 == told(at_work.rt)


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
    before = routed(at_work, channels=(*at_work.rt.source.alerts.channels, vip), routes=(route,))
    find(before.rt, PHANTOM, [1])
    before.run()
    at_work.clock.forward(5)
    for _ in range(8):
        routed(at_work, routes=()).run()

    assert ["vip@example.org", "oncall@example.org", "oncall@example.org"] == [
        str(mail["To"]) for mail in at_work.mails()
    ]
    assert isinstance(at_work.rt.source.alerts, Routing)
