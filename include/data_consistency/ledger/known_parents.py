"""Rows of parent tables as the last check of a table saw them (table consistency_parents): digests, no values."""

from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy.engine import Connection

from data_consistency.db import sql

_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownParent:
    """One row of a parent table; without a key it says that the rows of the table are remembered."""

    parent_table: str
    row_key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a check saw of parents that is not as it is remembered."""

    table: str = ""  # that is checked
    differing: tuple[KnownParent, ...] = field(default=())  # new ones among them
    gone: tuple[KnownParent, ...] = field(default=())
    begun: frozenset[str] = frozenset()  # parent tables of which nothing was remembered

    @property
    def is_news(self) -> bool:
        """Whether there is anything to remember."""
        return bool(self.differing or self.gone or self.begun)

    @property
    def is_untraceable(self) -> bool:
        """Whether rows of the checked table may have changed without anything that leads to them."""
        return bool(self.gone or self.begun)


def remember(connection: Connection, seen: Seen) -> None:
    """Remember what a check saw; in the transaction of its findings."""
    begun = (KnownParent(parent_table=table, row_key="", digest="") for table in sorted(seen.begun))
    rows: list[dict[str, object]] = [
        {
            "table_name": seen.table,
            "parent_table": parent.parent_table,
            "row_key": parent.row_key,
            "digest": parent.digest,
        }
        for parent in (*seen.differing, *begun)
    ]
    for start in range(0, len(rows), _BATCH):
        sql.run_many(connection, "remember_parent", rows[start : start + _BATCH])
    for parent_table, gone in groupby(seen.gone, key=lambda parent: parent.parent_table):
        keys = [parent.row_key for parent in gone]
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            sql.run(connection, "forget_parents", table_name=seen.table, parent_table=parent_table, names=batch)
