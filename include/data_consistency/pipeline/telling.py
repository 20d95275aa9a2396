"""Tell people: look at what is there, step every alert on, and put what is news into the outbox."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.alerts import digests, mutes, sightings, spool, store, watch
from data_consistency.alerts.life import Life
from data_consistency.alerts.sightings import Key
from data_consistency.alerts.store import Alert
from data_consistency.alerts.troubles import Facts
from data_consistency.db import sql
from data_consistency.errors import InvalidRule
from data_consistency.logs import logger_of
from data_consistency.routes import DEFAULT
from data_consistency.rules import Severity, load_suites
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# A five-minute check is stopped before the next one is due.
_CHECK_ENDS_WITHIN = timedelta(minutes=5)


def is_left_to_check(rt: Runtime, *, run_id: str) -> bool:
    """Whether a check of another run is under way, which tells people at its end.

    Between its finding and its correcting nobody is to be told of what is put right in a moment. One that does not end
    keeps nobody waiting for longer than a check may take.
    """
    with rt.transaction() as connection:
        since = rt.now() - _CHECK_ENDS_WITHIN
        found = sql.run(connection, "check_under_way", run_id=run_id, since=since).scalar_one_or_none()
    if found is not None:
        logger.info("left to the check under way run=%s check=%s", run_id, found)
    return found is not None


def notify_findings(rt: Runtime, *, run_id: str) -> int:
    """Queue what is news: alerts that opened, grew, were not answered or are over, and a digest when it is due.

    Alerts and messages are written in one transaction, so that a repeated run tells nothing twice, and of two that run
    at once one tells.

    Returns:
        Messages queued.
    """
    facts = facts_of(rt)
    taken, messages, news = rt.repeated(lambda connection: _queue(connection, rt, facts, run_id))
    for path in taken:
        path.unlink(missing_ok=True)
    logger.info("messages queued run=%s messages=%d news=%d", run_id, messages, news)
    return messages


def _queue(connection: Connection, rt: Runtime, facts: Facts, run_id: str) -> tuple[list[Path], int, int]:
    """The files that were taken in, messages queued, alerts of which there is news."""
    store.lock(connection, facts.now)
    taken = _take_in(connection, rt.folder(spool.FOLDER), facts.now)
    known = store.load(connection, facts.now)
    silent = mutes.mutes(connection, facts.now)
    seen = sightings.look(connection, rt.source.alerts, facts.rules(), silent, facts.now)
    alerts, news = watch.go_on(connection, known, seen, silent, facts)
    messages = watch.tell(connection, news, alerts.values(), facts, run_id=run_id)
    messages += digests.due(connection, list(alerts.values()), facts, run_id=run_id)
    return taken, len(messages), len(news)


def facts_of(rt: Runtime) -> Facts:
    """What messages of a source are made with, at this moment.

    Only the words of rules are needed: where a suite is wrong, which the check tells, people are told all the same.
    """
    try:
        suites = load_suites(rt.project, require_corrections=False)
    except InvalidRule as error:
        logger.warning("told without the words of rules: %s", error)
        suites = {}
    return Facts(settings=rt.settings, source=rt.source, suites=suites, now=rt.now())


def _take_in(connection: Connection, folder: Path, now: datetime) -> list[Path]:
    """What was told while the database was away becomes the life of an alert."""
    taken: list[Path] = []
    noted_ones = list(spool.all_noted(folder))
    known = store.load(connection, now) if noted_ones else {}
    for path, noted in noted_ones:
        key: Key = (noted.topic, DEFAULT)
        alert = known.get(key) or store.begin(connection, *key, Severity.CRITICAL, now)
        store.keep(connection, _with(alert, noted), now)
        how = "told while the database was away"
        store.note(connection, alert, "taken over", actor=watch.ACTOR, now=now, detail=how)
        taken.append(path)
    return taken


def _with(alert: Alert, noted: spool.Noted) -> Alert:
    tasks = {**alert.places.get(noted.dag, {}), noted.task: noted.log}
    places = {**alert.places, noted.dag: tasks}
    if alert.life.is_open:
        return replace(alert, places=places)
    life = Life(
        opened_at=noted.since,
        rows=1,
        told_at=noted.told_at,
        known_at=noted.told_at,
        known_rows=1 if noted.told_at else 0,
        known_severity=Severity.CRITICAL if noted.told_at else Severity.INFO,
    )
    thread, subject = (noted.key, noted.subject) if noted.told_at else (None, None)
    return replace(alert, life=life, places=places, thread=thread, subject=subject)
