"""A day of 288 runs: a phantom, a flood of 10,000 rows, a row that flaps, an outage; eight mails, each right.

The checks are simulated at the level of the ledger, as they would have recorded what they found; what people get goes
the real way: the alerts, the outbox, a real SMTP server. Nobody sleeps: the clock is the test's.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from data_consistency import pipeline
from data_consistency.alerts import answers, store
from data_consistency.errors import DatabaseUnavailable
from data_consistency.pipeline import TaskFailure
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import PHANTOM, Office, find, html_of, mend, office, text_of
from tests.mailbox import Mailbox, mail_server

_MIDNIGHT = datetime(2026, 10, 20)  # UTC; 02:00 where the readers live
_FLAPPING = "linked_customer_is_of_same_company"
_FLOOD = "successful_booking_has_any_appointment"
_FLOOD_ROWS = 10_000
_A_RUN = 278  # of them: three hours
_PHANTOM_CALL, _FLAPPING_CALL = 900_001, 900_002


@pytest.fixture
def at_work(rt: Runtime, port: int) -> Iterator[Office]:
    """A runtime whose mail server works, at midnight."""
    with mail_server(box := Mailbox(), port) as url:
        made = office(rt, box, url)
        made.clock.now = _MIDNIGHT
        yield made


_DIGITS = "(SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5"
_DIGITS += " UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"


def _calls(rt: Runtime, count: int, version: str) -> list[int]:
    """Calls of an agent version; their ids."""
    ((before,),) = worlds.execute(rt.engine, "SELECT COALESCE(MAX(id), 0) FROM calls")
    worlds.execute(
        rt.engine,
        "INSERT INTO calls (company_id, retell_call_id, direction, status, customer_name, raw, created_at)"
        " SELECT 1, CONCAT('call_', :before, '_', q.n), 'inbound', 'completed', 'Eva Muster',"
        f" JSON_OBJECT('agent_version', {version}, 'caller', '+4915112345678'), :now"
        f" FROM (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM {_DIGITS} AS a, {_DIGITS} AS b,"
        f" {_DIGITS} AS c, {_DIGITS} AS d) AS q WHERE q.n < :count",
        before=before,
        count=count,
        now=rt.now(),
    )
    rows = worlds.execute(rt.engine, "SELECT id FROM calls WHERE id > :before ORDER BY id", before=before)
    return [int(str(row)) for (row,) in rows]


def _outage(at_work: Office) -> None:
    """A run that finds no database: what its failed task does."""
    gone = at_work.rt.engine.url.set(host="127.0.0.1", port=1, query={})
    away = replace(at_work.rt, engine=worlds.make_engine(gone, connect_timeout_seconds=1))
    failure = TaskFailure(dag="consistency_check", task="begin", run="r", error="DatabaseUnavailable")
    with pytest.raises(DatabaseUnavailable):
        pipeline.tell_failure(away, failure)
    pipeline.tell_without_ledger(failure, at_work.rt.settings, at_work.rt.source, now=at_work.clock.now)
    at_work.clock.forward()


def _between(now: datetime, begin: str, end: str) -> bool:
    return begin <= f"{now:%H:%M}" < end


def _checks(at_work: Office) -> None:
    """What the checks of this moment find."""
    now, rt = at_work.clock.now, at_work.rt
    minutes = int((now - _MIDNIGHT).total_seconds()) // 60
    if _between(now, "01:00", "06:00"):
        if minutes % 10:
            mend(rt, _FLAPPING)
        else:
            find(rt, _FLAPPING, [_FLAPPING_CALL], company=2)
    if f"{now:%H:%M}" == "08:00":
        find(rt, PHANTOM, [_PHANTOM_CALL])
    if f"{now:%H:%M}" == "09:30":
        mend(rt, PHANTOM)
    if _between(now, "10:00", "13:00"):
        done = (minutes - 600) // 5 * _A_RUN
        find(rt, _FLOOD, _calls(rt, min(_A_RUN, _FLOOD_ROWS - done), "42"))
    if f"{now:%H:%M}" == "10:20":
        with rt.transaction() as connection:
            (alert,) = store.list_open(connection, now)
            answers.acknowledge(connection, [alert.id], actor="cli:eva", now=now)
    if f"{now:%H:%M}" == "14:00":
        mend(rt, _FLOOD, status="corrected")


def test_a_day_of_288_runs_ends_with_eight_mails(at_work: Office) -> None:
    """Four things happened; each has a mail that says so, and one in its thread that says that it is over."""
    _calls(at_work.rt, 3000, "30 + q.n % 7")
    runs = 0
    while at_work.clock.now < _MIDNIGHT + timedelta(days=1):
        runs += 1
        if _between(at_work.clock.now, "16:00", "17:00"):
            _outage(at_work)
            continue
        _checks(at_work)
        pipeline.settle_failures(at_work.rt, "consistency_check")
        at_work.run()

    mails = at_work.mails()
    assert 288 == runs
    assert 8 == len(mails), at_work.mailbox.subjects()
    flap, flap_over, phantom, phantom_over, flooded, flood_over, outage, outage_over = mails

    _opened(
        flap, "01:00", "calls are linked to a customer of another company", f"Calls: {_FLAPPING_CALL}", "1 call, new."
    )
    _over(flap_over, flap, "06:25", "after 4 h 55 min.", "Put right since it began: 1.")
    _opened(
        phantom,
        "08:00",
        "calls claim a booking, but there is no appointment",
        f"Calls: {_PHANTOM_CALL}",
        "1 call, new.",
    )
    _over(phantom_over, phantom, "10:00", "after 1 h 30 min.", "Put right since it began: 1.")
    _opened(
        flooded,
        "10:00",
        "calls count as successful bookings without any appointment",
        "278 calls, all new.",
        "Concerned: one company.",
        "Probably: agent version 42, in 100 % of these and 0 % of the others.",
        "and 273 more",
    )
    _over(
        flood_over,
        flooded,
        "14:30",
        "after 4 h 0 min.",
        "Put right since it began: 10,000, of those 10,000 by corrections.",
    )
    _opened(
        outage,
        "16:00",
        "the database does not answer: nothing is checked",
        "Remedy: bring the database back; the next run catches up from its watermark by itself.",
        "Failed: consistency_check.begin.",
    )
    _over(outage_over, outage, "17:15", "after 1 h 5 min.", "The tasks have worked again.")
    _nothing_left(at_work, mails)


def _opened(mail: EmailMessage, at: str, problem: str, *said: str) -> None:
    text = text_of(mail)
    assert f"[critical] {problem}" == mail["Subject"]
    assert _time(at) == mail["Date"].datetime
    assert mail["In-Reply-To"] is None
    assert [] == [part for part in (*said, problem.capitalize()) if part not in text]
    assert problem.capitalize() in html_of(mail)


def _over(mail: EmailMessage, opened: EmailMessage, at: str, *said: str) -> None:
    assert f"Re: {opened['Subject']}" == mail["Subject"]
    assert opened["Message-ID"] == mail["In-Reply-To"] == mail["References"]
    assert _time(at) == mail["Date"].datetime
    assert [] == [part for part in ("Resolved: ", *said) if part not in text_of(mail)]


def _time(at: str) -> datetime:
    hour, minute = map(int, at.split(":"))
    return _MIDNIGHT.replace(hour=hour, minute=minute, tzinfo=UTC)


def _nothing_left(at_work: Office, mails: list[EmailMessage]) -> None:
    """Nothing is open, waits or is untold; nobody's name or number left the house; no run but the outage was red."""
    with at_work.rt.transaction() as connection:
        assert [] == store.list_open(connection, at_work.clock.now)
    assert [] == at_work.red
    assert [(0,)] == worlds.execute(
        at_work.rt.engine, "SELECT COUNT(*) FROM consistency_deliveries WHERE status <> 'sent'"
    )
    whole = "".join(mail.as_string() + text_of(mail) for mail in mails)
    assert "Muster" not in whole
    assert "+49" not in whole
    assert {"oncall@example.org"} == {str(mail["To"]) for mail in mails}
    assert len(mails) == len({str(mail["Message-ID"]) for mail in mails})
