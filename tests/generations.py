"""Other schemas with the same rows: generations S2 and S3, and a company of other names, made from S1 by changing it."""

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db.mapping import Origin, SchemaMapping, load_mapping

FOLDER = project_root() / "sql" / "mappings"
_TEXT = "VARCHAR(255) COLLATE utf8mb4_unicode_ci"


def mapping_file(name: str) -> Path:
    """A mapping that is shipped."""
    return FOLDER / f"{name}.json"


def become(connection: Connection, name: str) -> None:
    """Make of a schema of generation S1, with its rows, the one that a shipped mapping is for."""
    # What follows is renaming: the source's own triggers name columns by their old names.
    for trigger in connection.exec_driver_sql(
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
    ).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER `{trigger}`")
    mapping = load_mapping(mapping_file(name))
    for statement in {"s2": _S2, "s3": _S3, "example_renamed": _RENAMED}[name]:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    _drop_what_there_is_not(connection, mapping)
    _rename(connection, mapping)


_S2 = (
    "UPDATE calls SET metadata = JSON_SET(IF(JSON_TYPE(metadata) = 'OBJECT', metadata, '{}'),"
    " '$.session_outcome', session_outcome, '$.customer_name', customer_name)",
    "ALTER TABLE calls DROP COLUMN session_outcome, DROP COLUMN customer_name, ADD COLUMN calculated_cost DECIMAL(10, 2)",
)
_S3 = (
    "ALTER TABLE calls MODIFY session_outcome ENUM('appointment_booked', 'appointment_rescheduled',"
    " 'appointment_cancelled', 'information_only', 'callback_requested', 'transferred', 'voicemail', 'abandoned',"
    " 'technical_issue', 'spam', 'other')",
    f"ALTER TABLE customers ADD COLUMN first_name {_TEXT}, ADD COLUMN last_name {_TEXT}",
    "UPDATE customers SET first_name = SUBSTRING_INDEX(name, ' ', 1),"
    " last_name = IF(name LIKE '% %', SUBSTRING(name, LOCATE(' ', name) + 1), NULL)",
    "ALTER TABLE customers DROP COLUMN name",
    "ALTER TABLE appointments DROP FOREIGN KEY appointments_call_id_foreign",
)
_RENAMED = (
    "UPDATE calls SET metadata = JSON_SET(IF(JSON_TYPE(metadata) = 'OBJECT', metadata, '{}'), '$.mode', gateway_mode)",
    "UPDATE calls SET session_outcome = CASE session_outcome WHEN 'appointment_booked' THEN 'booked'"
    " WHEN 'information_only' THEN 'question' WHEN 'abandoned' THEN 'hung_up' ELSE session_outcome END",
    "UPDATE appointments SET status = CASE status WHEN 'scheduled' THEN 'planned' WHEN 'confirmed' THEN 'fixed'"
    " WHEN 'completed' THEN 'done' WHEN 'cancelled' THEN 'called_off' ELSE status END",
    "ALTER TABLE calls DROP COLUMN gateway_mode, DROP COLUMN detected_intent, CHANGE session_outcome result VARCHAR(50)",
    "ALTER TABLE appointments CHANGE status state VARCHAR(255) NOT NULL",
    "DROP TABLE retell_error_log",
    "DROP TABLE sync_failures",
)


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


def write_mapping(folder: Path, document: object) -> Path:
    """A mapping file of a test."""
    path = folder / "mine.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path
