"""What a check must follow: the rows elsewhere that the facts of a table read, and how they lead back to it.

Read from the text of the facts. A row elsewhere is tied to a row of the table by a key: it names the row, or the row
names it. Rows of the table itself that are compared with each other are its *pairs*. Whatever the text does not tell,
`sql/queries/changed_<table>.sql` and `children_<table>_of_<parent>.sql` follow by hand and say so in a header line
`-- follows: <alias>, ...`; an alias that nobody follows is refused, so that no change elsewhere can go unseen.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.facts import CHANGE_COLUMN, Facts
from data_consistency.rules.functions import read_sql
from data_consistency.rules.parsing import aliases_of, columns_read
from data_consistency.rules.ties import equalities, tree_of

# Tables of the source whose rows carry their change time; others are few rows, which are compared with those known.
STAMPED = frozenset(
    {"calls", "appointments", "customers"} | {"appointment_modifications", "appointment_phases", "retell_call_sessions"}
)
_OURS = ("consistency_", "data_consistency_", "manual_review_queue", "circuit_breaker_")
_FOLLOWS = re.compile(r"^-- follows: (?P<aliases>[\w, ]+?)\.?\s*$", re.MULTILINE)
_GOES_WITH = re.compile(r"^-- goes with: (?P<tables>[\w, ]+?)\.?\s*$", re.MULTILINE)
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A table whose changed rows lead to rows of the checked one, by one column."""

    table: str
    column: str
    is_child: bool  # the column is the other table's and names our row; else it is ours and names theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A table of few rows that many rows name; its rows are compared with what they were."""

    table: str
    compared: tuple[str, ...]  # the columns that the facts read
    named_by: tuple[str, ...]  # columns of the checked table that hold its key
    by_hand: str | None  # a statement that finds rows by the parent's key in another way


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """All that a check of one table follows."""

    table: str
    references: tuple[Reference, ...]
    parents: tuple[Parent, ...]
    by_hand: tuple[str, ...]  # SELECTs of ids, with :since
    tables: frozenset[str]  # whose changes are followed
    reads_everything: bool  # every row is read each time


_KNOWN: dict[tuple[Project, Facts], Following] = {}


def following(project: Project, facts: Facts) -> Following:
    """What a check of a table follows.

    Raises:
        InvalidRule: the facts read a table that cannot be followed by a key and that no statement follows by hand.
    """
    if (project, facts) not in _KNOWN:
        _KNOWN[project, facts] = _following(project, facts)
    return _KNOWN[project, facts]


def remember(project: Project, facts: Facts, known: Following) -> None:
    """What was found of these very texts before: they are not parsed again."""
    _KNOWN[project, facts] = known


def _following(project: Project, facts: Facts) -> Following:
    where = f"sql/facts/{facts.table}.sql"
    select = tree_of(facts)
    tables = {alias: table for alias, table in aliases_of(select, where).items() if table}
    hand, covered = _by_hand(project, f"changed_{facts.table}")
    if EVERYTHING in covered:
        return Following(
            table=facts.table, references=(), parents=(), by_hand=hand,
            tables=frozenset(tables.values()), reads_everything=True,
        )  # fmt: skip
    references: set[Reference] = set()
    named: dict[str, list[tuple[str, Reference | None]]] = {}
    for alias, table in tables.items():
        if alias in covered or table == facts.table:
            continue
        found = _reference(facts, alias, table, tables)
        if table in STAMPED and found is not None:
            references.add(found)
        elif not table.startswith(_OURS) and table not in STAMPED:
            named.setdefault(table, []).append((alias, found))
        else:
            raise _unfollowed(where, alias, table, f"changed_{facts.table}")
    pairs = {
        found
        for alias, table in tables.items()
        if table == facts.table and (found := _reference(facts, alias, table, tables)) and found.is_child
    }
    return Following(
        table=facts.table,
        references=tuple(sorted(references | pairs, key=str)),
        parents=(
            *(_parent(project, facts, table, named[table]) for table in sorted(named)),
            *_watched(project, f"changed_{facts.table}", named.keys()),
        ),
        by_hand=hand,
        tables=frozenset(tables.values()),
        reads_everything=False,
    )


def _parent(project: Project, facts: Facts, table: str, named: list[tuple[str, Reference | None]]) -> Parent:
    name = f"children_{facts.table}_of_{table}"
    hand, covered = _by_hand(project, name)
    for alias, found in named:
        if found is None and alias not in covered:
            raise _unfollowed(f"sql/facts/{facts.table}.sql", alias, table, name)
    read = columns_read(facts.sql, f"sql/facts/{facts.table}.sql")
    return Parent(
        table=table,
        compared=tuple(sorted(column for owner, column in read if owner == table and column != "id")),
        named_by=tuple(sorted({found.column for _, found in named if found is not None})),
        by_hand=hand[0] if hand else None,
    )


def _reference(facts: Facts, alias: str, table: str, tables: Mapping[str, str]) -> Reference | None:
    """How an alias is tied to the checked table by a key, if it is."""
    own_aliases = {name for name, owner in tables.items() if owner == facts.table} - {alias}
    candidates = []
    for one, other in equalities(facts, alias):
        if other.table not in own_aliases:
            continue
        if one.name == "id" and other.name != "id":
            candidates.append(Reference(table=table, column=other.name, is_child=False))
        elif other.name == "id":
            candidates.append(Reference(table=table, column=one.name, is_child=True))
    # Whom our row names is certain; what names our row may name it for several reasons.
    return min(candidates, key=lambda found: (found.is_child, found.column), default=None)


def _by_hand(project: Project, name: str) -> tuple[tuple[str, ...], frozenset[str]]:
    if project.file("queries", name) is None:
        return (), frozenset()
    text = read_sql(project, "queries", name)
    header = _FOLLOWS.search(text)
    covered = frozenset(alias.strip() for alias in header["aliases"].split(",")) if header else frozenset()
    body = text[text.index("SELECT") :]
    return tuple(part.strip() for part in re.split(r"^UNION ALL$", body, flags=re.MULTILINE)), covered


def _watched(project: Project, name: str, known: Set[str]) -> Iterator[Parent]:
    """Tables whose removed rows take others with them that the facts read."""
    text = read_sql(project, "queries", name) if project.file("queries", name) is not None else ""
    header = _GOES_WITH.search(text)
    tables = {table.strip() for table in header["tables"].split(",")} if header else set()
    for table in sorted(tables - known):
        yield Parent(table=table, compared=(), named_by=(), by_hand=None)


def _unfollowed(where: str, alias: str, table: str, name: str) -> InvalidRule:
    return InvalidRule(
        f"{where}: nothing follows the rows of {table} behind '{alias}', so a change there would not be seen; join it"
        f" by an id, or add a SELECT to sql/queries/{name}.sql and '{alias}' to its line `-- follows: ...`"
    )


def change_column(table: str) -> str:
    """The column that holds when a row of a table changed."""
    return "changed_at" if table == "consistency_calcom_bookings" else CHANGE_COLUMN
