"""Scopes: which rows a check looks at.

One statement asks for them: what changed in the table, what refers to something changed elsewhere, what reached an age
at which a rule judges it anew, what we changed ourselves, and what a rule found by looking at other rows. It is put
together from the text of the facts (`rules/following.py`) and from reviewed files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.detect import parents
from data_consistency.detect.opening import Opening
from data_consistency.detect.scan import facts_of
from data_consistency.ledger.known_parents import Seen
from data_consistency.ledger.watermarks import Watermark
from data_consistency.rules import Suite
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.rules.following import Following, Reference, change_column, following
from data_consistency.rules.outcomes import Scope
from data_consistency.rules.parsing import columns_read

# Without a change column: days of business time that are read again.
WINDOW_DAYS = 8
# More changed rows than this are read cheaper as a whole table.
MAX_CHANGED_IDS = 100_000
# What happens within a minute or so; more are the window of a source without change times.
MAX_IDS_OF_A_MOMENT = 10_000
# The source lacks what a statement asks for.
_LACKING = frozenset(
    {
        server_errors.NO_SUCH_COLUMN,
        server_errors.NO_SUCH_TABLE,
        server_errors.NO_SUCH_KEY,
    }
)
# Keys of ours by which busy tables lead back to rows that name theirs.
_KEYS = {
    ("calls", "appointment_id"): "consistency_appointment_index",
    ("calls", "converted_appointment_id"): "consistency_converted_index",
}
_UNION = "\nUNION ALL\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which rows a check looks at, and what is to be remembered of others when it is done."""

    scope: Scope
    seen: Seen = field(default_factory=Seen)
    changed: frozenset[int] = frozenset()  # of the rows those that something happened to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What the database has of the tables that a statement asks; None: it has all of it."""

    columns: frozenset[tuple[str, str]] | None = None
    keys: frozenset[tuple[str, str]] | None = None

    def has(self, table: str, column: str) -> bool:
        return self.columns is None or (table, column) in self.columns

    def has_key(self, table: str, key: str) -> bool:
        return self.keys is None or (table, key) in self.keys


def changed_scope(
    connection: Connection, suite: Suite, opening: Opening, now: datetime, company_id: int | None = None
) -> Reach:
    """The rows that the next incremental check of a table must read.

    Without a watermark, with one far ahead of the clock, when very much changed, or where what changed cannot be told,
    it is the whole table.

    Args:
        connection: to the operational database.
        suite: of the table.
        opening: of the check.
        now: UTC, naive; what `:now` means in facts and conditions.
        company_id: only this tenant.
    """
    watermark = opening.watermark
    if watermark.changed_until is None or watermark.is_astray:
        return full_scope(connection, suite, company_id)
    since = watermark.window(watermark.changed_until)
    return _changed_since(connection, suite, watermark, since, now, company_id)


def since_scope(
    connection: Connection, suite: Suite, opening: Opening, since: datetime, now: datetime, company_id: int
) -> Reach | None:
    """The rows that something has just happened to, between two checks; None: they cannot be told, or are too many.

    What a change of a company, a branch or a service means for the rows that name it is left to the checks.

    Args:
        connection: to the operational database.
        suite: of the table.
        opening: of the check.
        since: UTC, naive.
        now: UTC, naive; what `:now` means in facts and conditions.
        company_id: the tenant.
    """
    known = replace(_following(connection, suite), parents=())
    reach = _changed_since(connection, suite, opening.watermark, since, now, company_id, known)
    return None if reach.scope.ids is None or len(reach.scope.ids) > MAX_IDS_OF_A_MOMENT else reach


def held_scope(
    connection: Connection, suite: Suite, opening: Opening, now: datetime, silent: frozenset[str]
) -> tuple[Suite, Scope] | None:
    """What rules that could not be judged earlier, and can be now, must read beside; None: nothing."""
    ready = {rule: since for rule, since in opening.watermark.held.items() if rule not in silent}
    rules = tuple(rule for rule in suite.rules if rule.id in ready)
    if not rules:
        return None
    since = opening.watermark.window(min(ready[rule.id] for rule in rules))
    reach = _changed_since(connection, suite, opening.watermark, since, now, None)
    return replace(suite, rules=rules), reach.scope


def full_scope(connection: Connection, suite: Suite, company_id: int | None = None) -> Reach:
    """The whole table."""
    scope = Scope(kind="full", company_id=company_id)
    if company_id is not None:
        return Reach(scope=scope)
    known = _following(connection, suite)
    try:
        seen = parents.read(connection, known, None)
    except DBAPIError as error:
        if server_errors.code_of(error) not in _LACKING:
            raise
        seen = parents.read(connection, known, _source(connection, known).columns)
    return Reach(scope=scope, seen=seen)


def _changed_since(
    connection: Connection,
    suite: Suite,
    watermark: Watermark,
    since: datetime,
    now: datetime,
    company_id: int | None,
    known: Following | None = None,
) -> Reach:
    known = known or _following(connection, suite)
    try:
        answers = _ask(connection, suite, known, watermark, since, now, company_id, _Source())
    except DBAPIError as error:
        if server_errors.code_of(error) not in _LACKING:
            raise
        source = _source(connection, known)
        if not source.has(suite.table, change_column(suite.table)) and not source.has(suite.table, "created_at"):
            return full_scope(connection, suite, company_id)
        answers = _ask(connection, suite, known, watermark, since, now, company_id, source)
    if len(answers) > MAX_CHANGED_IDS:
        return full_scope(connection, suite, company_id)
    found = parents.sort_out(connection, known, answers)
    if found.everything or found.seen.is_untraceable:
        return Reach(scope=Scope(kind="full", company_id=company_id), seen=found.seen)
    changed = found.changed | parents.children(connection, known, found.seen)
    ids = changed | found.again
    if len(ids) > MAX_CHANGED_IDS:
        return Reach(scope=Scope(kind="full", company_id=company_id), seen=found.seen)
    scope = Scope(kind="changed", ids=tuple(sorted(ids)), company_id=company_id)
    return Reach(scope=scope, seen=found.seen, changed=frozenset(changed))


def _following(connection: Connection, suite: Suite) -> Following:
    return following(sql.project_of(connection), facts_of(connection, suite.table))


def _ask(
    connection: Connection,
    suite: Suite,
    known: Following,
    watermark: Watermark,
    since: datetime,
    now: datetime,
    company_id: int | None,
    source: _Source,
) -> list[object]:
    params: dict[str, object] = {"since": since, "wide_since": since - timedelta(days=WINDOW_DAYS), "now": now}
    parts = [*_changed(known, source), *parents.parts(known, source.columns)]
    parts += _due(suite, watermark, since, source, params)
    if pairs := [rule.id for rule in suite.rules if rule.reads_other_rows]:
        again = sql.query(sql.project_of(connection), "open_of_rules")
        parts.append(again.replace("f.entity_id", f"CONCAT('{parents.AGAIN}', f.entity_id)", 1))
        params |= {"rules": pairs, "company_id": company_id}
    text = f"{_UNION.join(parts)}\nLIMIT {MAX_CHANGED_IDS + 1}"
    used = {name: value for name, value in params.items() if f":{name}" in text}
    return list(sql.execute(connection, text, used).scalars())


def _changed(known: Following, source: _Source) -> Iterator[str]:
    """SELECTs of the ids of what changed, here and elsewhere, by others and by us."""
    table = known.table
    if not known.reads_everything:
        yield f"SELECT r.id FROM {table} AS r WHERE {_since('r', table, source)}"  # noqa: S608  # reviewed files
        for reference in known.references:
            if (part := _referring(known, reference, source)) is not None:
                yield part
    for part in known.by_hand:
        if (fitting := _fitting(part, source)) is not None:
            yield fitting
    yield (
        f"SELECT o.entity_id FROM consistency_corrections AS o"  # noqa: S608  # reviewed files
        f" WHERE o.table_name = '{table}' AND o.applied_at >= :since"
    )
    yield (
        f"SELECT o.entity_id FROM consistency_undos AS u STRAIGHT_JOIN consistency_corrections AS o"  # noqa: S608
        f" ON o.id = u.correction_id WHERE u.undone_at >= :since AND o.table_name = '{table}'"
    )
    yield (
        f"SELECT COALESCE(t.row_id, '{parents.ALL}') FROM consistency_touched AS t"  # noqa: S608  # reviewed files
        f" WHERE t.table_name = '{table}' AND t.touched_at >= :since"
    )


def _referring(known: Following, reference: Reference, source: _Source) -> str | None:
    other, column = reference.table, reference.column
    if reference.is_child:
        if not source.has(other, column):
            return None
        changed = _since("x", other, source)
        return f"SELECT x.{column} FROM {other} AS x WHERE {changed} AND x.{column} IS NOT NULL"  # noqa: S608
    key = _KEYS.get((known.table, column), "")
    if not source.has(known.table, column) or not source.has(other, "id") or not source.has_key(known.table, key):
        return None
    hint = f" FORCE INDEX ({key})" if key else ""
    return (
        f"SELECT r.id FROM {other} AS x"  # noqa: S608  # reviewed files
        f" STRAIGHT_JOIN {known.table} AS r{hint} ON r.{column} = x.id WHERE {_since('x', other, source)}"
    )


def _since(alias: str, table: str, source: _Source) -> str:
    if source.has(table, column := change_column(table)):
        return f"{alias}.{column} >= :since"
    # Business times are not change times: late and edited rows are caught by a wide window and the full check.
    return f"{alias}.created_at >= :wide_since" if source.has(table, "created_at") else "FALSE"


def _fitting(part: str, source: _Source) -> str | None:
    """A SELECT written by hand as far as the source has what it asks; None: it cannot be asked."""
    missing = {pair for pair in columns_read(part, "sql/queries/changed_*.sql") if not source.has(*pair)}
    if any(column == CHANGE_COLUMN for _, column in missing):
        part = part.replace(CHANGE_COLUMN, "created_at").replace(":since", ":wide_since")
        missing = {pair for pair in columns_read(part, "sql/queries/changed_*.sql") if not source.has(*pair)}
    return None if missing else part


def _due(
    suite: Suite, watermark: Watermark, since: datetime, source: _Source, params: dict[str, object]
) -> Iterator[str]:
    """SELECTs of what has just reached the age at which the clock may change a verdict."""
    column = change_column(suite.table)
    if not source.has(suite.table, column):
        column = "created_at"
    for minutes in sorted({rule.due_after_minutes for rule in suite.rules if rule.due_after_minutes is not None}):
        age = timedelta(minutes=minutes)
        params |= {f"since_{minutes}": since - age, f"until_{minutes}": watermark.server_now - age}
        yield (
            f"SELECT r.id FROM {suite.table} AS r"  # noqa: S608  # reviewed files
            f" WHERE r.{column} >= :since_{minutes} AND r.{column} < :until_{minutes}"
        )


def _source(connection: Connection, known: Following) -> _Source:
    tables = sorted(known.tables | {known.table} | {parent.table for parent in known.parents})
    columns = sql.run(connection, "source_columns", tables=tables)
    keys = sql.run(connection, "source_indexes", tables=tables)
    return _Source(
        columns=frozenset((str(table), str(column)) for table, column in columns),
        keys=frozenset((str(table), str(key)) for table, key in keys) | {(table, "") for table in tables},
    )
