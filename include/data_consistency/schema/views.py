"""Views that we offer to others, one a file of sql/views/: current after every migration, dropped by rollback."""

import hashlib

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.config import utc_now
from data_consistency.db import marker, server_errors, sql
from data_consistency.logs import logger_of
from data_consistency.rules.functions import read_sql

# A server keeps a view in words of its own, so that what it was made from, and what it was kept as, are remembered.
_SETTING = "view {}"
_ACTOR = "migrate"

logger = logger_of(__name__)

# Nor of a table, or this account may not read it: whoever may will say.
_CANNOT_BE_READ = frozenset(
    {server_errors.NO_SUCH_COLUMN, server_errors.NO_SUCH_TABLE, server_errors.INVALID_VIEW, 1142, 1143}
)


def install(connection: Connection) -> None:
    """Create or replace every view; one whose columns the source lacks is left out, which the log says."""
    for name in _names(connection):
        _create(connection, name)


def drop(connection: Connection) -> None:
    """Drop our views, and no other."""
    for name in _names(connection):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS `{name}`")


def missing(connection: Connection) -> list[str]:
    """Views that are not there though the source has every column they read."""
    present = {str(name) for name in sql.run(connection, "installed_views").scalars()}
    return [name for name in _names(connection) if name not in present and _can_be(connection, name)]


def changed(connection: Connection) -> list[str]:
    """Views that are there and not as their files have them: made from another text, or replaced since.

    What the server keeps is seen by accounts with the right SHOW VIEW alone; others see whether the file is another.
    """
    found = _texts(connection)
    remembered = {str(name): str(value) for name, value in sql.run(connection, "settings")}
    names = []
    for name in found.keys() & set(_names(connection)):
        made, _, kept = remembered.get(_SETTING.format(name), "").partition(" ")
        is_other = found[name] != "" and kept != _digest(found[name])
        if made != _digest(read_sql(sql.project_of(connection), "views", name)) or is_other:
            names.append(name)
    return sorted(names)


def _texts(connection: Connection) -> dict[str, str]:
    """Views of this schema, as the server keeps them, wherever it was restored; empty: it may not be seen."""
    schema = f"`{marker.schema_name(connection)}`."
    return {str(row.name): str(row.text or "").replace(schema, "") for row in sql.run(connection, "installed_views")}


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def _remember(connection: Connection, name: str, text: str) -> None:
    value = f"{_digest(text)} {_digest(_texts(connection)[name])}"
    setting, now = _SETTING.format(name), utc_now().replace(tzinfo=None)
    if sql.run(connection, "read_setting", name=setting).scalar_one_or_none() != value:
        sql.run(connection, "write_setting", name=setting, value=value, actor=_ACTOR, now=now)


def _can_be(connection: Connection, name: str) -> bool:
    text = read_sql(sql.project_of(connection), "views", name)
    select = text[text.index(" AS\n") + len(" AS\n") :]
    try:
        connection.exec_driver_sql(f"EXPLAIN {select}", execution_options={"no_parameters": True})
    except DBAPIError as error:
        if server_errors.code_of(error) not in _CANNOT_BE_READ:
            raise
        return False
    return True


def _names(connection: Connection) -> tuple[str, ...]:
    return sql.project_of(connection).names("views")


def _create(connection: Connection, name: str) -> None:
    text = read_sql(sql.project_of(connection), "views", name)
    try:
        # Without the option the driver takes percent signs for parameters.
        connection.exec_driver_sql(text, execution_options={"no_parameters": True})
    except DBAPIError as error:
        # Older generations of the source lack some columns.
        if server_errors.code_of(error) != server_errors.NO_SUCH_COLUMN:
            raise
        logger.warning("view left out, the source lacks a column it reads view=%s", name)
        return
    _remember(connection, name, text)
