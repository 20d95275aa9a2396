"""Versions of a schema: which one it has, which ones there are; known without importing what changes them."""

import re
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import SchemaNotReady

TABLE = "consistency_migrations"
SCRIPTS = Path(__file__).parent / "alembic"
_FILE = re.compile(r"v(\d{4})_\w+\.py")


def steps() -> tuple[tuple[str, str], ...]:
    """Every version there is, in their order, with the name of its module."""
    names = (_FILE.fullmatch(path.name) for path in (SCRIPTS / "versions").iterdir())
    return tuple(sorted((name[1], name[0].removesuffix(".py")) for name in names if name))


def known() -> tuple[str, ...]:
    """Every version there is, in their order."""
    return tuple(version for version, _ in steps())


def latest() -> str:
    """The newest version there is."""
    return known()[-1]


def current(connection: Connection) -> str | None:
    """Version of the schema; None: no step has been taken."""
    try:
        return sql.run(connection, "schema_version").scalar_one_or_none()
    except DBAPIError as error:
        if server_errors.code_of(error) != server_errors.NO_SUCH_TABLE:
            raise
        return None


def require_known(connection: Connection) -> str | None:
    """The version of the schema, which must be one that this code knows.

    Raises:
        SchemaNotReady: a newer release made it.
    """
    version = current(connection)
    if version is not None and version not in known():
        raise SchemaNotReady(
            f"the schema has version {version}, which a newer release made; this one knows {latest()} at most:"
            " install that release, nothing was changed"
        )
    return version
