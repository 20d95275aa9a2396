"""Facts: one row per entity with every column the rules of its table may read.

A facts file says where the scope goes (`/* scope */` in its WHERE clause) and, in its header, what the entity is
called and which expressions are its id and its tenant. This module, `detect/scan.py`, `detect/lost.py` and
`correct/applying.py` are the only places that put SQL text together, and they are fed from reviewed files alone.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import sqlglot
from sqlglot import TokenType

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.functions import read_sql
from data_consistency.rules.outcomes import Scope
from data_consistency.rules.parsing import aliases_of, columns_read, parse_select

_SCOPE = "/* scope */"
_HEADER = re.compile(r"^-- entity: (?P<entity>\w+), id: (?P<id>[\w.]+), company: (?P<company>[\w.]+)\s*$", re.MULTILINE)
# Where the operator may not add it, the business's own time stands in.
CHANGE_COLUMN = "consistency_changed_at"
_REQUIRED = ("id", "company_id", "row_changed_at")
_KNOWN: dict[tuple[Project, str], tuple[str, ...]] = {}


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
        elif scope.is_bounded:
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
def load_facts(project: Project, table: str) -> Facts:
    """Read and check the facts file of a table.

    Raises:
        InvalidRule: header, scope mark or a required column is missing, or it is not one SELECT.
    """
    name = f"sql/facts/{table}.sql"
    sql = read_sql(project, "facts", table)
    header = _HEADER.search(sql)
    if header is None:
        raise InvalidRule(f"{name}: no header line `-- entity: <noun>, id: <column>, company: <column>`")
    if sql.count(_SCOPE) != 1:
        raise InvalidRule(f"{name}: the mark {_SCOPE} must stand once, in its WHERE clause")
    columns = _KNOWN.get((project, table)) or _columns_of(sql, name)
    for column in _REQUIRED:
        if column not in columns:
            raise InvalidRule(f"{name}: column '{column}' is missing; every facts file must give it")
    return Facts(
        table=table,
        entity=header["entity"],
        id_sql=header["id"],
        company_sql=header["company"],
        sql=sql,
        columns=columns,
    )


def remember(project: Project, table: str, columns: tuple[str, ...]) -> None:
    """The columns that this very file was found to have before: it is not parsed again."""
    _KNOWN[project, table] = columns


def _columns_of(sql: str, name: str) -> tuple[str, ...]:
    select = parse_select(sql, name)
    aliases_of(select, name)
    return tuple(select.named_selects)


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
def source_columns(facts: Facts) -> frozenset[tuple[str, str]]:
    """(table, column) pairs of the database that a facts file reads."""
    return columns_read(facts.sql, f"sql/facts/{facts.table}.sql")
