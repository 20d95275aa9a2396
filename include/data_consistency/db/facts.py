"""Facts: one row per entity with every column the rules of its table may read.

A facts file says where the scope goes (`/* scope */` in its WHERE clause) and, in its header, what the entity is
called and which expressions are its id and its tenant. This module and `scan.py` are the only places that put SQL
text together, and they are fed from reviewed files alone.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import sqlglot
from sqlglot import TokenType, exp

from data_consistency.db.sql import read_sql
from data_consistency.errors import InvalidRule
from data_consistency.findings import Scope
from data_consistency.rules import Rule, Suite

_SCOPE = "/* scope */"
_HEADER = re.compile(r"^-- entity: (?P<entity>\w+), id: (?P<id>[\w.]+), company: (?P<company>[\w.]+)\s*$", re.MULTILINE)
# Where the operator may not add it, the business's own time stands in.
CHANGE_COLUMN = "consistency_changed_at"
_NO_ROWS = "(SELECT NULL AS nothing FROM DUAL WHERE FALSE)"
# NULL that is a text, so that it may be collated, and gives way to the collation of whatever it is compared with.
_NOTHING = "NULLIF('', '')"
_REQUIRED = ("id", "company_id", "row_changed_at")
# Functions a condition may call that the parser has no class of its own for.
_PLAIN_FUNCTIONS = frozenset({"JSON_VALID", "JSON_LENGTH", "CHAR_LENGTH", "INSTR", "LEAST", "GREATEST"})
_FORBIDDEN = (exp.Query, exp.Subquery, exp.Parameter, exp.SessionParameter, exp.DML, exp.DDL, exp.Command)
_FORBIDDEN_FUNCTIONS = re.compile(
    r"\b(SLEEP|BENCHMARK|GET_LOCK|LOAD_FILE|RAND|UUID|USER|NOW|SYSDATE)\s*\(", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One facts file."""

    table: str
    entity: str
    id_sql: str
    company_sql: str
    sql: str
    columns: tuple[str, ...]

    def scoped(self, scope: Scope) -> tuple[str, dict[str, object]]:
        """The SELECT over the rows of `scope`, and its parameters."""
        terms: list[str] = []
        params: dict[str, object] = {}
        if scope.ids is not None:
            terms.append(f"{self.id_sql} IN :ids AND")
            params["ids"] = list(scope.ids)
        elif not scope.is_full or scope.first_id:
            terms.append(f"{self.id_sql} BETWEEN :first_id AND :last_id AND")
            params |= {"first_id": scope.first_id, "last_id": scope.last_id}
        if scope.company_id is not None:
            terms.append(f"{self.company_sql} = :company_id AND")
            params["company_id"] = scope.company_id
        return self.sql.replace(_SCOPE, " ".join(terms)), params

    def only(self, needed: frozenset[str]) -> "Facts":
        """The same rows with the needed columns alone: the server computes every column it is asked for."""
        return _only(self, needed | frozenset(_REQUIRED))


@lru_cache(maxsize=32)
def load_facts(path: Path) -> Facts:
    """Read and check one facts file.

    Raises:
        InvalidRule: header, scope mark or a required column is missing, or it is not one SELECT.
    """
    name = f"sql/facts/{path.name}"
    sql = read_sql(path)
    header = _HEADER.search(sql)
    if header is None:
        raise InvalidRule(f"{name}: no header line `-- entity: <noun>, id: <column>, company: <column>`")
    if sql.count(_SCOPE) != 1:
        raise InvalidRule(f"{name}: the mark {_SCOPE} must stand once, in its WHERE clause")
    select = parse_select(sql, name)
    _aliases(select, name)
    columns = tuple(select.named_selects)
    for column in _REQUIRED:
        if column not in columns:
            raise InvalidRule(f"{name}: column '{column}' is missing; every facts file must give it")
    return Facts(
        table=path.stem,
        entity=header["entity"],
        id_sql=header["id"],
        company_sql=header["company"],
        sql=sql,
        columns=columns,
    )


def check_conditions(suite: Suite, facts: Facts) -> None:
    """Refuse conditions that are no plain expression over the columns of the facts.

    Raises:
        InvalidRule: the message names file, rule and next step.
    """
    if suite.entity != facts.entity:
        raise InvalidRule(
            f"expectations/{suite.path.name}: entity '{suite.entity}' but sql/facts/{facts.table}.sql says"
            f" '{facts.entity}'; make them equal"
        )
    for rule in suite.rules:
        columns_of(rule, facts)


@lru_cache(maxsize=1024)
def columns_of(rule: Rule, facts: Facts) -> frozenset[str]:
    """Columns of the facts that a rule reads.

    Raises:
        InvalidRule: not one expression, an unknown column, or something a condition must not do.
    """
    where = f"expectations/{rule.table}.json: rule '{rule.id}'"
    if ";" in rule.condition or "--" in rule.condition or "/*" in rule.condition:
        raise InvalidRule(f"{where}: a condition is one expression, without ';' and comments")
    tree = _parse(f"SELECT {rule.condition}", where)
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or tree.args.get("from_")
        or tree.args.get("from")
    ):
        raise InvalidRule(f"{where}: a condition is one expression over the columns of sql/facts/{rule.table}.sql")
    expression = tree.expressions[0]
    if expression.find(*_FORBIDDEN) is not None:
        raise InvalidRule(f"{where}: no subquery, variable or statement in a condition; add a column to the facts")
    if (call := _FORBIDDEN_FUNCTIONS.search(rule.condition)) is not None:
        raise InvalidRule(f"{where}: function {call[1].upper()} is not allowed in a condition; use :now for the time")
    for function in expression.find_all(exp.Anonymous):
        if function.name.upper() not in _PLAIN_FUNCTIONS:
            raise InvalidRule(f"{where}: function {function.name} is not allowed in a condition")
    columns = {column.name for column in expression.find_all(exp.Column)}
    unknown = sorted(columns - set(facts.columns))
    if unknown:
        raise InvalidRule(f"{where}: unknown column '{unknown[0]}'; add it to sql/facts/{rule.table}.sql or mend it")
    return frozenset(columns)


@lru_cache(maxsize=512)
def _only(facts: Facts, needed: frozenset[str]) -> Facts:
    if needed >= frozenset(facts.columns):
        return facts
    begin, end, spans = _projections(facts.sql)
    kept = [(name, span) for name, span in zip(facts.columns, spans, strict=True) if name in needed]
    listed = ",\n".join(facts.sql[first : last + 1] for _, (first, last) in kept)
    text = f"{facts.sql[:begin]}\n{listed}\n{facts.sql[end:]}"
    return replace(facts, sql=text, columns=tuple(name for name, _ in kept))


@lru_cache(maxsize=32)
def _projections(text: str) -> tuple[int, int, list[tuple[int, int]]]:
    """Where the select list begins and ends, and first and last position of each column in it."""
    tokens = sqlglot.tokenize(text, dialect="mysql")
    start = next(number for number, token in enumerate(tokens) if token.token_type is TokenType.SELECT)
    depth, first = 0, start + 1
    spans = []
    for number, token in enumerate(tokens[start + 1 :], start + 1):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        ends = depth == 0 and token.token_type is TokenType.FROM
        if ends or (depth == 0 and token.token_type is TokenType.COMMA):
            spans.append((tokens[first].start, tokens[number - 1].end))
            first = number + 1
        if ends:
            break
    return tokens[start].end + 1, token.start, spans


@lru_cache(maxsize=32)
def without_columns(
    facts: Facts, missing: frozenset[tuple[str, str]]
) -> tuple[Facts, Mapping[str, frozenset[tuple[str, str]]]]:
    """The facts of a schema that lacks columns or whole tables, and the facts that are lost with them, each with why.

    A lost fact is NULL or false there, and rules reading it are not evaluated. The text is changed by token, never
    generated anew, so that what is left means what it meant. `missing` holds (table, column) pairs; a table of which
    every column is missing is read as one without rows.
    """
    where = f"sql/facts/{facts.table}.sql"
    select = parse_select(facts.sql, where)
    tables = _aliases(select, where)
    gone = {(alias, column) for alias, table in tables.items() for name, column in missing if name == table}
    blind = _blind_joins(select, gone)
    lost = {}
    for projection in select.selects:
        why = set()
        for column in projection.find_all(exp.Column):
            why |= blind.get(column.table, set())
            if (column.table, column.name) in gone and column.name != CHANGE_COLUMN:
                why.add((column.table, column.name))
        if why:
            lost[projection.alias_or_name] = frozenset((tables[alias], column) for alias, column in why)
    absent = {table for table, _ in missing} - {table for table, _ in source_columns(facts) - missing}
    text = _replace_tables(_replace_columns(facts.sql, gone), absent)
    return replace(facts, sql=text), lost


@lru_cache(maxsize=32)
def source_columns(facts: Facts) -> frozenset[tuple[str, str]]:
    """(table, column) pairs of the database that a facts file reads."""
    return columns_read(facts.sql, f"sql/facts/{facts.table}.sql")


@lru_cache(maxsize=128)
def columns_read(sql: str, where: str) -> frozenset[tuple[str, str]]:
    """(table, column) pairs of the database that a SELECT reads under an alias.

    Raises:
        InvalidRule: it is not one SELECT; names `where`.
    """
    select = parse_select(sql, where)
    tables = _aliases(select, where)
    named = (column for column in select.find_all(exp.Column) if not column.is_star)
    columns = ((tables.get(column.table), column.name) for column in named)
    return frozenset((table, column) for table, column in columns if table is not None)


def _aliases(select: exp.Expr, where: str) -> dict[str, str]:
    # A JSON_TABLE has no name: it is no table that could be missing.
    tables = {(table.alias_or_name, table.name) for table in select.find_all(exp.Table) if table.name}
    for alias, count in Counter(alias for alias, _ in tables).items():
        if count > 1:
            raise InvalidRule(f"{where}: alias '{alias}' stands for several tables; give each its own")
    return dict(tables)


def _blind_joins(select: exp.Expr, gone: set[tuple[str, str]]) -> dict[str, set[tuple[str, str]]]:
    """Aliases of joined tables whose rows cannot be found, with the missing columns that would have found them."""
    blind = {}
    for join in select.find_all(exp.Join):
        columns = {(column.table, column.name) for column in join.find_all(exp.Column)}
        if why := columns & gone:
            blind[join.this.alias_or_name] = why
    return blind


def _replace_columns(text: str, gone: set[tuple[str, str]]) -> str:
    tokens = sqlglot.tokenize(text, dialect="mysql")
    for alias, dot, column in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        if dot.text == "." and (alias.text, column.text) in gone:
            stand_in = _business_time(alias.text, gone) if column.text == CHANGE_COLUMN else _NOTHING
            text = text[: alias.start] + stand_in + text[column.end + 1 :]
    return text


def _business_time(alias: str, gone: set[tuple[str, str]]) -> str:
    return f"{alias}.created_at" if (alias, "updated_at") in gone else f"{alias}.updated_at"


def _replace_tables(text: str, absent: set[str]) -> str:
    tokens = sqlglot.tokenize(text, dialect="mysql")
    for before, table in reversed(list(pairwise(tokens))):
        if table.text in absent and before.text.upper() in {"FROM", "JOIN"}:
            text = f"{text[: table.start]}{_NO_ROWS}{text[table.end + 1 :]}"
    return text


def parse_select(sql: str, where: str) -> exp.Select:
    """The tree of one SELECT.

    Raises:
        InvalidRule: it is not SQL, or not one SELECT; names `where`.
    """
    select = _parse(sql, where)
    if not isinstance(select, exp.Select):
        raise InvalidRule(f"{where}: must be one SELECT")
    return select


def _parse(sql: str, where: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(sql, dialect="mysql")
    except sqlglot.errors.SqlglotError as error:
        line = str(error).splitlines()[0]
        raise InvalidRule(f"{where}: is not SQL that can be read ({line}); mend it") from error
    if len(statements) != 1 or statements[0] is None:
        raise InvalidRule(f"{where}: must be one statement")
    return statements[0]
