"""SQL as a tree: reviewed files and conditions are parsed before anything is made of them."""

from collections import Counter
from functools import lru_cache

import sqlglot
from sqlglot import exp

from data_consistency.errors import InvalidRule


def parse_select(sql: str, where: str) -> exp.Select:
    """The tree of one SELECT.

    Raises:
        InvalidRule: it is not SQL, or not one SELECT; names `where`.
    """
    select = parse(sql, where)
    if not isinstance(select, exp.Select):
        raise InvalidRule(f"{where}: must be one SELECT")
    return select


def parse(sql: str, where: str) -> exp.Expr:
    """The tree of one statement.

    Raises:
        InvalidRule: it is not SQL, or not one statement; names `where`.
    """
    try:
        statements = sqlglot.parse(sql, dialect="mysql")
    except sqlglot.errors.SqlglotError as error:
        line = str(error).splitlines()[0]
        raise InvalidRule(f"{where}: is not SQL that can be read ({line}); mend it") from error
    except RecursionError as error:
        raise InvalidRule(f"{where}: is nested too deeply to be read; make it flatter") from error
    if len(statements) != 1 or statements[0] is None:
        raise InvalidRule(f"{where}: must be one statement")
    return statements[0]


@lru_cache(maxsize=128)
def columns_read(sql: str, where: str) -> frozenset[tuple[str, str]]:
    """(table, column) pairs of the database that a SELECT reads under an alias.

    Raises:
        InvalidRule: it is not one SELECT; names `where`.
    """
    select = parse_select(sql, where)
    tables = aliases_of(select, where)
    named = (column for column in select.find_all(exp.Column) if not column.is_star)
    columns = ((tables.get(column.table), column.name) for column in named)
    return frozenset((table, column) for table, column in columns if table is not None)


def aliases_of(select: exp.Expr, where: str) -> dict[str, str]:
    """Tables by their aliases.

    Raises:
        InvalidRule: an alias stands for several tables; names `where`.
    """
    # A JSON_TABLE has no name: it is no table that could be missing.
    tables = {(table.alias_or_name, table.name) for table in select.find_all(exp.Table) if table.name}
    for alias, count in Counter(alias for alias, _ in tables).items():
        if count > 1:
            raise InvalidRule(f"{where}: alias '{alias}' stands for several tables; give each its own")
    return dict(tables)
