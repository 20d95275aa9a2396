"""Blocks of a message from what the database knows of an alert: counts and ids, never a value of a row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.alerts import causes, explanations
from data_consistency.alerts.blocks import IDS_SHOWN, Cause, Counts, Covered, Row, Step, Trouble, Verb, What, Words
from data_consistency.alerts.life import Life
from data_consistency.alerts.sightings import (
    ABOUT_RULES,
    FAILURE,
    FINDINGS,
    INCIDENT,
    Sighting,
    catalogue_of,
    kind_of,
    rule_of,
)
from data_consistency.alerts.store import Alert
from data_consistency.config import Settings
from data_consistency.db import sql
from data_consistency.ledger.incidents import CAP_EXCEEDED, Incident
from data_consistency.rules import Mode, Rule, Severity, Suite
from data_consistency.sources import Source

CHECK_DAG = "consistency_check"
_LONG_AGO = datetime(1970, 1, 2)  # noqa: DTZ001  # times of ours are UTC without a zone
_PLACES_SHOWN = 10
# What the booking guard finds stands in no suite.
OF_THE_GUARD: Mapping[str, Words] = {
    "appointment_rollback": Words(
        en="bookings were announced that exist nowhere, and were taken back in their calls",
        de="Buchungen wurden zugesagt, die es nirgends gibt, und in ihren Anrufen zurückgenommen",
    ),
    "announced_booking_is_contradicted": Words(
        en="bookings were announced that appointments or calendar contradict; nothing was changed",
        de="Zugesagten Buchungen widersprechen Termine oder Kalender; es wurde nichts geändert",
    ),
}
_CAUSED = frozenset({What.OPENED, What.WORSENED, What.ESCALATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An alert of which people are to be told."""

    alert: Alert  # as it is now
    before: Life
    what: What
    sighting: Sighting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a trouble is told with."""

    settings: Settings
    source: Source
    suites: Mapping[str, Suite]
    now: datetime

    def rules(self) -> dict[str, Rule]:
        """All rules by id."""
        return {rule.id: rule for suite in self.suites.values() for rule in suite.rules}

    def entity_of(self, rule: str) -> str | None:
        """What the rows of a rule are; None: it stands in no suite any more."""
        return next((s.entity for s in self.suites.values() if any(one.id == rule for one in s.rules)), None)

    def airflow(self, dag: str = CHECK_DAG) -> str | None:
        """Where a DAG is shown."""
        base = self.settings.base_url
        return f"{base.rstrip('/')}/dags/{self.source.named(dag)}" if base else None

    def row(self, entity: str, row_id: int) -> Row:
        """A row, with where it is shown."""
        url = self.settings.row_url
        filled = None if url is None else url.replace("{entity}", entity).replace("{id}", str(row_id))
        return Row(id=row_id, url=filled)

    def runbook(self, rule: str) -> str | None:
        """Where a rule is explained."""
        url = self.settings.runbook_url
        return None if url is None else url.replace("{rule}", rule)


def trouble(connection: Connection, news: News, facts: Facts) -> tuple[Trouble, tuple[Covered, ...]]:
    """The block of an alert, and the findings that it speaks of."""
    kind = news.alert.kind
    if kind == FINDINGS:
        return _of_findings(connection, news, facts)
    return (_of_incident(news, facts) if kind == INCIDENT else of_failure(news.alert, news.what)), ()


def problem_of(rule_id: str, rules: Mapping[str, Rule]) -> Words | None:
    """What is wrong, where the rule, or whoever else finds it, says so."""
    rule = rules.get(rule_id)
    if rule is None or rule.problem is None:
        return OF_THE_GUARD.get(rule_id) if rule is None else None
    return Words(en=rule.problem.en, de=rule.problem.de)


def _of_findings(connection: Connection, news: News, facts: Facts) -> tuple[Trouble, tuple[Covered, ...]]:
    rule_id = news.alert.topic.partition(":")[2]
    rule = facts.rules().get(rule_id)
    life = news.alert.life
    since = life.opened_at or life.last_opened_at or facts.now
    companies = _companies(connection, news.alert.route, rule_id, rule, since, facts)
    found = _newest(connection, rule_id, companies)
    entity = facts.entity_of(rule_id) or (found[0][1] if found else "row")
    told = Trouble(
        alert=news.alert.id,
        kind=FINDINGS,
        severity=life.severity,
        problem=problem_of(rule_id, facts.rules()),
        description=rule.description if rule else (found[0][2] if found else rule_id),
        rule=rule_id,
        catalogue=rule.catalogue if rule else "",
        entity=entity,
        counts=_counts(connection, news, rule_id, companies, since, facts),
        ids=() if news.what is What.RESOLVED else tuple(facts.row(entity, row_id) for row_id, _, _ in found),
        cause=_cause(connection, news, entity, rule_id, companies, facts),
        hint=rule.review_hint if rule else "",
        steps=tuple(_steps(news, rule, facts)),
        runbook=facts.runbook(rule_id),
        opened_at=since,
        closed_at=life.closed_at if news.what is What.RESOLVED else None,
        returns=life.returns,
        over=news.what is What.RESOLVED,
    )
    return told, (Covered(rule=rule_id, companies=tuple(companies)),)


def _companies(
    connection: Connection, route: str, rule_id: str, rule: Rule | None, since: datetime, facts: Facts
) -> list[int]:
    """Companies whose findings of a rule go this way; 0: rows without one."""
    routing, catalogue = facts.source.alerts, rule.catalogue if rule else ""
    known = [int(one) for (one,) in sql.run(connection, "companies_of_findings", rule=rule_id, since=since)]
    return [one for one in known if route in {r.name for r in routing.routes_of(rule_id, catalogue, one or None)}]


def _newest(connection: Connection, rule: str, companies: list[int]) -> list[tuple[int, str, str]]:
    if not companies:
        return []
    rows = sql.run(connection, "newest_findings", rule=rule, companies=companies, limit=IDS_SHOWN)
    return sorted((int(row_id or 0), str(entity), str(description)) for row_id, entity, description in rows)


def _counts(
    connection: Connection, news: News, rule: str, companies: list[int], since: datetime, facts: Facts
) -> Counts:
    known_at = news.before.known_at or _LONG_AGO
    if not companies:
        return Counts(open=0)
    row = (
        sql.run(connection, "counts_of_findings", rule=rule, companies=companies, since=since, known_at=known_at)
        .mappings()
        .one()
    )
    checked = None
    if not facts.source.alerts.routes:  # else it would be a share of other people's rows
        checked = sql.run(connection, "rows_of_full_check", rule=rule).scalar_one_or_none()
    return Counts(
        open=int(row["open_rows"]),
        new=int(row["new_rows"]),
        fixed=int(row["fixed"]),
        corrected=int(row["corrected"]),
        companies=int(row["companies"]),
        checked=None if checked is None else int(checked),
        told=news.before.known_rows if news.what is What.WORSENED else None,
    )


def _cause(
    connection: Connection, news: News, entity: str, rule: str, companies: list[int], facts: Facts
) -> Cause | None:
    if news.what not in _CAUSED or news.alert.life.rows < causes.FROM_ROWS:
        return None
    everywhere = not facts.source.alerts.routes
    return causes.find(connection, entity=entity, rule=rule, companies=companies, everywhere=everywhere)


def _steps(news: News, rule: Rule | None, facts: Facts) -> Iterator[Step]:
    if news.what is What.RESOLVED:
        return
    if rule is not None and rule.mode is Mode.CORRECT:
        yield Step(verb=Verb.PLAN)
    if rule is not None and rule.mode in {Mode.CORRECT, Mode.REVIEW}:
        yield Step(verb=Verb.REVIEW)
    yield Step(verb=Verb.LOOK)
    yield Step(verb=Verb.RUN, url=facts.airflow())


def _of_incident(news: News, facts: Facts) -> Trouble:
    about, kind = rule_of(news.alert.topic) or "", kind_of(news.alert.topic)
    rule_id = about if kind in ABOUT_RULES else ""
    life, incident = news.alert.life, news.sighting.incident if news.sighting else None
    rules = facts.rules()
    return Trouble(
        alert=news.alert.id,
        kind=INCIDENT,
        severity=Severity.CRITICAL,
        problem=problem_of(rule_id, rules),
        description=about,
        rule=rule_id,
        catalogue=catalogue_of(rule_id, rules),
        entity=facts.entity_of(rule_id) or "row",
        counts=Counts(open=incident.found if incident else 0),
        incident=kind,
        cap=incident.cap if incident else None,
        company=incident.company_id if incident else None,
        steps=(*([_answer(incident)] if incident else []), Step(verb=Verb.RUN, url=facts.airflow())),
        runbook=facts.runbook(rule_id) if rule_id else None,
        opened_at=life.opened_at or life.last_opened_at,
        closed_at=life.closed_at if news.what is What.RESOLVED else None,
        returns=life.returns,
        over=news.what is What.RESOLVED,
    )


def _answer(incident: Incident) -> Step:
    """A cap waits for a decision; all else for its cause to be mended."""
    is_asked = incident.kind == CAP_EXCEEDED
    return Step(verb=Verb.DECIDE, about=str(incident.id)) if is_asked else Step(verb=Verb.DOCTOR)


def of_failure(alert: Alert, what: What) -> Trouble:
    """The block of tasks that fail."""
    life = alert.life
    error = alert.topic.rpartition(":")[2]
    failed = [
        (f"{dag}.{task}", log) for dag, tasks in sorted(alert.places.items()) for task, log in sorted(tasks.items())
    ]
    log = next((url for _, url in failed if url), None)
    over = what is What.RESOLVED
    return Trouble(
        alert=alert.id,
        kind=FAILURE,
        severity=Severity.CRITICAL,
        problem=explanations.of(error).problem,
        error=error,
        places=tuple(place for place, _ in failed[:_PLACES_SHOWN]),
        steps=() if over else (Step(verb=Verb.LOG, url=log), Step(verb=Verb.DOCTOR)),
        opened_at=life.opened_at or life.last_opened_at,
        closed_at=life.closed_at if over else None,
        returns=life.returns,
        over=over,
    )
