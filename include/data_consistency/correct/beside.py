"""Columns beside those that we write: what the database, or a trigger of somebody else, changes along with them.

A time that the database sets on each change of a row is kept in the audit as it was, and put back by undo. Any other
column may hold what a person said or is called: it is compared by a digest, and told by its name alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.rules.corrections import CORRECTABLE
from data_consistency.rules.facts import CHANGE_COLUMN

# Of these no server makes a digest; no trigger of an operational table is known to change one.
_WITHOUT_DIGEST = frozenset(
    {
        *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
        *("geometrycollection", "geomcollection", "vector"),
    }
)
# Of a digest; so many tell two values of one row apart as surely as all of them.
_DIGITS, _BETWEEN = 16, ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The columns of one row that are not ours to write."""

    maintained: Mapping[str, object] = field(default_factory=dict)  # times that the database sets
    others: tuple[str, ...] = ()  # names of everything else
    digests: str = ""  # of their values, in that order: one text, as rows have many columns and few differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """What was changed along with a row."""

    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    named: tuple[str, ...] = ()  # columns whose values are nobody's business

    @property
    def is_nothing(self) -> bool:
        """Whether nothing else was changed."""
        return not (self.before or self.named)

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.before, *self.named)

    @property
    def told(self) -> Mapping[str, object]:
        """What the event of the change says of it."""
        return {"along": list(self.named)} if self.named else {}


def restorable(connection: Connection, table: str) -> list[str]:
    """Columns of a table that the database sets on each change of a row, and that this account may write."""
    rows = sql.run(connection, "columns_beside", table_name=table)
    return [str(name) for name, _, is_maintained, is_writable in rows if is_maintained and is_writable]


def look(connection: Connection, table: str, ids: Sequence[int]) -> dict[int, Beside]:
    """The columns of some rows that are not ours to write, by id."""
    columns = _columns(connection, table)
    if not ids or not columns:
        return {}
    kept = [name for name, _, is_maintained in columns if is_maintained]
    others = tuple(name for name, kind, is_maintained in columns if not is_maintained and kind not in _WITHOUT_DIGEST)
    digests = "".join(f", COALESCE(LEFT(SHA2(t.`{name}`, 256), {_DIGITS}), '')" for name in others)
    chosen = [*(f"t.`{name}`" for name in kept), f"CONCAT_WS('{_BETWEEN}'{digests})" if others else "''"]
    text = f"SELECT t.id, {', '.join(chosen)} FROM {table} AS t WHERE t.id IN :ids"  # noqa: S608  # the server's names
    rows = sql.execute(connection, text, {"ids": list(ids)})
    return {
        int(entity_id): Beside(maintained=dict(zip(kept, values, strict=True)), others=others, digests=str(digest))
        for entity_id, *values, digest in rows
    }


def compare(before: Mapping[int, Beside], after: Mapping[int, Beside]) -> dict[int, Along]:
    """What differs between two looks at the same rows, by id; rows of which nothing differs are left out."""
    found = {entity_id: _difference(before[entity_id], after[entity_id]) for entity_id in before.keys() & after.keys()}
    return {entity_id: along for entity_id, along in found.items() if not along.is_nothing}


def names(alongs: Iterable[Along]) -> list[str]:
    """Every column that was changed along with some rows and is not kept."""
    return sorted({name for along in alongs for name in along.named})


def _difference(before: Beside, after: Beside) -> Along:
    moved = [name for name, value in before.maintained.items() if value != after.maintained[name]]
    return Along(
        before={name: before.maintained[name] for name in moved},
        after={name: after.maintained[name] for name in moved},
        named=() if before.digests == after.digests else tuple(_named(before, after)),
    )


def _named(before: Beside, after: Beside) -> Iterator[str]:
    pairs = zip(before.digests.split(_BETWEEN), after.digests.split(_BETWEEN), strict=True)
    return (name for name, (old, new) in zip(before.others, pairs, strict=True) if old != new)


def _columns(connection: Connection, table: str) -> list[tuple[str, str, bool]]:
    ours = {"id", CHANGE_COLUMN, *CORRECTABLE[table]}
    return [
        (str(name), str(kind).lower(), bool(is_maintained))
        for name, kind, is_maintained, _ in sql.run(connection, "columns_beside", table_name=table)
        if name not in ours
    ]
