"""The state of a database: when each table was last judged as a whole, what was not, what is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect import evidence
from data_consistency.ledger import queue_pages
from data_consistency.report import counting
from data_consistency.report.figures import Silent
from data_consistency.report.reader import reader
from data_consistency.rules import Rule, Suite
from data_consistency.runtime import Runtime

# A full check that is older is told as none, as in the report.
_KNOWN_FOR = timedelta(days=counting.TREND_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """The newest judgement of a whole table."""

    table: str
    checked_at: datetime | None  # UTC, naive; None: not lately
    rules: int  # that were evaluated
    expected: int  # that its suite has
    rows: int | None  # that were looked at
    violations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A source of evidence beside the tables, such as the calendar."""

    name: str
    seen_at: datetime | None
    why_silent: str  # empty: it reports
    is_chosen: bool  # silent by the operator's choice


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOfRule:
    """Findings of a rule that nobody has dealt with."""

    rule: str
    open: int
    in_review: int

    @property
    def total(self) -> int:
        """Both."""
        return self.open + self.in_review


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOfCompany:
    """The same, of a company."""

    company_id: int | None  # None: rows of no company
    name: str
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a database stands now."""

    tables: tuple[TableState, ...]
    silent: tuple[Silent, ...]  # rules that nothing is known of
    evidence: tuple[Evidence, ...]
    rules: tuple[OpenOfRule, ...]  # the most findings first
    companies: tuple[OpenOfCompany, ...]  # the most findings first

    @property
    def open(self) -> int:
        """Findings that nobody has dealt with."""
        return sum(one.total for one in self.rules)

    @property
    def oldest(self) -> datetime | None:
        """When all tables had last been judged; None: one has not been."""
        seen = [one.checked_at for one in self.tables]
        return None if None in seen else min((at for at in seen if at is not None), default=None)


def read(rt: Runtime) -> State:
    """The state, in one transaction."""
    suites = rt.suites()
    rules = [rule for suite in suites.values() for rule in suite.rules]
    now = rt.now()
    with rt.transaction() as connection:
        verdicts = verdicts_of(connection, now)
        return State(
            tables=tuple(_table(suite, verdicts) for suite in suites.values()),
            silent=counting.silent_rules(rules, verdicts),
            evidence=_evidence(connection, rules, now),
            rules=open_by_rule(connection),
            companies=open_by_company(connection),
        )


def verdicts_of(connection: Connection, now: datetime) -> Mapping[str, Mapping[str, object]]:
    """The newest verdict of each rule over its whole table, as the report has it."""
    return {str(row["rule"]): row for row in reader(connection)("verdicts", since=now - _KNOWN_FOR)}


def open_by_rule(connection: Connection) -> tuple[OpenOfRule, ...]:
    """Findings that nobody has dealt with, also of rules that are in no suite any more."""
    names = [str(rule) for (rule,) in sql.run(connection, "console_rules_of_findings")]
    found: dict[str, dict[str, int]] = {}
    if names:
        for rule, status, findings in sql.run(connection, "console_open_of_rules", rules=names):
            found.setdefault(str(rule), {})[str(status)] = int(findings)
    made = [
        OpenOfRule(rule=rule, open=counts.get("open", 0), in_review=counts.get("in_review", 0))
        for rule, counts in found.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.total, one.rule)))


def open_by_company(connection: Connection) -> tuple[OpenOfCompany, ...]:
    """The same by company; one without findings is left out."""
    ids = known_companies(connection)
    rows = sql.run(connection, "console_open_of_companies", companies=ids or [0])
    counts = {None if company is None else int(company): int(findings) for company, findings in rows if findings}
    names = queue_pages.names(connection, [company for company in counts if company is not None])
    made = [
        OpenOfCompany(company_id=company, name="" if company is None else names.get(company, ""), findings=findings)
        for company, findings in counts.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.findings, one.company_id or 0)))


def known_companies(connection: Connection) -> list[int]:
    """Companies that findings are of, settled ones too."""
    return [int(company) for (company,) in sql.run(connection, "console_companies_of_findings") if company is not None]


def _table(suite: Suite, verdicts: Mapping[str, Mapping[str, object]]) -> TableState:
    found = [verdicts[rule.id] for rule in suite.rules if rule.id in verdicts]
    judged = [row for row in found if row["outcome"] != "not_evaluated"]
    times = [at for row in found if isinstance(at := row["evaluated_at"], datetime)]
    rows = [int(str(row["rows_checked"])) for row in judged if row["rows_checked"] is not None]
    return TableState(
        table=suite.table,
        checked_at=max(times, default=None),
        rules=len(judged),
        expected=len(suite.rules),
        rows=max(rows, default=None),
        violations=sum(int(str(row["violations"] or 0)) for row in judged),
    )


def _evidence(connection: Connection, rules: Sequence[Rule], now: datetime) -> tuple[Evidence, ...]:
    needed = evidence.needs_of(rules)
    seen = evidence.read_signs(connection, needed).seen
    silent = evidence.silences(connection, needed, now)
    return tuple(
        Evidence(
            name=name,
            seen_at=seen.get(name),
            why_silent=silent[name].reason if name in silent else "",
            is_chosen=name in silent and silent[name].is_chosen,
        )
        for name in needed
    )
