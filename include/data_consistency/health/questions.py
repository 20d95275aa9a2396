"""Signs of what waits for people: incidents, plans, questions, and what nobody would see."""

from collections.abc import Iterator
from datetime import timedelta

from data_consistency.db import sql
from data_consistency.health.sign import Look, Word, fine, sign, wrong
from data_consistency.ledger import incidents, queue

_OVERDUE = timedelta(days=7)
_APPLIED_WITHIN = timedelta(hours=1)
_STALE = timedelta(hours=queue.CLAIM_HOURS + 3)
_HINTED_WITHIN = timedelta(minutes=10)
_RECHECKED_WITHIN = timedelta(hours=1)
_KEYS_SOON = timedelta(days=7)


@sign(
    "incidents",
    "`consistency incident list`, then `incident show ID` and `approve` or `reject`; what is mended closes",
)
def _incidents(look: Look) -> Iterator[Word]:
    """An incident waits for a person: a cap was exceeded, a run died, the schema is not as it should be."""
    found = [one for one in incidents.list_incidents(look.connection) if one.kind != incidents.NOT_EVALUATED]
    yield wrong(f"{len(found)} wait for a person") if found else fine("0 wait for a person")


@sign(
    "plans", "run `consistency check` and `consistency apply`, or wait for the DAG; an expired plan is asked about anew"
)
def _plans(look: Look) -> Iterator[Word]:
    """A plan was approved over an hour ago and has not been applied, or has expired."""
    rows = sql.run(look.connection, "health_plans", late=look.now - _APPLIED_WITHIN).all()
    if not rows:
        yield fine("none waits")
        return
    said = [
        f"{row.id} of {row.rule} "
        + ("has expired" if row.expires_at is not None and row.expires_at < look.now else f"is still {row.status}")
        for row in rows[:5]
    ]
    yield wrong(f"plan {', plan '.join(said)}")


@sign("review queue", "`consistency queue list`, most urgent first; `queue snooze` puts one off")
def _queue(look: Look) -> Iterator[Word]:
    """A question has waited for over 7 days, or claims that nobody works on are not given back."""
    overdue, oldest = sql.run(look.connection, "health_questions", late=look.now - _OVERDUE, now=look.now).one()
    abandoned = sql.run(look.connection, "health_claims", stale=look.now - _STALE, now=look.now).scalar_one()
    if overdue:
        yield wrong(f"{overdue} questions wait for over 7 days, the oldest since {oldest:%Y-%m-%d} UTC")
    elif abandoned:
        yield wrong(f"{abandoned} claims are older than a day", "switch the DAG review_queue_processing on")
    else:
        yield fine(f"{queue.count_pending(look.connection)} open items")


@sign("companies of findings", "`consistency check --full` names them anew; a row without company is a finding of T-01")
def _companies(look: Look) -> Iterator[Word]:
    """A finding or a question names no company though its row has one: no reviewer of a company sees it."""
    findings, items = sql.run(look.connection, "notes_without_company").one()
    if findings or items:
        yield wrong(
            f"{findings} findings and {items} review items name none, though their rows are not known to lack one"
        )
    else:
        yield fine("named everywhere")


@sign("bookings unverified", "switch the DAG consistency_check on, or run `consistency booking recheck`")
def _rechecks(look: Look) -> Iterator[Word]:
    """A booking that nobody could verify should have been looked at again over an hour ago."""
    overdue, oldest = sql.run(look.connection, "health_rechecks", late=look.now - _RECHECKED_WITHIN).one()
    yield wrong(f"{overdue} wait, the oldest since {oldest:%Y-%m-%d %H:%M} UTC") if overdue else fine("none is late")


@sign("hints", "start `consistency booking serve` without --no-worker; its log says why it cannot look")
def _hints(look: Look) -> Iterator[Word]:
    """What a provider said has happened is not looked at for over 10 minutes: it is found late, by the next runs."""
    overdue, oldest = sql.run(look.connection, "health_hints", late=look.now - _HINTED_WITHIN).one()
    yield wrong(f"{overdue} wait, the oldest since {oldest:%Y-%m-%d %H:%M} UTC") if overdue else fine("none is late")


@sign("booking keys", "`consistency booking create-key` makes another; give it to the application in time")
def _keys(look: Look) -> Iterator[Word]:
    """The last key of a company for the booking service ends within 7 days, or ended in the last 7."""
    rows = sql.run(look.connection, "health_keys", ended=look.now - _KEYS_SOON, soon=look.now + _KEYS_SOON).all()
    if rows:
        names = ", ".join(f"'{name}' of company {company} on {ends:%Y-%m-%d}" for company, name, ends in rows[:5])
        yield wrong(f"end: {names}")
    else:
        yield fine("none ends soon")
