"""Columns and indexes of ours on the source's tables: added beside its writers, mended, and taken away.

None may change what the application reads or whether it can write: they are invisible, hold every letter that the
column beside them holds, and are computed from what is stored, never from what a session's zone makes of it.
"""

import re

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.db.server import server_of
from data_consistency.logs import logger_of
from data_consistency.project import Project
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.rules.functions import expand
from data_consistency.schema import ddl, inventory, mapped_views
from data_consistency.schema.catalogue import Column, Columns, Indexes, columns_of, indexes_of
from data_consistency.schema.inventory import Part

SOURCE_TABLES = ("calls", "appointments", "customers")
_SLOT = re.compile(r"\bSLOT\((?P<time>\w+)\)")
# What a computed column reads: names of columns are small letters, everything else is capitals or digits.
_NAME = re.compile(r"\b[a-z_]+\b")
_SPELLED = "E164("
_MOST_KEYS = 64  # of a table
_LISTED = re.compile(r"\((?P<columns>[\w, ]+)\)")
# How a slot of each type of time is computed, and by what a server's text of it is known.
_OF_DATETIME = "SLOT"
_KNOWN_BY = {"SLOT_OF_INSTANT": "unix_timestamp", "SLOT_OF_INSTANT_IN_MYSQL": "at time zone"}

_TOLD = "consistency_left_out_is_told"

logger = logger_of(__name__)


class Source:
    """The source's tables as they are, as far as they are tables: a view cannot be altered."""

    def __init__(self, connection: Connection) -> None:
        """Ask the server once."""
        self.project: Project = sql.project_of(connection)
        views = mapped_views.source_views(connection)
        others = {part.table for part in inventory.on_source(self.project)} - set(SOURCE_TABLES)
        here = [str(name) for name, is_view in sql.run(connection, "names_taken", names=sorted(others)) if not is_view]
        self.tables = (*(table for table in SOURCE_TABLES if table not in views), *here)
        self.columns: Columns = columns_of(connection, self.tables) if self.tables else {}
        self.indexes: Indexes = indexes_of(connection, self.tables) if self.tables else {}
        self.slot_of_instant = server_of(connection).slot_of_instant

    def parts(self, group: str) -> list[Part]:
        """What belongs on these tables."""
        return [part for part in inventory.on_source(self.project) if part.group == group and part.table in self.tables]

    def has(self, part: Part) -> bool:
        """Whether something of its name is there."""
        return (part.table, part.name) in (self.columns if part.kind == "column" else self.indexes)

    def fault(self, part: Part) -> str | None:
        """What is wrong with a part that is there; None: it is as it should be."""
        key = (part.table, part.name)
        if part.kind == "index":
            return None if self.indexes[key].columns == _columns(part) else "is on other columns"
        column = self.columns[key]
        if part.name == CHANGE_COLUMN and "on update" not in column.extra:
            return "is not kept by the database"
        if _SLOT.search(part.clause):
            return self._fault_of_slot(part, column)
        if _SPELLED in part.clause and "regexp" not in column.expression.lower():
            return "knows fewer spellings of a number than the facts do"
        if "CHARACTER SET utf8mb4" in part.clause and column.character_set != "utf8mb4":
            return f"holds {column.character_set} only: a row with other letters is refused"
        return None if column.is_invisible else "can be seen by SELECT *"

    def obstacle(self, part: Part) -> str | None:
        """Why a part cannot be here; None: it can."""
        if part.kind != "column":
            return self._obstacle_of(part)
        if (why := self._lacking(part)) is not None:
            return why
        for name in _SLOT.findall(part.clause):
            data_type = self.columns[part.table, name].data_type
            if data_type not in {"datetime", "timestamp"}:
                return f"{part.table}.{name} is of type {data_type}, not DATETIME or TIMESTAMP"
        return None

    def clause(self, part: Part) -> str:
        """What ALTER TABLE says to add a part here."""
        text = _SLOT.sub(lambda slot: f"{self._way(part.table, slot['time'])}({slot['time']})", part.clause)
        return expand(self.project, text, f"sql/migrations/{part.group}/{part.table}.up.sql")

    def _way(self, table: str, time: str) -> str:
        if self.columns[table, time].data_type == "datetime":
            return _OF_DATETIME
        return self.slot_of_instant

    def _fault_of_slot(self, part: Part, column: Column) -> str | None:
        if self.obstacle(part) is not None:
            return "has lost the time that it is computed of"
        names = _SLOT.findall(part.clause)
        ways = {self._way(part.table, name) for name in names}
        is_known = all((mark in column.expression) == (way in ways) for way, mark in _KNOWN_BY.items())
        for name in names:
            # Servers quote names by the mode of whoever made the column.
            if not is_known or not re.search(rf"\b{name}\b", column.expression):
                kind = self.columns[part.table, name].data_type
                return f"is not computed as {name}, a {kind}, wants it: writes can break its indexes"
        return None if column.is_invisible else "can be seen by SELECT *"

    def _lacking(self, part: Part) -> str | None:
        """The first column of the source that a computed column would need and that is not there."""
        _, _, computed = part.clause.partition("GENERATED ALWAYS AS")
        for name in _NAME.findall(computed):
            if (part.table, name) not in self.columns:
                return f"{part.table}.{name} is missing"
        return None

    def _obstacle_of(self, index: Part) -> str | None:
        ours = {part.name for part in inventory.on_source(self.project) if part.table == index.table}
        for name in _columns(index):
            if name not in ours and (index.table, name) not in self.columns:
                return f"{index.table}.{name} is missing"
        if not self.has(index) and sum(table == index.table for table, _ in self.indexes) >= _MOST_KEYS:
            return f"{index.table} has as many keys as the server allows"
        for part in self.parts(index.group):
            is_its = part.kind == "column" and part.table == index.table and part.name in _columns(index)
            if is_its and (why := self.obstacle(part)):
                return why
        return None


def add(connection: Connection, group: str) -> bool:
    """Add what a group lacks and mend what is not as it should be; whether anything was missing or wrong.

    Raises:
        DatabaseUnavailable: a table is in use; what was done stays done.
    """
    source = Source(connection)
    did = False
    for part in source.parts(group):
        if why := source.obstacle(part):
            _tell_left_out(connection, part, why)
            continue
        fault = source.fault(part) if source.has(part) else "is missing"
        if fault is None:
            continue
        _put(connection, source, part, fault)
        did = True
        source = Source(connection)
    return did


def drop(connection: Connection, group: str) -> None:
    """Take a group away from every table that has it.

    Raises:
        DatabaseUnavailable: a table is in use; what was done stays done.
    """
    source = Source(connection)
    for kind in ("index", "column"):
        for part in source.parts(group):
            if part.kind == kind and source.has(part):
                ddl.alter(connection, part.table, f"DROP {kind.upper()} {part.name}")


def _put(connection: Connection, source: Source, part: Part, fault: str) -> None:
    is_there = source.has(part)
    if is_there:
        logger.warning("mended: %s.%s %s", part.table, part.name, fault)
    # A column that keeps values of its own is only told anew how to keep them.
    if is_there and not part.then:
        _drop(connection, source, part)
    if not (is_there and part.then):
        ddl.alter(connection, part.table, source.clause(part))
    if part.then:
        ddl.alter(connection, part.table, part.then)


def _tell_left_out(connection: Connection, part: Part, why: str) -> None:
    """Once a connection: several steps come by here."""
    told = connection.info.setdefault(_TOLD, set())
    if part.kind == "column" and (part.table, part.name) not in told:
        told.add((part.table, part.name))
        logger.warning("left out: %s.%s; %s", part.table, part.name, why)


def _drop(connection: Connection, source: Source, part: Part) -> None:
    """Drop a part and what stands on it."""
    for other in source.parts(part.group):
        if other.kind == "index" and other.table == part.table and source.has(other) and _stands_on(other, part):
            ddl.alter(connection, other.table, f"DROP INDEX {other.name}")
    if part.kind == "column":
        ddl.alter(connection, part.table, f"DROP COLUMN {part.name}")


def _stands_on(index: Part, part: Part) -> bool:
    return index is part or (part.kind == "column" and part.name in _columns(index))


def _columns(index: Part) -> tuple[str, ...]:
    listed = _LISTED.search(index.clause)
    return tuple(name.strip() for name in listed["columns"].split(",")) if listed else ()
