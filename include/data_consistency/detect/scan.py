"""The check: which rows violate which rules of a table, with one bit per rule.

Counts, ids and verdicts all come from the rows that are found, so they cannot disagree. A check of given ids reads
those rows by one statement. A full check reads the table in primary-key order, once for the rules whose facts count
rows and once for the others; what the table's accelerator knows (`accelerated.py`) and rules about sets (`sets.py`)
name candidates first. What changes between two of its statements is judged again before the ledger takes it up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.detect import accelerated
from data_consistency.detect.clock import clock_of
from data_consistency.detect.evidence import Silence, silent_rules
from data_consistency.detect.lost import fit_to_schema
from data_consistency.detect.sets import candidates
from data_consistency.logs import logger_of
from data_consistency.rules import Rule, Suite, violation
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.grouped import steady
from data_consistency.rules.language import check_conditions, columns_of
from data_consistency.rules.needed import is_grouped, lean
from data_consistency.rules.outcomes import Outcome, Scan, Scope, Verdict, Violation
from data_consistency.schema import collations, drift, mapped_views
from data_consistency.schema.mapped_views import Mapped

IDS_PER_STATEMENT = 1000
_OURS = "consistency_"
_LEFT_OUT = "the operator left out the lookup"
_MAPPED = "the mapping has no"
# Beside those about names: what quotes the text of a condition, which is no value of a row.
_ABOUT_THE_TEXT = frozenset({1064, 1582})
_ABOUT_COLLATIONS = frozenset({1267, 1270, 1271})

logger = logger_of(__name__)


def facts_of(connection: Connection, table: str) -> Facts:
    """The facts of a table of the project."""
    return load_facts(sql.project_of(connection), table)


def violation_select(facts: Facts, rules: Sequence[Rule], scope: Scope) -> tuple[str, dict[str, object]]:
    """The statement that finds the violating rows of a scope, and its parameters."""
    needed = frozenset().union(*(columns_of(rule, facts) for rule in rules))
    rows, params = lean(facts, needed).scoped(scope)
    violations = [violation(rule.condition) for rule in rules]
    bits = "\n    | ".join(f"(({term}) << {bit})" for bit, term in enumerate(violations))
    found = "\n    OR ".join(violations)
    return (
        f"SELECT f.id, f.company_id, f.row_changed_at,\n    {bits} AS bits\n"  # reviewed files only
        f"FROM (\n{rows}\nHAVING {found}\n) AS f",
        params,
    )


def scan_table(
    connection: Connection,
    suite: Suite,
    scope: Scope,
    now: datetime,
    *,
    silent: Mapping[str, Silence] | None = None,
    is_mapped: bool = True,
) -> Scan:
    """Evaluate all rules of a suite over a scope.

    A rule whose columns are missing, whose condition raises, or whose source of evidence is silent, is `not_evaluated`
    with its reason; the others are evaluated all the same.

    Args:
        connection: to the operational database.
        suite: the rules.
        scope: which rows.
        now: UTC, naive; what `:now` means in facts and conditions.
        silent: rules whose source of evidence is silent; None: it is asked.
        is_mapped: whether tables may be views of ours; then it is asked what they compute.

    Raises:
        InvalidRule: suite or facts file is wrong.
        DatabaseUnavailable: the connection is gone, or the statement was stopped.
        DatabaseRefused: the server must be mended.
    """
    facts = facts_of(connection, suite.table)
    check_conditions(suite, facts)
    if is_mapped:
        facts = steady(facts, mapped_views.read(connection).computed)
    silent = _within(silent_rules(connection, suite.rules, now) if silent is None else silent, scope.company_id)
    try:
        found = _read(connection, facts, suite, _asked(suite, silent), scope, now)
    except DBAPIError as error:
        _raise_if_gone(error)
        facts, lost = _degrade(connection, facts, suite, error)
        silent = silent | {rule: why for rule, why in lost.items() if rule not in silent or not silent[rule].is_whole}
        found = _isolate(connection, facts, suite, scope, now, silent)
    evaluated = _heard(suite, silent)
    rows_checked = _count(connection, facts, scope) if evaluated else 0
    return Scan(
        table=suite.table,
        entity=suite.entity,
        scope=scope,
        outcomes=tuple(_outcomes(suite, evaluated, found, rows_checked, silent)),
        violations=tuple(found),
        evaluated_rules=evaluated,
        rows_checked=rows_checked,
    )


def _heard(suite: Suite, silent: Mapping[str, Silence]) -> tuple[Rule, ...]:
    return tuple(rule for rule in suite.rules if rule.id not in silent or not silent[rule.id].is_whole)


def _asked(suite: Suite, silent: Mapping[str, Silence]) -> tuple[Rule, ...]:
    """The rules that can be judged, as they are to be: what is silent for some companies passes over their rows."""
    return tuple(_but_for(rule, silent.get(rule.id)) for rule in _heard(suite, silent))


def _but_for(rule: Rule, silence: Silence | None) -> Rule:
    if silence is None or not silence.companies:
        return rule
    companies = ", ".join(str(company) for company in sorted(silence.companies))
    return replace(rule, condition=f"company_id IN ({companies}) OR ({rule.condition})")


def _within(silent: Mapping[str, Silence], company_id: int | None) -> dict[str, Silence]:
    """What is silent for the rows of a scope: one of a single company is judged, or is not."""
    if company_id is None:
        return dict(silent)
    return {rule: replace(why, companies=None) for rule, why in silent.items() if why.covers(company_id)}


def _outcomes(
    suite: Suite,
    evaluated: Sequence[Rule],
    found: Sequence[Violation],
    rows_checked: int,
    silent: Mapping[str, Silence],
) -> Iterator[Outcome]:
    counts = [sum(row.bits >> bit & 1 for row in found) for bit in range(len(evaluated))]
    by_rule = {rule.id: count for rule, count in zip(evaluated, counts, strict=True)}
    for rule in suite.rules:
        count = by_rule.get(rule.id)
        if count is None:
            yield Outcome(
                rule=rule,
                verdict=Verdict.NOT_EVALUATED,
                rows_checked=None,
                violations=None,
                reason=silent[rule.id].reason,
                is_chosen=silent[rule.id].is_chosen,
            )
        else:
            verdict = Verdict.FAILED if count else Verdict.PASSED
            why = silent.get(rule.id)
            yield Outcome(
                rule=rule,
                verdict=verdict,
                rows_checked=rows_checked,
                violations=count,
                reason=why.reason if why else None,
                is_chosen=why.is_chosen if why else False,
                silent_companies=(why.companies or frozenset()) if why else frozenset(),
            )


def _read(
    connection: Connection, facts: Facts, suite: Suite, rules: Sequence[Rule], scope: Scope, now: datetime
) -> list[Violation]:
    """Every violating row of a scope, by id; bit n is rule n."""
    found: dict[int, Violation] = {}
    for numbers, part in _apart(connection, facts, suite, rules, scope):
        for row in _violations(connection, facts, [rules[number] for number in numbers], part, now):
            bits = sum(1 << number for bit, number in enumerate(numbers) if row.bits >> bit & 1)
            known = found.get(row.entity_id)
            found[row.entity_id] = replace(known or row, bits=bits | (known.bits if known else 0))
    return [found[entity_id] for entity_id in sorted(found)]


def _apart(
    connection: Connection, facts: Facts, suite: Suite, rules: Sequence[Rule], scope: Scope
) -> Iterator[tuple[list[int], Scope]]:
    """Which rules share a statement, by their numbers, and the rows that they are asked of.

    What the table's accelerator knows, and a rule about sets, is asked of candidates. Grouping costs every column that
    it keeps, for every row: of a whole table it is cheaper to read twice what is near.
    """
    # A rule that passes over some companies is violated by no row that does not violate it as it stands.
    stated = {rule.id: rule for rule in suite.rules}
    known = accelerated.ask(connection, facts, [stated[rule.id] for rule in rules], scope)
    if known.numbers:
        yield list(known.numbers), Scope(kind=scope.kind, ids=known.ids)
    left = [number for number in range(len(rules)) if number not in known.numbers]
    sets = {
        left[place]: ids
        for place, ids in candidates(connection, facts, [rules[number] for number in left], scope).items()
    }
    for number, ids in sets.items():
        yield [number], Scope(kind=scope.kind, ids=ids)
    every = [number for number in left if number not in sets]
    for numbers in [every] if scope.ids is not None else _by_grouping(facts, rules, every):
        if numbers:
            yield numbers, scope


def _by_grouping(facts: Facts, rules: Sequence[Rule], every: Sequence[int]) -> list[list[int]]:
    grouped = [is_grouped(facts, columns_of(rule, facts)) for rule in rules]
    return [[number for number in every if grouped[number] is wanted] for wanted in (False, True)]


def _violations(
    connection: Connection, facts: Facts, rules: Sequence[Rule], scope: Scope, now: datetime
) -> Iterator[Violation]:
    for part in _parts(scope):
        text, params = violation_select(facts, rules, part)
        params |= clock_of(text, now, sql.zone_of(connection))
        for row in sql.execute(connection, text, params):
            yield Violation(
                entity_id=int(row.id),
                company_id=None if row.company_id is None else int(row.company_id),
                changed_at=row.row_changed_at,
                bits=int(row.bits),
            )


def _parts(scope: Scope) -> Iterator[Scope]:
    if scope.ids is None:
        yield scope
        return
    # Where nothing changed, what cannot be evaluated must still be told; no row has the id 0.
    wanted = scope.ids or (0,)
    for start in range(0, len(wanted), IDS_PER_STATEMENT):
        ids = wanted[start : start + IDS_PER_STATEMENT]
        yield Scope(kind=scope.kind, ids=ids, company_id=scope.company_id)


def _count(connection: Connection, facts: Facts, scope: Scope) -> int:
    """Rows looked at; a full count walks the smallest index, not the table."""
    if scope.ids is not None:
        return len(scope.ids)
    params: dict[str, object] = {"first_id": scope.first_id, "last_id": scope.last_id}
    where = "id BETWEEN :first_id AND :last_id" if scope.is_bounded else "TRUE"
    if scope.company_id is not None:
        where += f" AND {facts.company_sql.rpartition('.')[2]} = :company_id"
        params["company_id"] = scope.company_id
    used = {key: value for key, value in params.items() if f":{key}" in where}
    text = f"SELECT COUNT(*) FROM {facts.table} WHERE {where}"  # noqa: S608  # the table of a reviewed facts file
    return int(sql.execute(connection, text, used).scalar_one())


def _isolate(
    connection: Connection, facts: Facts, suite: Suite, scope: Scope, now: datetime, silent: dict[str, Silence]
) -> list[Violation]:
    """Evaluate what can be: first all rules that are left, then without those that raise on their own."""
    rules = _asked(suite, silent)
    try:
        return _read(connection, facts, suite, rules, scope, now)
    except DBAPIError as error:
        _raise_if_gone(error)
    for rule in rules:
        try:
            _read(connection, facts, suite, [rule], scope, now)
        except DBAPIError as error:
            _raise_if_gone(error)
            silent[rule.id] = Silence(reason=_reason(connection, error))
    return _read(connection, facts, suite, _asked(suite, silent), scope, now)


def _degrade(connection: Connection, facts: Facts, suite: Suite, error: DBAPIError) -> tuple[Facts, dict[str, Silence]]:
    """What is left of the facts when the schema lacks columns, and why the other rules are not evaluated."""
    code = server_errors.code_of(error)
    if code not in {server_errors.NO_SUCH_COLUMN, server_errors.NO_SUCH_TABLE}:
        return facts, {}
    facts, lost = fit_to_schema(connection, facts)
    mapped = mapped_views.read(connection)
    if code == server_errors.NO_SUCH_TABLE and (facts.table, "id") in lost.get("id", ()):
        is_chosen = (facts.table, "id") in mapped.none
        reason = (
            f"{_MAPPED} {facts.table}" if is_chosen else f"{server_errors.words_of(error)}; create the table or migrate"
        )
        return facts, {rule.id: Silence(reason=reason, is_chosen=is_chosen) for rule in suite.rules}
    silent = {}
    for rule in suite.rules:
        why = frozenset().union(*(lost.get(fact, frozenset()) for fact in columns_of(rule, facts)))
        if why:
            silent[rule.id] = _silence(connection, why, mapped)
    if silent:
        first = next(iter(silent.values())).reason
        logger.warning("columns missing table=%s rules=%d first=%s", suite.table, len(silent), first)
    return facts, silent


def _silence(connection: Connection, why: frozenset[tuple[str, str]], mapped: Mapped) -> Silence:
    """Missing is a fault, unless the operator said so: by leaving out our lookups, or in the mapping."""
    names = ", ".join(sorted(f"{table}.{column}" for table, column in why))
    ours = {(table, column) for table, column in why if column.startswith(_OURS)}
    if why - ours - mapped.none:
        return Silence(reason=f"column {names} is missing in the source; add it or map it")
    if mapped.tables:
        return Silence(reason=f"{_MAPPED} {names}", is_chosen=True)
    if faults := [fault for key in sorted(ours) if (fault := drift.missing_part(connection, *key))]:
        return Silence(reason=drift.told(faults))
    return Silence(reason=f"{_LEFT_OUT} {names}: migrate --change-columns to have the rule", is_chosen=True)


def _reason(connection: Connection, error: DBAPIError) -> str:
    """Why one rule is not evaluated, where the others can be."""
    if server_errors.code_of(error) in _ABOUT_COLLATIONS:
        told = "; ".join(collations.look(connection)) or "give the tables that it reads the same collation"
        return f"columns in different collations cannot be compared: {told}"
    if server_errors.is_denied(error):
        return f"{server_errors.words_of(error)}; {server_errors.advice(error)}"
    return f"the condition raised error {server_errors.code_of(error)}: {_message(error)}; mend the condition"


def _message(error: DBAPIError) -> str:
    # Messages about names are safe to repeat; others may quote a value of a row, which can be personal data.
    is_safe = server_errors.kind_of(error) is Kind.NAME or server_errors.code_of(error) in _ABOUT_THE_TEXT
    return server_errors.words_of(error) if is_safe else type(error.orig).__name__


def _raise_if_gone(error: DBAPIError) -> None:
    """What no rule is to blame for: the server is away, stopped us, or is itself in need of mending."""
    kind = server_errors.kind_of(error)
    if kind in {Kind.PASSING, Kind.STOPPED} or (kind is Kind.REFUSED and not server_errors.is_denied(error)):
        raise server_errors.told(error) from error
