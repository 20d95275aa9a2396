"""Rules about sets over a whole table: their candidates are asked for once, then judged as single rows are."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.rules import Rule
from data_consistency.rules.candidates import candidates_of
from data_consistency.rules.facts import Facts
from data_consistency.rules.outcomes import Scope

# Of more candidates than this, every row of the table is read as cheaply.
MAX_CANDIDATES = 20_000


def candidates(connection: Connection, facts: Facts, rules: Sequence[Rule], scope: Scope) -> dict[int, tuple[int, ...]]:
    """The rows of a whole table that may violate a rule, by its number, for rules that have such a statement.

    A rule is left out where the scope is a part of the table, where its candidates are too many, or cannot be asked
    for: the facts of every row tell the same, or why they cannot be told.

    Raises:
        DBAPIError: the connection is gone, or the statement was stopped.
    """
    if scope.ids is not None or scope.is_bounded or scope.company_id is not None:
        return {}
    found = {}
    for number, rule in enumerate(rules):
        text = candidates_of(sql.project_of(connection), rule, facts)
        if text is not None and (ids := _ids(connection, text)) is not None:
            found[number] = ids
    return found


def _ids(connection: Connection, text: str) -> tuple[int, ...] | None:
    try:
        rows = sql.execute(connection, f"{text}\nLIMIT {MAX_CANDIDATES + 1}", {}).all()
    except DBAPIError as error:
        if server_errors.kind_of(error) in {Kind.PASSING, Kind.STOPPED}:
            raise
        return None
    return (
        None
        if len(rows) > MAX_CANDIDATES
        else tuple(sorted({int(row_id) for row in rows for row_id in row if row_id is not None}))
    )
