"""Mapping files: where another generation, or another company, keeps what the canonical tables hold.

This module reads a file of `sql/mappings/` strictly; `mapped_columns.py` turns it into views. JSON has no comments, so
`notes` may stand at every level.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from data_consistency.documents import Fields, read_json
from data_consistency.errors import InvalidMapping
from data_consistency.project import Project
from data_consistency.schema.canonical import Kind, canonical_tables, kind_of, require_canonical

_FILE_KEYS = frozenset({"notes", "schema", "tables"})
_TABLE_KEYS = frozenset({"notes", "table", "columns"})
_FORMS: Mapping[str, frozenset[str]] = {
    "column": frozenset({"notes", "column", "values"}),
    "json": frozenset({"notes", "json", "path", "values"}),
    "join": frozenset({"notes", "join"}),
    "value": frozenset({"notes", "value"}),
}
_NAME = re.compile(r"[A-Za-z0-9_$-]{1,64}")
_PATH = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])+")

Literal = str | int | None


class Origin(StrEnum):
    """How a canonical column comes about; only the first can be written."""

    COLUMN = "column"
    TRANSLATED = "translated"
    JSON = "json"
    JOINED = "joined"
    CONSTANT = "constant"
    NONE = "none"  # the mapping says that the source has none
    ABSENT = "absent"  # the mapping says nothing, and the source has none of that name


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Where one canonical column comes from."""

    origin: Origin
    columns: tuple[str, ...] = ()  # of the source table
    path: str = ""  # within a JSON document
    values: tuple[tuple[str, Literal], ...] = ()  # words of the source and ours
    constant: Literal = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """Where one canonical table comes from."""

    source: str | None  # None: the source has none
    schema: str | None = None  # None: that of the file, or of the command
    columns: Mapping[str, ColumnMapping]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaMapping:
    """One file of sql/mappings/."""

    name: str
    where: str  # how errors call it
    project: Project  # whose canonical tables it speaks of
    schema: str | None
    tables: Mapping[str, TableMapping]


def load_mapping(project: Project, path: Path) -> SchemaMapping:
    """Read one mapping file.

    Raises:
        InvalidMapping: a key, type or name is wrong; the message names file, table and column.
    """
    where = f"{path.parent.name}/{path.name}"
    fields = Fields.of(read_json(path, where, InvalidMapping), where, InvalidMapping, _FILE_KEYS)
    schema = _name(fields["schema"], f"{where}: schema") if "schema" in fields else None
    return SchemaMapping(
        name=path.stem,
        where=where,
        project=project,
        schema=schema,
        tables={
            table: _table(project, table, value, f"{where}: {table}") for table, value in fields.below("tables").items()
        },
    )


def _table(project: Project, table: str, value: object, where: str) -> TableMapping:
    require_canonical(project, table, None, where)
    if value is None:
        return TableMapping(source=None, columns={})
    fields = Fields.of(value, where, InvalidMapping, _TABLE_KEYS)
    schema, source = _qualified(fields.get("table", table), f"{where}: table")
    columns = {
        column: _column(project, table, column, item, f"{where}.{column}")
        for column, item in fields.below("columns").items()
    }
    _refuse_two_of_one(columns, where)
    return TableMapping(source=source, schema=schema, columns=columns)


def _qualified(value: object, where: str) -> tuple[str | None, str]:
    schema, dot, table = value.rpartition(".") if isinstance(value, str) else ("", "", value)
    return (_name(schema, where) if dot else None), _name(table, where)


def _refuse_two_of_one(columns: Mapping[str, ColumnMapping], where: str) -> None:
    """Two columns that are one column of the source would overwrite each other."""
    plain = Counter(item.columns[0] for item in columns.values() if item.origin is Origin.COLUMN)
    for column, item in columns.items():
        if item.origin is Origin.COLUMN and plain[item.columns[0]] > 1:
            raise InvalidMapping(f"{where}.{column}: source column '{item.columns[0]}' is taken twice; keep one")


def _column(project: Project, table: str, column: str, value: object, where: str) -> ColumnMapping:
    require_canonical(project, table, column, where)
    kind = kind_of(canonical_tables(project)[table][column])
    if value is None:
        return ColumnMapping(origin=Origin.NONE)
    if isinstance(value, str):
        return ColumnMapping(origin=Origin.COLUMN, columns=(_name(value, where),))
    fields = Fields.of(value, where, InvalidMapping)
    forms = [form for form in _FORMS if form in fields]
    if len(forms) != 1:
        raise InvalidMapping(f"{where}: exactly one of {', '.join(_FORMS)} must stand there")
    Fields.of(value, where, InvalidMapping, _FORMS[forms[0]])
    match forms[0]:
        case "json":
            return _of_document(fields, kind, where)
        case "join":
            return _joined(fields, kind, where)
        case "value":
            return ColumnMapping(origin=Origin.CONSTANT, constant=_literal(fields["value"], kind, where))
        case _:
            values = _values(fields, kind, where)
            origin = Origin.TRANSLATED if values else Origin.COLUMN
            return ColumnMapping(origin=origin, columns=(_name(fields["column"], where),), values=values)


def _of_document(fields: Fields, kind: Kind, where: str) -> ColumnMapping:
    path = fields.get("path")
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise InvalidMapping(f"{where}: path {path!r} is not like $.key or $.key.part[0]")
    if kind is Kind.TIME:
        raise InvalidMapping(f"{where}: a time cannot be read out of a document safely; map a column")
    return ColumnMapping(
        origin=Origin.JSON, columns=(_name(fields["json"], where),), path=path, values=_values(fields, kind, where)
    )


def _joined(fields: Fields, kind: Kind, where: str) -> ColumnMapping:
    names = fields["join"]
    if not isinstance(names, list) or len(names) < 2 or kind is not Kind.TEXT:
        raise InvalidMapping(f"{where}: 'join' takes two columns at least, and makes a text")
    return ColumnMapping(origin=Origin.JOINED, columns=tuple(_name(name, where) for name in names))


def _values(fields: Fields, kind: Kind, where: str) -> tuple[tuple[str, Literal], ...]:
    if "values" not in fields:
        return ()
    words = dict(Fields.of(fields["values"], f"{where}: values", InvalidMapping).items())
    if not words or kind not in {Kind.TEXT, Kind.WHOLE}:
        raise InvalidMapping(f"{where}: 'values' translates words into texts or whole numbers, one at least")
    return tuple((word, _literal(value, kind, where)) for word, value in words.items())


def _literal(value: object, kind: Kind, where: str) -> Literal:
    if value is None:
        return None
    if kind is Kind.TEXT and isinstance(value, str):
        return value
    if kind is Kind.WHOLE and isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidMapping(f"{where}: {value!r} is no {kind}")


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidMapping(f"{where}: {value!r} is no name of a schema, table or column")
    return value
