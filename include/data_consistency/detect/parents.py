"""Parents: tables of few rows that very many rows name, such as companies, branches and services.

They carry no change time of ours. What the facts read of each row is compared with what it was at the last check
(table consistency_parents): a row that differs sends the rows that name it to be read anew. Where one is gone, keys
that cascade may have changed or removed rows without a trace, and the whole table is read once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger.known_parents import KnownParent, Seen
from data_consistency.rules.following import Following, Parent

# What an answer begins with that is no id: everything, a parent that is new, one that differs, a count of parents.
ALL = "*"
_NEW, _DIFFERS, _COUNT = "+", "~", "#"
# A row that did not change: it is looked at because it was wrong.
AGAIN = "?"
_KEYS_PER_STATEMENT = 1000


def parts(known: Following, columns: frozenset[tuple[str, str]] | None) -> Iterator[str]:
    """SELECTs that tell which parents are not as they were, and how many there are.

    Args:
        known: what the check follows.
        columns: (table, column) pairs that the source has; None: all.
    """
    for parent in known.parents:
        if columns is not None and (parent.table, "id") not in columns:
            continue
        compared = [f"x.{column}" for column in parent.compared if columns is None or (parent.table, column) in columns]
        digest = f"LEFT(SHA2(JSON_ARRAY({', '.join(compared)}), 256), 32) COLLATE utf8mb4_bin"
        of_parent = f"k.table_name = '{known.table}' AND k.parent_table = '{parent.table}'"
        yield (
            f"SELECT CONCAT(IF(k.digest IS NULL, '{_NEW}', '{_DIFFERS}'), '{parent.table}:', {digest}, ':', x.id)\n"
            f"FROM {parent.table} AS x\n"
            f"LEFT JOIN consistency_parents AS k ON {of_parent} AND k.row_key = CONCAT(x.id) COLLATE utf8mb4_bin\n"
            f"WHERE k.digest IS NULL OR k.digest <> {digest}"
        )
        yield (
            f"SELECT CONCAT('{_COUNT}{parent.table}:', COUNT(*), ':',"  # noqa: S608  # reviewed files
            f" (SELECT COUNT(*) FROM consistency_parents AS k WHERE {of_parent}))\nFROM {parent.table} AS x"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the answers to a statement of scopes say."""

    changed: set[int]
    again: set[int]  # looked at once more although nothing changed
    everything: bool
    seen: Seen


def sort_out(connection: Connection, known: Following, answers: Sequence[object]) -> Answers:
    """Ids among the answers, and what they tell of parents."""
    changed: set[int] = set()
    again: set[int] = set()
    differing: list[KnownParent] = []
    new: list[str] = []
    counts: dict[str, tuple[int, int]] = {}
    everything = False
    for answer in map(str, answers):
        if answer[0] in {_NEW, _DIFFERS}:
            table, digest, key = answer[1:].split(":", 2)
            differing.append(KnownParent(parent_table=table, row_key=key, digest=digest))
            new += [table] if answer[0] == _NEW else []
        elif answer[0] == _COUNT:
            table, present, remembered = answer[1:].split(":")
            counts[table] = int(present), int(remembered)
        elif answer[0] == AGAIN:
            again.add(int(answer[1:]))
        elif answer == ALL:
            everything = True
        else:
            changed.add(int(answer))
    # One of those remembered says that the table is.
    lost = [table for table, (there, kept) in sorted(counts.items()) if kept - 1 > there - new.count(table)]
    seen = Seen(
        table=known.table,
        differing=tuple(differing),
        gone=tuple(parent for table in lost for parent in _gone(connection, known.table, table)),
        begun=frozenset(table for table, (_, kept) in counts.items() if not kept),
    )
    return Answers(changed=changed, again=again, everything=everything, seen=seen)


def read(connection: Connection, known: Following, columns: frozenset[tuple[str, str]] | None) -> Seen:
    """What there is of parents now, for a check that reads the whole table anyway."""
    texts = list(parts(known, columns))
    if not texts:
        return Seen(table=known.table)
    answers = sql.execute(connection, "\nUNION ALL\n".join(texts), {}).scalars()
    return sort_out(connection, known, list(answers)).seen


def children(connection: Connection, known: Following, seen: Seen) -> set[int]:
    """Rows of the checked table that name a parent which differs."""
    ids: set[int] = set()
    for parent in known.parents:
        keys = [item.row_key for item in seen.differing if item.parent_table == parent.table]
        for start in range(0, len(keys), _KEYS_PER_STATEMENT):
            for text in _children(known, parent):
                params = {"keys": keys[start : start + _KEYS_PER_STATEMENT]}
                ids |= {int(row) for row in sql.execute(connection, text, params).scalars()}
    return ids


def _children(known: Following, parent: Parent) -> Iterator[str]:
    for column in parent.named_by:
        yield f"SELECT r.id FROM {known.table} AS r WHERE r.{column} IN :keys"  # noqa: S608  # reviewed files
    if parent.by_hand is not None:
        yield parent.by_hand


def _gone(connection: Connection, table: str, parent_table: str) -> Iterator[KnownParent]:
    kept = {
        str(key) for key in sql.run(connection, "parents_of", table_name=table, parent_table=parent_table).scalars()
    }
    there = connection.exec_driver_sql(f"SELECT CONCAT(id) FROM {parent_table}").scalars()  # noqa: S608  # reviewed
    for key in sorted(kept - {str(key) for key in there}):
        yield KnownParent(parent_table=parent_table, row_key=key, digest="")
