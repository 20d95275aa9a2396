"""What is ours in a schema, read from the files that make it: each table, column and index is said there alone.

Migrations create what stands here, drift looks for it, repair puts it back, grants name it, rollback drops it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from data_consistency.project import Project

_PART = "migrations"
# Which version a folder of statements belongs to; files of their own begin with their version.
_FOLDERS = {
    **{"change_columns": "0002", "lookups": "0004", "breaker": "0007"},
    **{"audit": "0013", "gate": "0014", "decisions": "0015", "plans": "0016"},
    **{"stamps": "0017", "keys": "0017", "progress": "0018", "alerts": "0020", "urgency": "0021", "rechecks": "0022"},
    **{"mirror": "0023", "leases": "0024", "asking": "0025"},
}
# Of these, those that change tables of ours; a file is named after its table.
_ON_OWN = (
    *("breaker", "audit", "gate", "decisions", "plans", "progress", "alerts", "urgency", "rechecks", "mirror"),
    *("leases", "asking"),
)
CHANGE_COLUMNS = "change_columns"
LOOKUPS = "lookups"
STAMPS = "stamps"  # change times of further tables, which a source may lack
KEYS = "keys"  # ways back from what names a row
# What stands on the source's tables, in the order of its making.
ON_SOURCE = (CHANGE_COLUMNS, LOOKUPS, STAMPS, KEYS)
# Made and dropped outside the versions: they say whose the schema is, where its tables come from, and what it holds.
_BESIDE = ("create_marker", "create_mapping")
_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)
_CREATE = re.compile(r"^CREATE TABLE IF NOT EXISTS (?P<table>\w+) \(\n(?P<body>.*?)^\)", re.MULTILINE | re.DOTALL)
_ALTER = re.compile(r"^ALTER TABLE (?P<table>\w+)\n(?P<changes>.*)", re.MULTILINE | re.DOTALL)
_ADD = re.compile(r"ADD (?P<kind>COLUMN|INDEX|KEY|UNIQUE KEY) (?P<name>\w+)", re.DOTALL)
_DROP = re.compile(r"DROP (?:COLUMN|KEY) (?P<name>\w+)")
_MODIFY = re.compile(r"^(?P<clause>MODIFY COLUMN (?P<name>\w+).*)", re.MULTILINE | re.DOTALL)
_KEY = re.compile(r"(?:UNIQUE )?KEY (?P<name>\w+)")
_COLUMN = re.compile(r"(?P<name>[a-z]\w*) ")

Kind = Literal["column", "index"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A column or an index of ours."""

    table: str
    kind: Kind
    name: str
    clause: str  # what an ALTER TABLE says to add it
    since: str  # version that makes it
    group: str = ""  # one of ON_SOURCE; empty: of a table of ours
    then: str = ""  # what an ALTER TABLE says once it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTable:
    """A table of ours."""

    name: str
    since: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=4)
def own_tables(project: Project) -> Mapping[str, OwnTable]:
    """Our tables by name, in the order of their making; a column that came later says when."""
    found: dict[str, OwnTable] = {}
    for name, since in _files(project):
        text = project.text(_PART, name)
        for match in _CREATE.finditer(text):
            parts = tuple(_parts(match["table"], match["body"], since))
            found[match["table"]] = OwnTable(name=match["table"], since=since, parts=parts)
        for of_table, gone in _dropped(text):
            kept = tuple(part for part in found[of_table].parts if part.name != gone)
            found[of_table] = replace(found[of_table], parts=kept)
        for part in _added(text, since, ""):
            table = found[part.table]
            found[part.table] = OwnTable(name=table.name, since=table.since, parts=(*table.parts, part))
    return found


@lru_cache(maxsize=4)
def tables_beside(project: Project) -> tuple[str, ...]:
    """Tables of ours that no version makes."""
    texts = (project.text("queries", name) for name in _BESIDE)
    return tuple(match["table"] for text in texts for match in _CREATE.finditer(text))


@lru_cache(maxsize=4)
def on_source(project: Project) -> tuple[Part, ...]:
    """Columns and indexes of ours on the source's tables, each after what it stands on."""
    parts: list[Part] = []
    for group in ON_SOURCE:
        for name in project.names(f"{_PART}/{group}"):
            parts += _added(project.text(f"{_PART}/{group}", name), _FOLDERS[group], group)
    return tuple(parts)


def statements(text: str) -> list[str]:
    """The statements of a file; each ends with `;` at the end of a line."""
    parts = (part.strip() for part in _STATEMENT_END.split(text))
    return [part for part in parts if any(line and not line.startswith("--") for line in part.splitlines())]


def _files(project: Project) -> Iterator[tuple[str, str]]:
    """The files that make our tables, each with its version, in the order of the versions."""
    files = [(name[:4], name) for name in project.names(_PART) if name.endswith(".up")]
    for folder in _ON_OWN:
        names = (name for name in project.names(f"{_PART}/{folder}") if name.endswith(".up"))
        files += [(_FOLDERS[folder], f"{folder}/{name}") for name in names]
    return ((name, since) for since, name in sorted(files))


def _dropped(text: str) -> Iterator[tuple[str, str]]:
    """Columns and indexes that a version takes from a table of ours."""
    for match in filter(None, map(_ALTER.search, statements(text))):
        for change in _listed(match["changes"]):
            if gone := _DROP.match(change):
                yield match["table"], gone["name"]


def _added(text: str, since: str, group: str) -> Iterable[Part]:
    later = {found["name"]: found["clause"] for found in map(_MODIFY.search, statements(text)) if found}
    for match in filter(None, map(_ALTER.search, statements(text))):
        for change in _listed(match["changes"]):
            if added := _ADD.match(change):
                yield Part(
                    table=match["table"],
                    kind="column" if added["kind"] == "COLUMN" else "index",
                    name=added["name"],
                    clause=change,
                    since=since,
                    group=group,
                    then=later.get(added["name"], ""),
                )


def _parts(table: str, body: str, since: str) -> Iterator[Part]:
    for line in _listed(body):
        if key := _KEY.match(line):
            yield Part(table=table, kind="index", name=key["name"], clause=f"ADD {line}", since=since)
        elif column := _COLUMN.match(line):
            yield Part(table=table, kind="column", name=column["name"], clause=f"ADD COLUMN {line}", since=since)


def _listed(text: str) -> list[str]:
    """Items of a list whose commas stand at the ends of lines."""
    return [item.strip() for item in re.split(r",\n", text) if item.strip()]
