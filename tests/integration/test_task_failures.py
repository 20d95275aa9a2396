"""Failed tasks through the outbox: told once as long as it lasts, once when it is over, and never guessed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from data_consistency import pipeline
from data_consistency.alerts import answers, mutes, store
from data_consistency.errors import DatabaseUnavailable
from data_consistency.ledger import incidents
from data_consistency.pipeline import TaskFailure
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import Office, office, text_of
from tests.mailbox import Mailbox, mail_server


def _fail(error: str = "CorrectionFailed", task: str = "correct", dag: str = "consistency_check") -> TaskFailure:
    return TaskFailure(dag=dag, task=task, run="scheduled__1", error=error, log_url="https://airflow.example.org/log")


def _away(at_work: Office) -> Runtime:
    """The same watch, its database gone."""
    gone = at_work.rt.engine.url.set(host="127.0.0.1", port=1, query={})
    return replace(at_work.rt, engine=worlds.make_engine(gone, connect_timeout_seconds=1))


def test_a_failure_is_told_with_cause_remedy_and_log_and_its_end(at_work: Office) -> None:
    """Eight runs fail: one mail. A good run, and ten minutes: another."""
    for _ in range(8):
        pipeline.tell_failure(at_work.rt, _fail())
        at_work.run()
    for _ in range(5):
        at_work.run()
        pipeline.settle_failures(at_work.rt, "consistency_check")

    failed, over = at_work.mails()
    assert "[critical] a task failed: CorrectionFailed" == failed["Subject"]
    assert "Cause: the database refused a correction; nothing of its batch was changed." in text_of(failed)
    assert "Remedy: read the task's log" in text_of(failed)
    assert "Log of the task: https://airflow.example.org/log" in text_of(failed)
    assert "Failed: consistency_check.correct." in text_of(failed)
    assert ("Re: " + str(failed["Subject"]), failed["Message-ID"]) == (over["Subject"], over["In-Reply-To"])
    assert "The tasks have worked again." in text_of(over)


def test_many_tasks_of_one_cause_are_one_mail(at_work: Office) -> None:
    """Mapped tasks in one second; an outage that two DAGs meet; another error of another DAG is another mail."""
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda n: pipeline.tell_failure(at_work.rt, _fail(task=f"correct[{n}]")), range(5)))
    for dag in ("consistency_check", "consistency_reconcile", "review_queue_processing"):
        pipeline.tell_failure(at_work.rt, _fail("DatabaseUnavailable", "begin", dag))
    pipeline.tell_failure(at_work.rt, _fail("CorrectionFailed", "x", "consistency_backfill"))

    assert [
        "[critical] a task failed: CorrectionFailed",
        "[critical] the database does not answer: nothing is checked",
        "[critical] a task failed: CorrectionFailed",
    ] == at_work.mailbox.subjects()


def test_a_cause_of_several_dags_is_over_when_each_of_them_works(at_work: Office) -> None:
    """A maintenance run says nothing of a suite that only the check reads."""
    for dag in ("consistency_check", "daily_consistency_report"):
        pipeline.tell_failure(at_work.rt, _fail("InvalidRule", "begin", dag))
    pipeline.settle_failures(at_work.rt, "consistency_maintenance")
    pipeline.settle_failures(at_work.rt, "consistency_check")
    for _ in range(5):
        at_work.run()
    half = len(at_work.mails())
    pipeline.settle_failures(at_work.rt, "daily_consistency_report")
    for _ in range(5):
        at_work.run()

    assert (1, 2) == (half, len(at_work.mails()))


def test_a_check_that_could_not_be_evaluated_is_one_mail_with_its_incident(at_work: Office) -> None:
    """The task fails, and the rule has an incident: who is called reads both at once, from the task that tells."""
    with at_work.rt.transaction() as connection:
        incidents.open_incident(
            connection, kind=incidents.NOT_EVALUATED, rule="call_direction_present", table="calls", found=0, cap=0,
            detail="x", run_id="r", now=at_work.clock.now,
        )  # fmt: skip
    pipeline.tell_failure(at_work.rt, _fail("CheckNotEvaluated", "check"))
    at_work.run()

    (mail,) = at_work.mails()
    assert "a check could not be evaluated, and 1 more" in mail["Subject"]
    assert "A rule could not be evaluated: call_direction_present" in text_of(mail)
    assert "mend the column, the facts file or the rule" in text_of(mail)


def test_who_was_told_is_kept_and_answers_count(at_work: Office) -> None:
    """The alert knows; acknowledged, snoozed and muted as any other."""
    pipeline.tell_failure(at_work.rt, _fail())
    now = at_work.clock.now
    with at_work.rt.transaction() as connection:
        (alert,) = store.list_open(connection, now)
        answers.acknowledge(connection, [alert.id], actor="cli:eva", now=now)
        mutes.mute(
            connection, rule=None, company_id=None, starts_at=now, ends_at=now + timedelta(hours=1), reason="update",
            actor="cli:eva", now=now,
        )  # fmt: skip
    pipeline.tell_failure(at_work.rt, _fail("SchemaNotReady", "begin"))

    assert ("failure:consistency_check:CorrectionFailed", now) == (alert.topic, alert.life.told_at)
    assert 1 == len(at_work.mails())


def test_a_failure_while_mail_is_away_is_kept_and_arrives(rt: Runtime, port: int) -> None:
    """It waits in the outbox like everything else."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}")

    said = pipeline.tell_failure(dead.rt, _fail())
    with mail_server(dead.mailbox, port):
        dead.clock.forward(30)
        dead.deliver()

    assert said.startswith("kept in the outbox")
    assert 1 == len(dead.mails())


def test_that_messages_do_not_get_through_is_told_beside_the_outbox(rt: Runtime, port: int) -> None:
    """By any channel that works, else as a file; once somebody was reached, no more."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}")
    failure = _fail("DeliveryFailed", "notify")

    said = [pipeline.tell_failure(dead.rt, failure) for _ in range(2)]
    files = list((Path(rt.settings.var) / "outbox").glob("*.eml"))
    with mail_server(dead.mailbox, port):
        said += [pipeline.tell_failure(dead.rt, failure) for _ in range(2)]

    assert ["nobody could be told", "nobody could be told", "on-call was told, be", "nobody is told now: i"] == [
        one[:20].rstrip(":") if one.startswith("nobody could") else one[:20] if one.startswith("on") else one[:21]
        for one in said
    ]
    assert 1 == len(files)
    assert ["[critical] messages cannot be delivered"] == dead.mailbox.subjects()


def test_an_outage_of_the_database_is_told_once_and_its_end_in_the_same_thread(at_work: Office) -> None:
    """Nothing can be written down for an hour: a file keeps who was told, and the ledger takes it over."""
    away = _away(at_work)
    for n in range(12):
        with pytest.raises(DatabaseUnavailable):
            pipeline.tell_failure(away, _fail("DatabaseUnavailable", "begin"))
        pipeline.tell_without_ledger(
            _fail("DatabaseUnavailable", "begin", ("consistency_check", "consistency_reconcile")[n % 2]),
            at_work.rt.settings,
            at_work.rt.source,
            now=at_work.clock.now,
        )
        at_work.clock.forward()
    for _ in range(5):
        at_work.run()
        pipeline.settle_failures(at_work.rt, "consistency_check")

    failed, over = at_work.mails()
    assert "[critical] the database does not answer: nothing is checked" == failed["Subject"]
    assert (failed["Message-ID"], "Re: " + str(failed["Subject"])) == (over["In-Reply-To"], over["Subject"])
    assert "after 1 h 5 min." in text_of(over)
    assert [] == list((Path(at_work.rt.settings.var) / "untold").iterdir())


def test_an_outage_of_everything_is_told_when_anything_is_back(rt: Runtime, port: int) -> None:
    """Neither database nor mail: a file says it, each run tries again, and on-call learns of it afterwards."""
    dead = office(rt, Mailbox(), f"smtp://127.0.0.1:{port}")
    failure = _fail("DatabaseUnavailable", "begin")
    for _ in range(3):
        pipeline.tell_without_ledger(failure, dead.rt.settings, dead.rt.source, now=dead.clock.now)
        dead.clock.forward()
    with mail_server(dead.mailbox, port):
        for _ in range(2):
            pipeline.tell_without_ledger(failure, dead.rt.settings, dead.rt.source, now=dead.clock.now)
            dead.clock.forward()

    assert 1 == len(list((Path(rt.settings.var) / "outbox").glob("*.eml")))
    assert 1 == len(dead.mails())
    assert "Since 20 Oct 2026, 08:00 CEST." in text_of(dead.mails()[0])
