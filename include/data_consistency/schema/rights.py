"""What the database user of a connection may do, compared with what `sql/grants/` gives to a role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.engine import Connection

from data_consistency.db import marker
from data_consistency.project import Project
from data_consistency.schema.grants import statements

# Roles of users that sign in for our work, the one with most rights first.
ROLES = ("migrator", "corrector", "app", "reader")
_EVERYTHING = "ALL PRIVILEGES"
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<place>\S+) TO ", re.DOTALL)
_RIGHT = re.compile(r"(?P<name>[A-Z][A-Z ]*[A-Z])\s*(?:\((?P<columns>[^)]*)\))?")
# Written for one server each, and needed while a migration runs alone.
_ONE_SERVER = re.compile(r"/\*.*?\*/;?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right, on everything, a schema, a table or a column of it."""

    name: str
    schema: str  # as a pattern of names; *: all
    table: str  # *: all
    column: str = ""  # empty: the whole table

    def covers(self, other: "Right") -> bool:
        """Whether who has this one has the other."""
        return (
            self.name in {other.name, _EVERYTHING}
            and (self.schema == "*" or _matches(self.schema, other.schema))
            and self.table in {"*", other.table}
            and self.column in {"", other.column}
        )

    def __str__(self) -> str:
        """As a person reads it."""
        place = "all tables" if self.table == "*" else self.table
        return f"{self.name}{f' ({self.column})' if self.column else ''} on {place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a user may do."""

    user: str  # name@host
    schema: str
    rights: tuple[Right, ...]


def held(connection: Connection) -> Held:
    """What the user of a connection may do."""
    user = str(connection.exec_driver_sql("SELECT CURRENT_USER()").scalar_one())
    lines = [str(line) for line in connection.exec_driver_sql("SHOW GRANTS").scalars()]
    return Held(
        user=user, schema=marker.schema_name(connection), rights=tuple(right for line in lines for right in _read(line))
    )


def lacking(project: Project, found: Held, role: str) -> list[str]:
    """The rights of a role that a user does not have.

    Raises:
        WrongUse: there is no such role.
    """
    needed = _needed(project, role, found.schema)
    return [str(right) for right in needed if not any(one.covers(right) for one in found.rights)]


def nearest(project: Project, found: Held) -> str:
    """The role that a user was meant to have: the widest of which it has the better half."""
    for role in ROLES[:-1]:
        if len(lacking(project, found, role)) * 2 < len(_needed(project, role, found.schema)):
            return role
    return ROLES[-1]


@lru_cache(maxsize=16)
def _needed(project: Project, role: str, schema: str) -> tuple[Right, ...]:
    text = _ONE_SERVER.sub("", statements(project, role, user="who@host", schema="schema"))
    found = [right for line in text.split(";") for right in _read(line)]
    return tuple(
        Right(name=right.name, schema=schema, table=right.table, column=right.column) for right in found if right.name
    )


def _read(line: str) -> Iterator[Right]:
    match = _GRANT.search(f"{line} ")
    if match is None:
        return  # of a role, whose rights are shown beside it
    schema, _, table = match["place"].replace("`", "").rpartition(".")
    for right in _RIGHT.finditer(match["rights"]):
        for column in (right["columns"] or "").split(","):
            yield Right(name=right["name"].strip(), schema=schema, table=table, column=column.strip().replace("`", ""))


def _matches(pattern: str, schema: str) -> bool:
    """Whether a schema is one that a pattern of a GRANT means."""
    parts = re.split(r"(\\.|[%_])", pattern)
    wild = {"%": ".*", "_": "."}
    text = "".join(part[1:] if part.startswith("\\") else wild.get(part) or re.escape(part) for part in parts)
    return re.fullmatch(text, schema, re.IGNORECASE) is not None
