"""The accelerator of a table: one invisible, computed, indexed column whose bits say which rules a row may violate.

Nothing is believed of it that is not proved now. The comment of the column holds a key for each bit: a digest of the
rule's condition, of the text of its facts and of the way the server is written to. Our settings hold the proof of the
column: a digest of the expression as the server keeps it, and of the columns that it is computed of. A rule whose key
is not there, and every rule of a column that is not as it was made, is answered by a scan.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server import server_of
from data_consistency.rules import Rule, Suite
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.grouped import steady
from data_consistency.rules.necessary import Part, part_of
from data_consistency.rules.own_row import ColumnType, Row
from data_consistency.rules.ties import root_of
from data_consistency.schema import mapped_views

# While one is replaced, both are there.
COLUMNS = ("consistency_violations", "consistency_violations_2")
# Counted up when what is computed becomes another for the same texts.
_MARK = "data consistency accelerator 1:"
_DIGITS = 12
_NAMED = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """A column of ours that is there."""

    table: str
    column: str
    keys: tuple[str, ...]  # of the rule behind each bit
    fault: str | None  # why it is not used; None: it is

    @property
    def index(self) -> str:
        """The name of its index."""
        return index_of(self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The table as the server has it."""

    columns: tuple[Mapping[str, Any], ...]
    accelerators: tuple[Accelerator, ...]
    strangers: tuple[str, ...]  # columns of such a name that are not ours
    keys: int  # indexes


def index_of(column: str) -> str:
    """The name of the index on one of our columns."""
    return f"{column}_index"


def comment_of(keys: Iterable[str]) -> str:
    """What the comment of a column says."""
    return f"{_MARK}{'.'.join(keys)}"


def look(connection: Connection, table: str) -> Here:
    """What is there of a table and its accelerator."""
    columns = tuple(dict(row) for row in sql.run(connection, "accelerator_columns", table_name=table).mappings())
    named = [column for column in columns if column["column_name"] in COLUMNS]
    if not named:
        return Here(columns=columns, accelerators=(), strangers=(), keys=0)
    indexes = sql.run(connection, "accelerator_indexes", table_name=table).all()
    ours = [column for column in named if str(column["said"]).startswith(_MARK[:-2])]
    firsts = {str(row.index_name): str(row.column_name) for row in indexes}
    proof = wishes(connection).get(table, "")
    return Here(
        columns=columns,
        accelerators=tuple(_held(table, column, columns, proof, firsts) for column in ours),
        strangers=tuple(str(column["column_name"]) for column in named if column not in ours),
        keys=len({str(row.index_name) for row in indexes}),
    )


def _held(
    table: str,
    column: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    proof: str,
    firsts: Mapping[str, str],
) -> Accelerator:
    name, comment = str(column["column_name"]), str(column["said"])
    keys = tuple(key for key in comment.removeprefix(_MARK).split(".") if key)
    fault = None
    if not comment.startswith(_MARK):
        fault = "is of another release"
    elif firsts.get(index_of(name)) != name:
        fault = "has lost its index, or was never finished"
    elif proof != proof_of(column, columns):
        fault = "is not computed as it was made, or a column that it is computed of has changed"
    return Accelerator(table=table, column=name, keys=keys, fault=fault)


def proof_of(column: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> str:
    """Digest of an expression as the server keeps it, and of the kinds of the columns that stand in it."""
    text = str(column["expression"])
    named = set(_NAMED.findall(text.lower()))
    kinds = [
        f"{one['column_name']} {one['column_type']} {one['collation']} {one['expression'] or ''}"
        for one in columns
        if str(one["column_name"]).lower() in named and one["column_name"] != column["column_name"]
    ]
    return _digest(str(column["column_name"]), text, str(column["extra"]).lower(), *sorted(kinds))


def facts_of(connection: Connection, table: str) -> Facts:
    """The facts of a table as a check reads them here."""
    facts = load_facts(sql.project_of(connection), table)
    return steady(facts, mapped_views.read(connection).computed)


def parts_of(connection: Connection, suite: Suite, here: Here) -> tuple[Part, ...]:
    """What an accelerator of a table could know of each of its rules."""
    facts = facts_of(connection, suite.table)
    types = {
        str(column["column_name"]): ColumnType(
            data_type=str(column["data_type"]).lower(), is_unsigned="unsigned" in str(column["column_type"]).lower()
        )
        for column in here.columns
        # What the server computes itself may be computed in another way tomorrow.
        if not column["expression"]
    }
    has_walls, instant = _ways(connection)
    row = Row(alias=root_of(facts), types=types, instant=instant, has_wall_times=has_walls)
    return tuple(part_of(rule, facts, row) for rule in suite.rules)


def keys_of(connection: Connection, facts: Facts, rules: Sequence[Rule]) -> list[str]:
    """What a bit must be called to answer each rule."""
    ways = [str(way) for way in _ways(connection)]
    return [_digest(rule.condition, facts.sql, *ways) for rule in rules]


def _ways(connection: Connection) -> tuple[bool, str]:
    """Whether DATETIME columns keep wall times, and how the server writes a TIMESTAMP as an instant.

    MySQL refuses UNIX_TIMESTAMP in a computed column, and reads a TIMESTAMP in UTC another way.
    """
    is_mysql = server_of(connection).name == "MySQL"
    instant = "CAST({} AT TIME ZONE '+00:00' AS DATETIME(6))" if is_mysql else "UNIX_TIMESTAMP({})"
    return sql.walls_of(connection) is not None, instant


def wishes(connection: Connection) -> dict[str, str]:
    """The tables that the operator wants one on, with the proof of the column that was made."""
    try:
        return {str(row.table_name): str(row.proof) for row in sql.run(connection, "accelerator_wishes")}
    except DBAPIError as error:
        if server_errors.code_of(error) != server_errors.NO_SUCH_TABLE:
            raise
        return {}


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:_DIGITS]
