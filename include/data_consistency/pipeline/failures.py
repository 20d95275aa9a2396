"""Failed tasks: told once as long as they fail, through the outbox; beside it where the database is away."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency import alerts
from data_consistency.alerts import explanations, routing, spool, store, watch
from data_consistency.alerts.blocks import Message, Reader, What
from data_consistency.alerts.life import Life, Seen, told
from data_consistency.alerts.mutes import mutes
from data_consistency.alerts.sightings import FAILURE, is_muted
from data_consistency.alerts.speech import subject_of
from data_consistency.alerts.store import Alert
from data_consistency.alerts.troubles import Facts, of_failure
from data_consistency.config import Settings
from data_consistency.errors import DataConsistencyError, DeliveryFailed
from data_consistency.logs import logger_of
from data_consistency.pipeline.mail import deliver_outbox
from data_consistency.pipeline.telling import facts_of
from data_consistency.routes import DEFAULT, MAIL, Channel, Kind
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime
from data_consistency.sources import Source

logger = logger_of(__name__)

# The incident that the check opened says more, and the same run's last but one task tells both together.
_TOLD_WITH_THE_NEXT = frozenset({"CheckNotEvaluated"})
_MAIL = Channel(name=MAIL, kind=Kind.MAIL)
_ONLY_A_FILE = "nobody could be told: the text is a file under var/outbox/"
# A message of this kind would wait behind those that it speaks of.
_TOLD_DIRECTLY = frozenset({"DeliveryFailed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """A task, or a run, that failed for good. The text of its error may quote data and stays in its log."""

    dag: str
    task: str
    run: str
    error: str  # class
    log_url: str | None = None

    @property
    def topic(self) -> str:
        """What it is told as: one cause of all DAGs, or one kind of error of one."""
        where = "" if explanations.of(self.error).everywhere else f"{self.dag}:"
        return f"{FAILURE}:{where}{self.error}"[:255]


def tell_failure(rt: Runtime, failure: TaskFailure) -> str:
    """Tell on-call of a failed task, once as long as it lasts, however many tasks and runs fail of one cause.

    Who was told is kept with the alert; what could not be handed over waits in the outbox.

    Returns:
        What was done, for the log.

    Raises:
        DataConsistencyError: the ledger cannot be reached; `tell_without_ledger` tells all the same.
    """
    if failure.error in _TOLD_DIRECTLY:
        return _tell_directly(rt, failure)
    facts = facts_of(rt)
    if not rt.repeated(lambda connection: _queue(connection, failure, facts)):
        return "nobody is told now: it is known, muted, or told with what the check found"
    try:
        deliver_outbox(rt)
    except DeliveryFailed as error:
        return f"kept in the outbox ({error})"
    return "on-call was told"


def tell_without_ledger(failure: TaskFailure, settings: Settings, source: Source, *, now: datetime) -> str:
    """Tell of a failed task while the database is away; a file keeps who was told until the ledger can.

    Returns:
        What was done, for the log.
    """
    folder = source.folder(settings.var / spool.FOLDER)
    noted = spool.note(
        folder,
        spool.Noted(
            topic=failure.topic,
            since=now,
            dag=failure.dag,
            task=failure.task,
            log=failure.log_url or "",
            key=source.named(f"{failure.topic}:{now:%Y%m%dT%H%M%S}"),
            tried_at=now,
        ),
    )
    if noted is None:
        return "nobody is told now: it is known"
    alert = _failing(Alert(id=0, topic=failure.topic, route=DEFAULT, life=Life(opened_at=noted.since)), failure)
    message = _message(alert, failure, noted.key, settings, source, now)
    if not _hand_over(message, settings, source):
        return _ONLY_A_FILE
    spool.told(folder, noted, subject=message.subject)
    return "on-call was told, without the database"


def settle_failures(rt: Runtime, dag: str) -> None:
    """A run of a DAG went well: what failed of it works again."""
    with rt.transaction() as connection:
        if not any(dag in alert.places for alert in store.load(connection, rt.now()).values()):
            return
    facts = facts_of(rt)
    rt.repeated(lambda connection: _settle(connection, dag, facts))


def _settle(connection: Connection, dag: str, facts: Facts) -> None:
    store.lock(connection, facts.now)
    for alert in store.load(connection, facts.now).values():
        if dag in alert.places:
            left = replace(alert, places={name: tasks for name, tasks in alert.places.items() if name != dag})
            store.keep(connection, left, facts.now)
            # It is over after a while, and told by who tells everything else.
            watch.advance(connection, left, Seen(rows=left.failing), facts, muted=True)


def _queue(connection: Connection, failure: TaskFailure, facts: Facts) -> bool:
    """Keep that it failed, and put a message into the outbox if people are to be told."""
    alert, muted = _kept(connection, failure, facts)
    muted = muted or failure.error in _TOLD_WITH_THE_NEXT
    _, news = watch.advance(connection, alert, Seen(rows=alert.failing), facts, muted=muted)
    if news is None:
        return False
    watch.tell(connection, [news], store.load(connection, facts.now).values(), facts, run_id=failure.run)
    return True


def _tell_directly(rt: Runtime, failure: TaskFailure) -> str:
    facts = facts_of(rt)
    alert, muted = rt.repeated(lambda connection: _seen_to_fail(connection, failure, facts))
    if muted or alert.life.told_at is not None:
        return "nobody is told now: it is known or muted"
    began = alert.life.opened_at or facts.now
    key = rt.source.named(f"alert:{alert.id}:{began:%Y%m%dT%H%M%S}")
    message = _message(alert, failure, key, rt.settings, rt.source, facts.now)
    if not _hand_over(message, rt.settings, rt.source):
        return _ONLY_A_FILE
    rt.repeated(lambda connection: _told_directly(connection, alert.id, message, facts.now))
    return "on-call was told, beside the outbox"


def _seen_to_fail(connection: Connection, failure: TaskFailure, facts: Facts) -> tuple[Alert, bool]:
    alert, muted = _kept(connection, failure, facts)
    return watch.advance(connection, alert, Seen(rows=alert.failing), facts, muted=True)[0], muted


def _told_directly(connection: Connection, alert_id: int, message: Message, now: datetime) -> None:
    store.lock(connection, now)
    alert = store.get(connection, alert_id)
    kept = replace(alert, life=told(alert.life, now), thread=message.key, subject=message.subject)
    store.keep(connection, kept, now)


def _kept(connection: Connection, failure: TaskFailure, facts: Facts) -> tuple[Alert, bool]:
    """The alert, its failure written down, and whether it is muted; nobody else changes alerts from here on."""
    store.lock(connection, facts.now)
    alert = _failing(store.begin(connection, failure.topic, DEFAULT, Severity.CRITICAL, facts.now), failure)
    store.keep(connection, alert, facts.now)
    return alert, is_muted(failure.topic, mutes(connection, facts.now), facts.now)


def _failing(alert: Alert, failure: TaskFailure) -> Alert:
    tasks = {**alert.places.get(failure.dag, {}), failure.task: failure.log_url or ""}
    return replace(alert, places={**alert.places, failure.dag: tasks})


def _message(
    alert: Alert, failure: TaskFailure, key: str, settings: Settings, source: Source, now: datetime
) -> Message:
    message = Message(
        what=What.OPENED,
        severity=Severity.CRITICAL,
        key=key,
        at=now,
        source="" if source.is_default else source.name,
        troubles=(of_failure(alert, What.OPENED),),
        run=failure.run,
    )
    reader = Reader(language=source.alerts.default.language.value, zone=str(settings.report_timezone))
    return replace(message, subject=subject_of(message, reader))


def _hand_over(message: Message, settings: Settings, source: Source) -> bool:
    """Tell by every channel of the default route; False: none let it through, so that it is a file."""
    reached = False
    for name in source.alerts.default.channels:
        found = routing.resolve(name, routing.ALL, source)
        if found is None:
            continue
        try:
            alerts.deliver(message, found[0], recipients=found[1], settings=settings, source=source)
        except DataConsistencyError as error:
            logger.warning("not told directly: %s", error)
        else:
            reached = True
    if not reached:
        by_file = replace(settings, smtp_url=None)
        alerts.deliver(message, _MAIL, recipients=source.recipients, settings=by_file, source=source)
    return reached
