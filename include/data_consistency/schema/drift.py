"""What is missing in a schema or is not as it should be, each with what to do about it; nothing is changed here.

A version says which steps were taken, not what is there: a restore, an online change of the schema, or somebody's DROP
leaves the version as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import InvalidRule, SchemaNotReady
from data_consistency.rules import load_suites
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.schema import (
    accelerating,
    accelerator,
    additions,
    choices,
    collations,
    definer,
    inventory,
    mapped_views,
    triggers,
    versions,
    views,
)
from data_consistency.schema.catalogue import columns_of, indexes_of

_MIGRATE = "`consistency migrate` puts it back"
_MEND = "`consistency migrate` mends it"
ACCELERATOR = "accelerator"  # how names of its faults begin
# Of each kind so many are named in one line.
_MOST_NAMED = 5
_OF_TRIGGERS = {
    "missing": "is missing",
    "changed": "is not as its file has it",
    "unexpected": "is of another release",
    "definer": "acts as another account than the one chosen for it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is missing or different."""

    name: str
    what: str
    remedy: str
    stops: bool = False  # nothing can be recorded without it

    def __str__(self) -> str:
        """One line."""
        return f"{self.name} {self.what}; {self.remedy}"


def look(connection: Connection) -> tuple[Fault, ...]:
    """Everything that is not as the version of the schema has it.

    Args:
        connection: to a schema that carries our marker; a transaction, for the triggers' account is tried in it.
    """
    version = versions.current(connection)
    own = [*_versions(version), *_own_tables(connection, version or versions.latest())]
    if any(fault.stops for fault in own):
        # Choices and triggers cannot be judged where the tables are gone that hold them.
        return tuple(own)
    return (
        *own,
        *_on_source(connection, version or versions.latest()),
        *_collations(connection),
        *_views(connection),
        *_triggers(connection),
        *_accelerators(connection),
    )


def require(connection: Connection) -> tuple[Fault, ...]:
    """What `look` finds, if work can go on with it.

    Raises:
        SchemaNotReady: something is missing without which nothing can be recorded.
    """
    faults = look(connection)
    if stopping := [fault for fault in faults if fault.stops]:
        raise SchemaNotReady(told(stopping))
    return faults


def told(faults: Sequence[Fault]) -> str:
    """Faults in one line, those with the same remedy together."""
    together: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        together.setdefault((fault.what, fault.remedy), []).append(fault.name)
    lines = []
    for (what, remedy), names in together.items():
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        lines.append(f"{', '.join(names[:_MOST_NAMED])}{more} {what}" + (f"; {remedy}" if remedy else ""))
    return " | ".join(lines)


def parted(faults: Sequence[Fault]) -> tuple[str, str]:
    """The same in two: what is not as it should be, and what to do about it."""
    remedies = dict.fromkeys(fault.remedy for fault in faults)
    return told([replace(fault, remedy="") for fault in faults]).replace(" | ", "; "), "; ".join(remedies)


def missing_part(connection: Connection, table: str, column: str) -> Fault | None:
    """Why a column of ours on the source's tables is not there; None: the operator left it out, or it is there."""
    for fault in _on_source(connection, versions.latest()):
        if fault.name == f"{table}.{column}":
            return fault
    return None


def _versions(version: str | None) -> Iterator[Fault]:
    latest = versions.latest()
    if version is None:
        yield Fault(name=f"table {versions.TABLE}", what="is missing or empty", remedy=_MIGRATE)
    elif version not in versions.known():
        yield Fault(
            name="schema",
            what=f"has version {version}, which a newer release made; this one knows {latest} at most",
            remedy="install that release here too",
        )
    elif version != latest:
        yield Fault(name="schema", what=f"has version {version}, not {latest}", remedy="run `consistency migrate`")


def _own_tables(connection: Connection, version: str) -> Iterator[Fault]:
    tables = inventory.own_tables(sql.project_of(connection))
    columns, indexes = columns_of(connection, tables), indexes_of(connection, tables)
    there = {table for table, _ in columns}
    for table in tables.values():
        if table.since > version:
            continue
        if table.name not in there:
            yield _absent(connection, table.name)
            continue
        for part in table.parts:
            found = columns if part.kind == "column" else indexes
            if part.since <= version and (table.name, part.name) not in found:
                is_column = part.kind == "column"
                name = f"{part.kind} {table.name}.{part.name}"
                yield Fault(name=name, what="is missing", remedy=_MIGRATE, stops=is_column)


def _absent(connection: Connection, table: str) -> Fault:
    """A server shows each account what it may read alone."""
    name = f"table {table}"
    try:
        connection.exec_driver_sql(f"SELECT 1 FROM `{table}` LIMIT 0")  # noqa: S608  # of our own files
    except DBAPIError as error:
        if not server_errors.is_denied(error):
            return Fault(name=name, what="is missing", remedy=_MIGRATE, stops=True)
    return Fault(name=name, what="cannot be seen by this account", remedy="look as the reader or the corrector")


def _on_source(connection: Connection, version: str) -> Iterator[Fault]:
    if choices.CHANGE_COLUMNS in choices.left_out(connection):
        return
    source = additions.Source(connection)
    for group in inventory.ON_SOURCE:
        for part in source.parts(group):
            if part.since > version:
                continue
            name = f"{part.table}.{part.name}"
            if why := source.obstacle(part):
                yield Fault(name=name, what=f"cannot be there, {why}", remedy="change that column, then migrate")
            elif not source.has(part):
                effect = ": what changed is looked for in a window of days" if part.name == CHANGE_COLUMN else ""
                yield Fault(name=name, what=f"is missing{effect}", remedy=_MIGRATE)
            elif fault := source.fault(part):
                yield Fault(name=name, what=fault, remedy=_MEND)


def _collations(connection: Connection) -> Iterator[Fault]:
    for line in collations.look(connection):
        what, _, remedy = line.partition("; ")
        name, _, what = what.partition(" ")
        yield Fault(name=name, what=what, remedy=remedy)


def _views(connection: Connection) -> Iterator[Fault]:
    for name in views.missing(connection):
        yield Fault(name=f"view {name}", what="is missing", remedy=_MIGRATE)
    for name in views.changed(connection):
        yield Fault(name=f"view {name}", what="is not as its file has it", remedy=_MEND)
    here = {str(row.name) for row in sql.run(connection, "tables_here")}
    for name in sorted(mapped_views.read(connection).views - here):
        remedy = "make the views anew with `consistency mapping create`"
        yield Fault(name=f"view {name}", what="is missing, which the mapping made", remedy=remedy)


def _triggers(connection: Connection) -> Iterator[Fault]:
    if triggers.not_wanted(connection):
        return
    if problem := definer.problem(connection, definer.chosen(connection)):
        what, _, remedy = problem.partition("; ")
        yield Fault(name="triggers", what=f"cannot act, every write may fail: {what}", remedy=remedy)
    for item in triggers.verify(connection):
        yield Fault(name=f"trigger {item.name}", what=_OF_TRIGGERS[item.kind], remedy=_MEND)


def _accelerators(connection: Connection) -> Iterator[Fault]:
    """Checked rules are loaded only where somebody has one: it takes a third of a second."""
    if not accelerator.wishes(connection) and not accelerating.accelerated(connection):
        return
    try:
        suites = load_suites(sql.project_of(connection))
    except InvalidRule:
        # Told by whoever reads the suites.
        return
    for table, why in accelerating.faults(connection, suites):
        remedy = f"`consistency accelerate on {table}` builds it anew, `off` takes it away"
        yield Fault(name=f"{ACCELERATOR} of {table}", what=f"is not used as a whole: {why}", remedy=remedy)
