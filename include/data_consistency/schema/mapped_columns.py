"""What a mapping means for a source that is there: the origin of every canonical column, and the view that says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data_consistency.errors import InvalidMapping
from data_consistency.project import Project
from data_consistency.rules import functions
from data_consistency.schema.canonical import REQUIRED_COLUMNS, REQUIRED_TABLES, Kind, canonical_tables, kind_of
from data_consistency.schema.mapping import ColumnMapping, Literal, Origin, SchemaMapping, TableMapping

# Tables of the source, by schema and name, and the types of their columns.
Catalogue = Mapping[tuple[str, str], Mapping[str, str]]
# Columns of ours that an operator may have added to the source's own table; they are taken over as they are.
_OWN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "calls": ("consistency_changed_at", "consistency_slot"),
    "appointments": (
        *("consistency_changed_at", "consistency_slot"),
        *("consistency_external_id", "consistency_older_uid", "consistency_long"),
    ),
    "customers": ("consistency_changed_at", "consistency_phone"),
}
_WHOLE_NUMBERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
# Texts of other origins must compare with the columns of the source and of ours.
_TEXT = "CONVERT({} USING utf8mb4) COLLATE utf8mb4_unicode_ci"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedColumn:
    """One canonical column of a source that is there."""

    name: str
    origin: Origin
    source: str = ""  # column, path or constant, for people
    expression: str = ""  # SQL over the source table; empty: the view has no such column


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """One canonical table of a source that is there."""

    name: str
    schema: str
    source: str  # empty: there is none
    columns: tuple[MappedColumn, ...]

    def view(self) -> str:
        """The statement that creates its view; one that can be merged, so that the source's indexes serve."""
        columns = ",\n".join(f"    {item.expression} AS `{item.name}`" for item in self.columns if item.expression)
        return (
            f"CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW `{self.name}` AS\n"
            f"SELECT\n{columns}\nFROM `{self.schema}`.`{self.source}`"  # names of a checked mapping
        )


def source_of(mapping: SchemaMapping, default: str | None, table: str) -> tuple[str, str]:
    """Schema and name of the source table of a canonical one; a name that is empty: none.

    Raises:
        InvalidMapping: nobody says in which schema it stands.
    """
    item = mapping.tables.get(table, TableMapping(source=table, columns={}))
    schema = item.schema or default or mapping.schema
    if item.source is None:
        return schema or "", ""
    if schema is None:
        raise InvalidMapping(f"{mapping.where}: {table}: no schema; write it into the file, or give it with --source")
    return schema, item.source


def fit(mapping: SchemaMapping, catalogue: Catalogue, default: str | None) -> list[MappedTable]:
    """The canonical tables of a source.

    A table or column that the mapping does not mention is taken over under its own name, if the source has one.

    Args:
        mapping: what the file says.
        catalogue: what the source has.
        default: schema of the tables for which the file names none; wins over the file's.

    Raises:
        InvalidMapping: a table or column that the mapping names does not exist, or one that is needed is not there.
    """
    tables = [_fit_table(mapping, catalogue, default, name) for name in canonical_tables(mapping.project)]
    sources: dict[tuple[str, str], str] = {}
    for table in tables:
        if table.source and (other := sources.setdefault((table.schema, table.source), table.name)) != table.name:
            raise InvalidMapping(f"{mapping.where}: {table.name}: source table '{table.source}' is {other} already")
    return tables


def _fit_table(mapping: SchemaMapping, catalogue: Catalogue, default: str | None, name: str) -> MappedTable:
    where = f"{mapping.where}: {name}"
    schema, source = source_of(mapping, default, name)
    present = catalogue.get((schema, source))
    if present is None and source and name in mapping.tables:
        raise InvalidMapping(f"{where}: source table {schema}.{source} does not exist, is a view, or may not be read")
    if present is None:
        if name in REQUIRED_TABLES:
            raise InvalidMapping(f"{where}: no source table; without {name} nothing can be checked")
        origin = Origin.ABSENT if source else Origin.NONE
        columns = tuple(MappedColumn(name=column, origin=origin) for column in canonical_tables(mapping.project)[name])
        return MappedTable(name=name, schema=schema, source="", columns=columns)
    given = mapping.tables[name].columns if name in mapping.tables else {}
    canonical = canonical_tables(mapping.project)[name]
    columns = tuple(_fit_columns(mapping.project, name, given, present, f"{schema}.{source}", where))
    _require(name, columns, present, canonical, where)
    return MappedTable(name=name, schema=schema, source=source, columns=columns)


def _fit_columns(
    project: Project,
    table: str,
    given: Mapping[str, ColumnMapping],
    present: Mapping[str, str],
    source: str,
    where: str,
) -> Iterator[MappedColumn]:
    taken = {item.columns[0] for item in given.values() if item.origin is Origin.COLUMN}
    for column, sql_type in canonical_tables(project)[table].items():
        item = given.get(column)
        if item is None and column in present and column not in taken:
            item = ColumnMapping(origin=Origin.COLUMN, columns=(column,))
        if item is None:
            yield MappedColumn(name=column, origin=Origin.ABSENT)
            continue
        for name in item.columns:
            if name not in present:
                raise InvalidMapping(f"{where}.{column}: source column {source}.{name} does not exist")
        yield MappedColumn(
            name=column, origin=item.origin, source=_for_people(item), expression=_expression(project, item, sql_type)
        )
    for column in _OWN_COLUMNS.get(table, ()):
        if column in present:
            yield MappedColumn(name=column, origin=Origin.COLUMN, source=column, expression=f"`{column}`")


def _require(
    table: str,
    columns: tuple[MappedColumn, ...],
    present: Mapping[str, str],
    canonical: Mapping[str, str],
    where: str,
) -> None:
    by_name = {item.name: item for item in columns}
    for name in REQUIRED_COLUMNS if table in REQUIRED_TABLES else ():
        if not by_name[name].expression:
            raise InvalidMapping(f"{where}.{name}: no source column; without it {table} cannot be checked; map it")
    key = by_name["id"]
    needs_number = kind_of(canonical["id"]) is Kind.WHOLE
    if table in REQUIRED_TABLES and (key.origin is not Origin.COLUMN or present[key.source] not in _WHOLE_NUMBERS):
        raise InvalidMapping(f"{where}.id: must be a column of whole numbers; findings name rows by number")
    if needs_number and key.origin is Origin.COLUMN and present[key.source] not in _WHOLE_NUMBERS:
        raise InvalidMapping(f"{where}.id: must be a column of whole numbers, as in sql/source/")


def _for_people(item: ColumnMapping) -> str:
    if item.origin is Origin.CONSTANT:
        return "NULL" if item.constant is None else str(item.constant)
    return " + ".join(item.columns) + (f" {item.path}" if item.path else "")


def _expression(project: Project, item: ColumnMapping, sql_type: str) -> str:
    kind = kind_of(sql_type)
    match item.origin:
        case Origin.COLUMN:
            return f"`{item.columns[0]}`"
        case Origin.TRANSLATED:
            return _as_text(_translated(f"`{item.columns[0]}`", item, kind), kind)
        case Origin.JSON:
            return _of_document(project, item, sql_type, kind)
        case Origin.JOINED:
            parts = ", ".join(f"NULLIF(TRIM(`{column}`), '')" for column in item.columns)
            return _as_text(f"NULLIF(CONCAT_WS(' ', {parts}), '')", kind)
        case Origin.CONSTANT:
            return _constant(item.constant, sql_type, kind)
        case _:
            return ""


def _of_document(project: Project, item: ColumnMapping, sql_type: str, kind: Kind) -> str:
    # Documents are often encoded twice.
    document = functions.expand(project, f"DECODED_JSON(`{item.columns[0]}`)", "mapping")
    if kind is Kind.DOCUMENT:
        return f"JSON_EXTRACT({document}, '{item.path}')"
    value = f"JSON_VALUE({document}, '{item.path}')"
    if item.values:
        return _as_text(_translated(value, item, kind), kind)
    match kind:
        case Kind.WHOLE:
            # One server calls truth 1, the other `true`.
            number = f"IF({value} REGEXP '^-?[0-9]{{1,18}}$', CAST({value} AS SIGNED), NULL)"
            return f"(CASE {value} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE {number} END)"
        case Kind.DECIMAL:
            return f"IF({value} REGEXP '^-?[0-9]+([.][0-9]+)?$', CAST({value} AS {sql_type}), NULL)"
        case _:
            return _as_text(value, kind)


def _translated(value: str, item: ColumnMapping, kind: Kind) -> str:
    """A word that is not listed stays as it is; where a number is wanted, it is none."""
    cases = " ".join(f"WHEN {_quoted(word)} THEN {_plain(ours)}" for word, ours in item.values)
    return f"(CASE {value} {cases} ELSE {value if kind is Kind.TEXT else 'NULL'} END)"


def _constant(value: Literal, sql_type: str, kind: Kind) -> str:
    if value is not None:
        return _as_text(_plain(value), kind)
    types = {Kind.WHOLE: "SIGNED", Kind.DECIMAL: sql_type, Kind.TIME: "DATETIME"}
    return f"CAST(NULL AS {types[kind]})" if kind in types else _as_text("NULL", kind)


def _as_text(value: str, kind: Kind) -> str:
    return _TEXT.format(value) if kind in {Kind.TEXT, Kind.DOCUMENT} else value


def _plain(value: Literal) -> str:
    if value is None:
        return "NULL"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
