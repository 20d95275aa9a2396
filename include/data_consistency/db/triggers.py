"""Triggers on the source tables: install, drop."""

from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.db.sql import read_sql


def install(connection: Connection, folder: Path) -> None:
    """Install every trigger of the folder; one that exists is replaced."""
    drop(connection, folder)
    for path in sorted(folder.glob("*.sql")):
        connection.exec_driver_sql(read_sql(path))


def drop(connection: Connection, folder: Path) -> None:
    """Drop the triggers of the folder, and no other."""
    for path in sorted(folder.glob("*.sql")):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {path.stem}")
