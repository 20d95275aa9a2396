"""Mail is never lost and never doubled: leases, back-off, what is set aside, and what the run's colour says."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from data_consistency import pipeline
from data_consistency.alerts import routing, watch
from data_consistency.alerts.blocks import fingerprint_of
from data_consistency.alerts.formats.email import message_id
from data_consistency.errors import DeliveryFailed
from data_consistency.ledger import outbox
from data_consistency.routes import Channel, Kind, Route, Routing
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alert_messages import MESSAGES
from tests.alerting import MORNING, Office, office
from tests.lossy import Lost, lossy_road
from tests.mailbox import Mailbox, mail_server
from tests.patience import PATIENCE


class Moody(Mailbox):
    """A mail server that refuses some recipients, and counts how many mails it is handed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[str, str] = {}
        self.upon: Callable[[], None] = lambda: None  # what happens while it takes the next mail

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        upon, self.upon = self.upon, lambda: None
        upon()
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def at_work(rt: Runtime, port: int) -> Iterator[Office]:
    """A runtime whose mail server works, with two recipients."""
    with mail_server(box := Moody(), port) as url:
        yield office(rt, box, url, recipients=("a@example.org", "b@example.org"))


def _put(at_work: Office, count: int = 1, first: int = 0) -> None:
    with at_work.rt.transaction() as connection:
        for n in range(first, first + count):
            watch.put(connection, replace(MESSAGES["opened"], key=f"k{n}", at=at_work.clock.now), at_work.clock.now)


def _states(rt: Runtime) -> list[tuple[object, ...]]:
    return worlds.execute(
        rt.engine, "SELECT status, COUNT(*) FROM consistency_deliveries GROUP BY status ORDER BY status"
    )


def _moody(at_work: Office) -> Moody:
    assert isinstance(at_work.mailbox, Moody)
    return at_work.mailbox


def test_each_recipient_gets_each_message_once(at_work: Office) -> None:
    """A row a recipient; delivering again delivers nothing; the same message put again is the same."""
    _put(at_work, 3)
    first = pipeline.deliver_outbox(at_work.rt)
    _put(at_work, 3)
    again = pipeline.deliver_outbox(at_work.rt)

    assert (6, 0) == (first.sent, again.sent)
    assert 3 == len(at_work.mailbox.to("a@example.org")) == len(at_work.mailbox.to("b@example.org"))
    assert [("sent", 3)] == worlds.execute(at_work.rt.engine, "SELECT status, COUNT(*) FROM consistency_outbox")
    assert [] == [
        row
        for row in worlds.execute(at_work.rt.engine, "SELECT recipient FROM consistency_deliveries")
        if "example" in str(row)
    ]


def test_deliverers_at_once_send_everything_once(at_work: Office) -> None:
    """Eight of them, at a server that takes its time over every mail."""
    _put(at_work, 20)
    start = threading.Barrier(8)

    def deliver(_: int) -> None:
        start.wait(PATIENCE)
        pipeline.deliver_outbox(at_work.rt)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(deliver, range(8)))

    assert [20, 20] == [len(at_work.mailbox.to(to)) for to in ("a@example.org", "b@example.org")]
    assert 20 == len({str(mail["Message-ID"]) for mail in at_work.mails()})
    assert [("sent", 40)] == _states(at_work.rt)


def test_a_delivery_whose_deliverer_died_is_made_by_the_next_when_its_lease_is_over(at_work: Office) -> None:
    """Not before: it may be slow, not dead. Time passes by the server's clock."""
    _put(at_work)
    pipeline_due = _leased(at_work.rt)
    quiet = pipeline.deliver_outbox(at_work.rt)
    worlds.execute(at_work.rt.engine, "UPDATE consistency_deliveries SET lease_until = lease_until - INTERVAL 6 MINUTE")
    late = pipeline.deliver_outbox(at_work.rt)

    assert 2 == pipeline_due
    assert (0, 2) == (quiet.sent, late.sent)
    assert 2 == len(at_work.mails())


def _leased(rt: Runtime) -> int:
    """Somebody takes all that is due, and dies."""
    with rt.transaction() as connection:
        for entry in outbox.unaddressed(connection):
            outbox.address(connection, entry.id, [("mail", "x1"), ("mail", "x2")], now=rt.now())
    for number, address in enumerate(rt.source.recipients, 1):
        worlds.execute(
            rt.engine,
            "UPDATE consistency_deliveries SET recipient = :digest WHERE recipient = :name",
            digest=routing.digest(address),
            name=f"x{number}",
        )
    with rt.transaction() as connection:
        return sum(
            outbox.lease(connection, one.id, now=rt.now()) is not None for one in outbox.due(connection, now=rt.now())
        )


def test_the_victim_of_a_deadlock_sends_no_second_mail(at_work: Office, caplog: pytest.LogCaptureFixture) -> None:
    """The mail is out of the house when the database undoes what notes it: the note alone is made again."""
    engine = worlds.make_engine(at_work.rt.engine.url)
    # Of two that wait for each other, the lighter one is undone.
    worlds.execute(engine, "CREATE TABLE load_of_another (id INT PRIMARY KEY)")
    _put(at_work)

    with caplog.at_level(logging.WARNING), engine.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("INSERT INTO load_of_another SELECT seq FROM seq_1_to_5000"))

        def cross() -> None:
            _until_somebody_waits(at_work.rt)
            other.execute(text("SELECT id FROM consistency_deliveries FOR UPDATE"))
            other.rollback()

        def meddle() -> None:
            other.execute(text("SELECT id FROM consistency_outbox FOR UPDATE"))
            pool.submit(cross)

        _moody(at_work).upon = meddle
        counts = pipeline.deliver_outbox(at_work.rt)

    engine.dispose()
    worlds.execute(at_work.rt.engine, "UPDATE consistency_deliveries SET lease_until = lease_until - INTERVAL 6 MINUTE")
    assert (2, 0) == (counts.sent, pipeline.deliver_outbox(at_work.rt).sent)
    assert [1, 1] == [len(at_work.mailbox.to(to)) for to in ("a@example.org", "b@example.org")]
    assert "1213" in caplog.text


def _until_somebody_waits(rt: Runtime) -> None:
    while worlds.execute(rt.engine, "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1] == "0":
        pass


@pytest.mark.parametrize("lost", [Lost.COMMIT, Lost.ANSWER])
def test_a_note_without_an_answer_is_made_again(at_work: Office, lost: Lost) -> None:
    """Whether the commit was made or not: the mail is out, and to note it twice changes nothing."""
    _put(at_work)
    with lossy_road(at_work.rt.engine.url) as (road, url):
        over = replace(at_work.rt, engine=worlds.make_engine(url))

        def lose() -> None:
            road.lose = lost

        _moody(at_work).upon = lose
        counts = pipeline.deliver_outbox(over)
        over.engine.dispose()

    worlds.execute(at_work.rt.engine, "UPDATE consistency_deliveries SET lease_until = lease_until - INTERVAL 6 MINUTE")
    assert (2, 0) == (counts.sent, pipeline.deliver_outbox(at_work.rt).sent)
    assert [1, 1] == [len(at_work.mailbox.to(to)) for to in ("a@example.org", "b@example.org")]
    assert [("sent", 2)] == _states(at_work.rt)


def test_a_mail_server_dead_for_hours_delays_and_loses_nothing(rt: Runtime, port: int) -> None:
    """Each run is red; it is asked less and less, and for ever; when it is back all arrives once, in its order."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}", recipients=("a@example.org", "b@example.org"))
    for n in range(72):
        if n < 10:
            _put(dead, 1, first=n)
        dead.deliver()
        dead.clock.forward(5)
    ((attempts, since),) = worlds.execute(rt.engine, "SELECT attempts, failing_since FROM consistency_channels")
    with mail_server(dead.mailbox, port):
        dead.clock.forward(30)
        dead.deliver()

    assert 72 == len(dead.red)
    assert "20 not delivered, kept and tried again" in dead.red[-1]
    assert MORNING == since
    assert 10 < int(str(attempts)) < 40  # six hours at five, and then at thirty minutes
    arrived = [str(mail["Message-ID"]) for mail in dead.mailbox.to("a@example.org")]
    assert [message_id(fingerprint_of(f"k{n}")) for n in range(10)] == arrived
    assert 20 == len(dead.mails())
    assert [("sent", 20)] == _states(rt)
    assert [] == worlds.execute(rt.engine, "SELECT name FROM consistency_channels")


def test_there_is_no_last_try(rt: Runtime, port: int) -> None:
    """A week without a server: the wait is bounded, the message is still there, and arrives."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}")
    _put(dead)
    for _ in range(40):
        dead.deliver()
        dead.clock.forward(240)

    assert 40 == len(dead.red)
    with mail_server(dead.mailbox, port):
        pipeline.deliver_outbox(dead.rt)
    assert 1 == len(dead.mails())


def test_an_address_that_bounces_is_set_aside_and_told_and_holds_up_nobody(at_work: Office) -> None:
    """The others get theirs; the run is red until a person decides; corrected, it is sent again."""
    box = _moody(at_work)
    box.refused = {"b@example.org": "550 no such user"}
    _put(at_work, 2)

    at_work.deliver()
    at_work.deliver()
    signs = {sign.name: sign for sign in pipeline.examine(at_work.rt)}

    assert (2, 0) == (len(box.to("a@example.org")), len(box.to("b@example.org")))
    assert 2 == len(at_work.red)
    assert "2 set aside, waiting for a person" in at_work.red[-1]
    assert not signs["mail set aside"].ok
    assert "2 are set aside" in signs["mail set aside"].detail
    box.refused = {}
    with at_work.rt.transaction() as connection:
        one, other = outbox.list_waiting(connection)
        outbox.resend(connection, one.id, now=at_work.clock.now)
        outbox.discard(connection, other.id, actor="cli:me", now=at_work.clock.now)
    assert 1 == pipeline.deliver_outbox(at_work.rt).sent
    assert 1 == len(box.to("b@example.org"))
    assert [("sent", 3), ("discarded", 1)] == _states(at_work.rt)


def test_a_recipient_who_is_greylisted_waits_alone(at_work: Office) -> None:
    """Not now is not never, and not everybody."""
    box = _moody(at_work)
    box.refused = {"b@example.org": "450 greylisted"}
    _put(at_work)
    at_work.deliver()
    at_work.deliver()
    box.refused = {}
    at_work.clock.forward(5)

    assert 1 == pipeline.deliver_outbox(at_work.rt).sent
    assert [1, 1] == [len(box.to(to)) for to in ("a@example.org", "b@example.org")]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"format": 2, "message": {"what": "x"}}'])
def test_a_message_that_cannot_be_read_blocks_none_behind_it(at_work: Office, body: str) -> None:
    """It is set aside and told; mended, it is delivered."""
    _put(at_work)
    good = worlds.execute(at_work.rt.engine, "SELECT body FROM consistency_outbox")[0][0]
    worlds.execute(at_work.rt.engine, "UPDATE consistency_outbox SET body = :body", body=body)
    _put(at_work, 1, first=1)

    at_work.deliver()

    assert 1 == len(at_work.mailbox.to("a@example.org"))
    assert "1 set aside" in at_work.red[-1]
    assert "cannot be read" in at_work.red[-1]
    worlds.execute(at_work.rt.engine, "UPDATE consistency_outbox SET body = :body WHERE id = 1", body=good)
    with at_work.rt.transaction() as connection:
        outbox.resend(connection, outbox.list_waiting(connection)[0].id, now=at_work.clock.now)
    assert 2 == pipeline.deliver_outbox(at_work.rt).sent


def test_who_left_the_settings_gets_nothing_more_and_who_joined_gets_what_waits(rt: Runtime, port: int) -> None:
    """On-call changes while the server is down: the message follows."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}", recipients=("old@example.org", "both@example.org"))
    _put(dead)
    dead.deliver()
    changed = replace(dead.rt, source=replace(dead.rt.source, recipients=("both@example.org", "new@example.org")))
    dead.clock.forward(60)

    with mail_server(dead.mailbox, port):
        pipeline.deliver_outbox(changed)
        pipeline.deliver_outbox(changed)

    assert [0, 1, 1] == [len(dead.mailbox.to(f"{who}@example.org")) for who in ("old", "both", "new")]


def test_a_channel_that_fails_stops_no_other(at_work: Office) -> None:
    """A webhook without an address; mail goes on, the run is red, doctor names the channel."""
    hook = Channel(name="ops", kind=Kind.SLACK, url_env="NO_SUCH_VARIABLE")
    routes = Routing(channels=(*at_work.rt.source.alerts.channels, hook), default=Route(channels=("ops", "mail")))
    rt = replace(at_work.rt, source=replace(at_work.rt.source, alerts=routes))
    _put(at_work)

    with pytest.raises(DeliveryFailed, match="NO_SUCH_VARIABLE is not set"):
        pipeline.deliver_outbox(rt)

    signs = {sign.name: sign for sign in pipeline.examine(rt)}
    assert 2 == len(at_work.mails())
    assert ["channel mail", "channel ops"] == sorted(name for name in signs if name.startswith("channel "))
    assert (True, False) == (signs["channel mail"].ok, signs["channel ops"].ok)
    assert "lets nothing through since 2026-10-20 06:00 UTC" in signs["channel ops"].detail


def test_what_waited_over_an_update_is_delivered(at_work: Office) -> None:
    """Messages of the time before deliveries had rows."""
    worlds.execute(
        at_work.rt.engine,
        "INSERT INTO consistency_outbox (dedupe_key, kind, severity, subject, body, status, attempts, created_at)"
        " VALUES ('findings:1', 'findings', 'critical', 'old', :body, 'failed', 20, NOW())",
        body='{"lines": ["3 new findings."], "links": []}',
    )

    assert 2 == pipeline.deliver_outbox(at_work.rt).sent
    assert ["old", "old"] == at_work.mailbox.subjects()
    assert all("3 new findings." in said for said in at_work.said())


def test_old_messages_go_after_their_time_and_those_that_wait_stay(at_work: Office) -> None:
    """Delivered ones after 30 days; what a person must decide about, never."""
    _moody(at_work).refused = {"b@example.org": "550 no"}
    _put(at_work)
    at_work.deliver()
    _moody(at_work).refused = {}
    _put(at_work, 1, first=1)
    at_work.deliver()
    at_work.clock.now += timedelta(days=31)

    pipeline.maintain(at_work.rt, run_id="m")

    assert [("set_aside", 1)] == _states(at_work.rt)
    assert [("failed",)] == worlds.execute(at_work.rt.engine, "SELECT status FROM consistency_outbox")
