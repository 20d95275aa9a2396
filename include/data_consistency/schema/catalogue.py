"""What the server says of the tables that are there: columns, how they are computed, and indexes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.db import sql

# By (table, column) and (table, index).
Columns = Mapping[tuple[str, str], "Column"]
Indexes = Mapping[tuple[str, str], "Index"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as it is."""

    data_type: str  # in lower case, without length
    character_set: str | None  # None: it holds no text
    collation: str | None
    extra: str  # in lower case: what maintains it, whether it is seen
    expression: str  # in lower case; empty: it is stored as it is written

    @property
    def is_invisible(self) -> bool:
        """Whether `SELECT *` does not show it."""
        return "invisible" in self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index as it is."""

    columns: tuple[str, ...]
    is_unique: bool
    is_plain: bool  # on whole columns, not on parts of them or on expressions


def columns_of(connection: Connection, tables: Iterable[str]) -> Columns:
    """The columns of some tables; a table that is not there has none."""
    rows = sql.run(connection, "source_catalogue", tables=sorted(set(tables)))
    return {
        (str(row.table_name), str(row.column_name)): Column(
            data_type=str(row.data_type).lower(),
            character_set=None if row.character_set is None else str(row.character_set),
            collation=None if row.collation is None else str(row.collation),
            extra=str(row.extra or "").lower(),
            expression=str(row.expression or "").lower(),
        )
        for row in rows
    }


def indexes_of(connection: Connection, tables: Iterable[str]) -> Indexes:
    """The indexes of some tables."""
    parts: dict[tuple[str, str], list[tuple[str | None, bool, bool]]] = {}
    for row in sql.run(connection, "index_columns", tables=sorted(set(tables))):
        name = None if row.column_name is None else str(row.column_name)
        part = (name, bool(row.is_unique), name is not None and row.sub_part is None)
        parts.setdefault((str(row.table_name), str(row.index_name)), []).append(part)
    return {
        key: Index(
            columns=tuple(name or "" for name, _, _ in found),
            is_unique=found[0][1],
            is_plain=all(is_whole for _, _, is_whole in found),
        )
        for key, found in parts.items()
    }
