"""Views that we offer to others, one a file of sql/views/: current after every migration, dropped by rollback."""

import logging
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.config import project_root
from data_consistency.db import sql

logger = logging.getLogger(__name__)

# "Unknown column": older generations of the source lack some.
_UNKNOWN_COLUMN = 1054


def install(connection: Connection) -> None:
    """Create or replace every view; one whose columns the source lacks is left out, which the log says."""
    for path in _files():
        _create(connection, path)


def refresh(connection: Connection) -> None:
    """Replace the views that are there by what their files say now."""
    present = {str(name) for name in sql.run(connection, "installed_views").scalars()}
    for path in _files():
        if path.stem in present:
            _create(connection, path)


def drop(connection: Connection) -> None:
    """Drop our views, and no other."""
    for path in _files():
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS `{path.stem}`")


def _files() -> Iterator[Path]:
    yield from sorted((project_root() / "sql" / "views").glob("*.sql"))


def _create(connection: Connection, path: Path) -> None:
    try:
        # Without the option the driver takes percent signs for parameters.
        connection.exec_driver_sql(sql.read_sql(path), execution_options={"no_parameters": True})
    except DBAPIError as error:
        args: tuple[object, ...] = getattr(error.orig, "args", ())
        if not args or args[0] != _UNKNOWN_COLUMN:
            raise
        logger.warning("view left out, the source lacks a column it reads view=%s", path.stem)
