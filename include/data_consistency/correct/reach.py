"""Whether a correction can be made in this schema at all: what it reads is there, what it writes can be written.

Asked before anything is locked or changed, so that a correction is made as a whole or not at all.
"""

from collections.abc import Set
from datetime import UTC, datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.correct.proposals import parameters
from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.detect.lost import fit_to_schema
from data_consistency.detect.scan import facts_of
from data_consistency.rules import Rule
from data_consistency.rules.corrections import Correction
from data_consistency.rules.parsing import columns_read
from data_consistency.schema import mapped_views

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def obstacle(connection: Connection, rule: Rule, correction: Correction) -> str | None:
    """Why the rows of the rule cannot be corrected here; names rule, table and column. None: they can."""
    read = columns_read(correction.sql, f"sql/corrections/{correction.name}.sql")
    written = {(correction.table, column) for column in correction.columns}
    missing = _missing(connection, read | written)
    if missing:
        return _reason(rule, *min(missing, key=lambda pair: (pair not in written, pair)), "is missing in the source")
    why_not = mapped_views.read(connection).not_writable(correction.table)
    for column in correction.columns:
        if column in why_not:
            return _reason(rule, correction.table, column, f"cannot be written, it {why_not[column]}")
    if correction.when is not None:
        _, lost = fit_to_schema(connection, facts_of(connection, correction.table))
        for table, column in sorted(pair for fact in correction.when.facts for pair in lost.get(fact, ())):
            return _reason(rule, table, column, "is missing in the source, and its evidence with it")
    return _refusal_of_names(connection, rule, correction)


def _refusal_of_names(connection: Connection, rule: Rule, correction: Correction) -> str | None:
    """What the server says of names that the text does not tell, such as those behind a star."""
    params = parameters(correction, [0], _ANY_TIME)
    try:
        sql.execute(connection, f"EXPLAIN {correction.sql}", params)
    except DBAPIError as error:
        if server_errors.kind_of(error) is not Kind.NAME:
            raise
        words = server_errors.words_of(error)
        return f"rule {rule.id}: correction {correction.name} of table {correction.table}: {words}"
    return None


def _missing(connection: Connection, wanted: Set[tuple[str, str]]) -> Set[tuple[str, str]]:
    rows = sql.run(connection, "source_columns", tables=sorted({table for table, _ in wanted}))
    return wanted - {(str(table), str(column)) for table, column in rows}


def _reason(rule: Rule, table: str, column: str, why: str) -> str:
    return f"rule {rule.id}: column {table}.{column} {why}"
