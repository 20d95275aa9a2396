"""Plans put before people as questions of a scheduler: which wait, what is said of them, and what an answer does.

A scheduler keeps what it asks, so a question holds ids, counts, words of ours and values of columns that name nobody.
Page and command decide about the same plans; whoever asks looks again from time to time whether they still wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.errors import WrongUse
from data_consistency.ledger import incidents, plans
from data_consistency.ledger.incidents import Incident
from data_consistency.ledger.plans import PlanRow
from data_consistency.review import incident_decisions
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime

_MOST_PLANS = 100  # of one run
_SAMPLE = 5  # rows that are shown; the page has them all
# Of these tables an address of a person may be corrected, which a question does not repeat.
_SAID_ON_PAGE_ALONE = frozenset({"customers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A plan as a question, or why it is none any more."""

    incident_id: int
    subject: str = ""  # one line
    body: str = ""  # Markdown
    why: str | None = None  # nothing is asked: such as "approved by ann"


def take(rt: Runtime, run_id: str, *, hold: timedelta) -> list[int]:
    """Ids of the plans that this run is to put before people.

    Args:
        rt: the runtime.
        run_id: that asks.
        hold: how long no other run asks about them, unless this one looks again.
    """
    now = rt.now()
    taken = rt.repeated(
        lambda connection: incidents.take_questions(
            connection, asked_by=run_id, now=now, until=now + hold, at_most=_MOST_PLANS
        )
    )
    return [incident.id for incident in taken]


def look(rt: Runtime, incident_id: int, run_id: str, *, hold: timedelta, page: str | None) -> Question:
    """The plan as a question, held for this run, or why it is none any more.

    Args:
        rt: the runtime.
        incident_id: whose plan.
        run_id: that asks.
        hold: how long no other run asks about it.
        page: address of the incident's page; None: there are no pages.

    Raises:
        WrongUse: there is no such incident.
    """
    now = rt.now()

    def hold_it(connection: Connection) -> tuple[Incident, list[PlanRow]] | str:
        incident = incidents.get(connection, incident_id)
        if (why := _why_not(incident, now)) is not None:
            return why
        incidents.hold_question(connection, incident_id, asked_by=run_id, now=now, until=now + hold)
        return incident, plans.rows_of(connection, incident_id)

    held = rt.repeated(hold_it)
    if isinstance(held, str):
        return Question(incident_id=incident_id, why=held)
    incident, rows = held
    return Question(
        incident_id=incident_id,
        subject=f"Correct {len(rows)} rows of {incident.table}? (incident {incident.id}, rule {incident.rule})",
        body=_body(rt, incident, rows, page),
    )


def _why_not(incident: Incident, now: datetime) -> str | None:
    """Why nothing is asked any more; None: it waits."""
    if incident.status != incidents.OPEN:
        return _settled(incident)
    if incident.kind != incidents.CAP_EXCEEDED or incident.expires_at is None:
        return "it has no plan"
    return "its plan expired; the next run asks anew" if incident.expires_at <= now else None


def _settled(incident: Incident) -> str:
    return f"{incident.status} by {incident.decided_by}" if incident.decided_by else incident.status


def answer(rt: Runtime, incident_id: int, person: Viewer, *, is_approved: bool) -> str:
    """What a person answered, carried out; in words what came of it.

    Who answers a question that was decided elsewhere meanwhile is told so; nothing is decided twice.

    Raises:
        WrongUse: the plan can be approved no more, and nobody has decided it: expired, or its rule has changed.
    """
    decide = incident_decisions.approve_incident if is_approved else incident_decisions.reject_incident
    try:
        done = decide(rt, incident_id, person)
    except WrongUse:
        with rt.transaction() as connection:
            incident = incidents.get(connection, incident_id)
        if incident.status == incidents.OPEN:
            raise
        return f"incident {incident_id} was {_settled(incident)} before; this answer changed nothing"
    rest = "the next check applies its plan" if is_approved else "nothing is changed"
    return f"incident {incident_id} {done.status} by {person.name}: {done.rows} rows, {rest}"


def _body(rt: Runtime, incident: Incident, rows: Sequence[PlanRow], page: str | None) -> str:
    rule = next((rule for suite in rt.suites().values() for rule in suite.rules if rule.id == incident.rule), None)
    problem = rule.problem.en if rule is not None and rule.problem is not None else incident.rule
    whose = "several companies" if incident.company_id is None else f"company {incident.company_id}"
    refused = sum(row.after is None for row in rows)
    lines = [
        f"**{_escaped(problem)}**: {incident.found} rows of {whose}, more than the {incident.cap} that may be corrected"
        " without being asked.",
        f"*Approve*: the next check writes {len(rows) - refused} rows exactly as planned, each only if it is still as"
        " it was; the run can be undone."
        + (f" {refused} rows go to the review queue." if refused else "")
        + " *Reject*: nothing is changed, now or later.",
        f"The plan expires at {incident.expires_at:%Y-%m-%d %H:%M} UTC.",
        f"Some of its rows ({min(_SAMPLE, len(rows))} of {len(rows)}):",
        "\n".join(_line(incident.table, row) for row in rows[:_SAMPLE]),
        *([f"[All rows, before and after]({page})"] if page else []),
        f"By command: `consistency incident show {incident.id}`, then `approve` or `reject`.",
    ]
    return "\n\n".join(lines)


def _line(table: str, row: PlanRow) -> str:
    whose = "" if row.company_id is None else f" (company {row.company_id})"
    if row.after is None:
        return f"- row {row.entity_id}{whose}: to review"
    if table in _SAID_ON_PAGE_ALONE:
        return f"- row {row.entity_id}{whose}: {', '.join(sorted(row.after))}"
    changes = (f"{column} {_said(row.before.get(column))} → {_said(value)}" for column, value in row.after.items())
    return f"- row {row.entity_id}{whose}: {'; '.join(changes)}"


def _said(value: object) -> str:
    return "`NULL`" if value is None else f"`{' '.join(str(value).replace('`', ' ').split())[:60]}`"


def _escaped(text: str) -> str:
    return text.replace("*", r"\*").replace("_", r"\_")
