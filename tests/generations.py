"""Other schemas with the same rows: generations S2 and S3, and a company of other names, made of S1 by changing it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.project import shipped
from data_consistency.schema.canonical import canonical_tables
from data_consistency.schema.mapping import Origin, SchemaMapping, load_mapping

_TEXT = "VARCHAR(255) COLLATE utf8mb4_unicode_ci"
_S3_OUTCOMES = (
    "'appointment_booked', 'appointment_rescheduled', 'appointment_cancelled', 'information_only',"
    " 'callback_requested', 'transferred', 'voicemail', 'abandoned', 'technical_issue', 'spam', 'other'"
)
# What a generation cannot hold, put as near as it can.
LIMITS = {
    "s2": (),
    "s3": (f"UPDATE calls SET session_outcome = 'other' WHERE BINARY session_outcome NOT IN ({_S3_OUTCOMES})",),
    "example_renamed": (),
}


def _within_metadata(**values: str) -> str:
    """Write columns into the document `metadata`, and leave one that was encoded twice as it is encoded."""
    pairs = ", ".join(f"'$.{key}', {column}" for key, column in values.items())
    return (
        "UPDATE calls SET metadata = CASE COALESCE(JSON_TYPE(metadata), '')"
        f" WHEN 'STRING' THEN JSON_QUOTE(JSON_SET(JSON_UNQUOTE(metadata), {pairs}))"
        f" WHEN 'OBJECT' THEN JSON_SET(metadata, {pairs}) ELSE JSON_SET('{{}}', {pairs}) END"
    )


_CHANGES = {
    "s2": (
        _within_metadata(session_outcome="session_outcome", customer_name="customer_name"),
        "ALTER TABLE calls DROP COLUMN session_outcome, DROP COLUMN customer_name,"
        " ADD COLUMN calculated_cost DECIMAL(10, 2)",
    ),
    "s3": (
        *LIMITS["s3"],
        f"ALTER TABLE calls MODIFY session_outcome ENUM({_S3_OUTCOMES}) COLLATE utf8mb4_unicode_ci",
        f"ALTER TABLE customers ADD COLUMN first_name {_TEXT}, ADD COLUMN last_name {_TEXT}",
        "UPDATE customers SET first_name = SUBSTRING_INDEX(name, ' ', 1),"
        " last_name = IF(name LIKE '% %', SUBSTRING(name, LOCATE(' ', name) + 1), NULL)",
        "ALTER TABLE customers DROP COLUMN name",
    ),
    "example_renamed": (
        _within_metadata(mode="gateway_mode"),
        "UPDATE calls SET session_outcome = CASE BINARY session_outcome WHEN 'appointment_booked' THEN 'booked'"
        " WHEN 'information_only' THEN 'question' WHEN 'abandoned' THEN 'hung_up' ELSE session_outcome END",
        "UPDATE appointments SET status = CASE BINARY status WHEN 'scheduled' THEN 'planned' WHEN 'confirmed' THEN"
        " 'fixed' WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'called_off' ELSE status END",
        "ALTER TABLE calls DROP COLUMN gateway_mode, DROP COLUMN detected_intent,"
        " RENAME COLUMN session_outcome TO result",
        "ALTER TABLE appointments RENAME COLUMN status TO state",
        "DROP TABLE retell_error_log",
        "DROP TABLE sync_failures",
    ),
}


def mapping_file(name: str) -> Path:
    """A mapping that is shipped."""
    return shipped().home / "sql" / "mappings" / f"{name}.json"


def copy_source(connection: Connection, origin: str) -> None:
    """The source tables of another schema, with rows and indexes, without foreign keys and triggers."""
    for table in canonical_tables(shipped()):
        connection.exec_driver_sql(f"CREATE TABLE `{table}` LIKE `{origin}`.`{table}`")
        _drop_ours(connection, table)
        columns = ", ".join(f"`{column}`" for column in canonical_tables(shipped())[table])
        connection.exec_driver_sql(f"INSERT INTO `{table}` ({columns}) SELECT {columns} FROM `{origin}`.`{table}`")


def _drop_ours(connection: Connection, table: str) -> None:
    """The source knows nothing of change columns and lookups."""
    name = re.compile(r"^  (?:`(?P<column>consistency_\w+)`|KEY `(?P<index>consistency_\w+)`)", re.MULTILINE)
    found = list(name.finditer(str(connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1])))
    _alter(connection, table, [f"DROP INDEX `{match['index']}`" for match in found if match["index"]])
    for column in (match["column"] for match in found if match["column"]):
        # One by one, as our own rollback does: MariaDB 10.11 has crashed over one statement that dropped several.
        _alter(connection, table, [f"DROP COLUMN `{column}`"])


def become(connection: Connection, name: str) -> None:
    """Make of source tables of generation S1, with their rows, those that a shipped mapping is for."""
    mapping = load_mapping(shipped(), mapping_file(name))
    for statement in _CHANGES[name]:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    _drop_what_there_is_not(connection, mapping)
    _rename(connection, mapping)


def write_mapping(folder: Path, document: object) -> Path:
    """A mapping file of a test."""
    path = folder / "mine.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def _drop_what_there_is_not(connection: Connection, mapping: SchemaMapping) -> None:
    for name, table in mapping.tables.items():
        gone = [column for column, item in table.columns.items() if item.origin is Origin.NONE]
        _alter(connection, name, (f"DROP COLUMN `{column}`" for column in gone))


def _rename(connection: Connection, mapping: SchemaMapping) -> None:
    for name, table in mapping.tables.items():
        if table.source is None:
            continue
        renamed = {
            column: item.columns[0]
            for column, item in table.columns.items()
            if item.origin is Origin.COLUMN and item.columns[0] != column
        }
        _alter(connection, name, (f"RENAME COLUMN `{old}` TO `{new}`" for old, new in renamed.items()))
        if table.source != name:
            connection.exec_driver_sql(f"RENAME TABLE `{name}` TO `{table.source}`")


def _alter(connection: Connection, table: str, changes: Iterable[str]) -> None:
    if text := ", ".join(changes):
        connection.exec_driver_sql(f"ALTER TABLE `{table}` {text}")
