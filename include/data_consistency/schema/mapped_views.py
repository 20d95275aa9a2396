"""Views named like the canonical tables, over another generation or another company's tables on the same server.

The table `consistency_mapping` says which views are ours and where each column comes from. It is written before the
views are made and dropped after them, so that a death half-way leaves no view behind that nobody knows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import InvalidMapping
from data_consistency.schema.canonical import REQUIRED_TABLES, canonical_tables
from data_consistency.schema.mapped_columns import Catalogue, MappedColumn, MappedTable, fit, source_of
from data_consistency.schema.mapping import Origin, SchemaMapping

# Without it the driver takes the percent signs of LIKE for parameters.
_VERBATIM = {"no_parameters": True}
_WHY_NOT = {
    Origin.TRANSLATED: "is translated word by word",
    Origin.JSON: "is read out of a document",
    Origin.JOINED: "is joined from several columns",
    Origin.CONSTANT: "is a constant of the mapping",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The mapping that is in force in a schema; without tables: none is."""

    name: str
    tables: tuple[MappedTable, ...]

    @property
    def views(self) -> frozenset[str]:
        """Names of the views that are ours."""
        return frozenset(table.name for table in self.tables if table.source)

    @property
    def none(self) -> frozenset[tuple[str, str]]:
        """(table, column) pairs of which the mapping says that the source has none."""
        return frozenset(
            (table.name, column.name)
            for table in self.tables
            for column in table.columns
            if column.origin is Origin.NONE
        )

    @property
    def computed(self) -> frozenset[tuple[str, str]]:
        """(table, column) pairs that a view computes; they can be read and not written."""
        return frozenset((table.name, column) for table in self.tables for column in self.not_writable(table.name))

    def not_writable(self, table: str) -> Mapping[str, str]:
        """Columns of a table that can be read and not written, and why."""
        return {
            column.name: _WHY_NOT[column.origin]
            for item in self.tables
            if item.name == table
            for column in item.columns
            if column.origin in _WHY_NOT
        }


def create(connection: Connection, mapping: SchemaMapping, source: str | None) -> Mapped:
    """Create the views of a mapping, or replace those of an earlier one; nothing is done unless everything fits.

    Args:
        connection: to a schema of ours.
        mapping: of a file.
        source: schema of the source tables for which the file names none; wins over the file's.

    Raises:
        InvalidMapping: the source is not as the mapping says, or a name is taken in our schema.
    """
    tables = fit(mapping, _catalogue(connection, mapping, source), source)
    before = read(connection).views
    _refuse_taken(connection, tables, before, mapping.where)
    wanted = [table for table in tables if table.source]
    sql.run(connection, "create_mapping")
    _drop_views(connection, before - {table.name for table in wanted})
    sql.run(connection, "clear_mapping")
    _write(connection, mapping.name, tables)
    for table in wanted:
        connection.exec_driver_sql(table.view(), execution_options=_VERBATIM)
    return read(connection)


def drop(connection: Connection) -> list[str]:
    """Drop the views that are ours, and no other; returns their names."""
    views = read(connection).views
    _drop_views(connection, views)
    sql.run(connection, "drop_mapping")
    return sorted(views)


def read(connection: Connection) -> Mapped:
    """The mapping that is in force."""
    try:
        rows = sql.run(connection, "read_mapping").mappings().all()
    except DBAPIError as error:
        if server_errors.code_of(error) != server_errors.NO_SUCH_TABLE:
            raise
        return Mapped(name="", tables=())
    tables: dict[str, list[MappedColumn]] = {}
    places: dict[str, tuple[str, str]] = {}
    for row in rows:
        column = MappedColumn(name=row["column_name"], origin=Origin(row["origin"]), source=row["source"])
        tables.setdefault(row["table_name"], []).append(column)
        places[row["table_name"]] = (row["source_schema"], row["source_table"])
    return Mapped(
        name=rows[0]["mapping"] if rows else "",
        tables=tuple(
            MappedTable(name=name, schema=places[name][0], source=places[name][1], columns=tuple(columns))
            for name, columns in tables.items()
        ),
    )


def source_views(connection: Connection) -> list[str]:
    """The tables that we would alter, as far as they are views here, ours or not."""
    present = {str(name) for name in sql.run(connection, "installed_views").scalars()}
    return [table for table in REQUIRED_TABLES if table in present]


def _catalogue(connection: Connection, mapping: SchemaMapping, source: str | None) -> Catalogue:
    schemas = sorted({source_of(mapping, source, table)[0] for table in canonical_tables(mapping.project)})
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in sql.run(connection, "mapping_catalogue", names=schemas):
        found.setdefault((str(schema), str(table)), {})[str(column)] = str(data_type)
    return found


def _refuse_taken(connection: Connection, tables: Sequence[MappedTable], ours: frozenset[str], where: str) -> None:
    for name, _ in sql.run(connection, "names_taken", names=[table.name for table in tables]):
        if name not in ours:
            raise InvalidMapping(
                f"{where}: {name}: the schema holds a table or view of that name that is not ours;"
                " create the mapping in a schema of its own"
            )


def _write(connection: Connection, name: str, tables: Iterable[MappedTable]) -> None:
    rows = [
        {
            "table_name": table.name,
            "column_name": column.name,
            "origin": column.origin.value,
            "source_schema": table.schema,
            "source_table": table.source,
            "source": column.source[:255],
            "mapping": name[:100],
        }
        for table in tables
        for column in table.columns
    ]
    sql.run_many(connection, "write_mapping", rows)


def _drop_views(connection: Connection, names: Iterable[str]) -> None:
    known = sorted(names)
    if not known:
        return
    for name, is_view in sql.run(connection, "names_taken", names=known).all():
        # Somebody may have put a table in its place.
        if is_view:
            connection.exec_driver_sql(f"DROP VIEW `{name}`")
