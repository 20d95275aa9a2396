"""Migrations up and down: Alembic keeps the version, SQL files do the work.

Alembic is imported where it is needed: it costs a third of a command's start, and few commands ask for a version.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency.db import marker
from data_consistency.db.server import require_supported, server_of
from data_consistency.db.transactions import cleaning_up, connected, translated
from data_consistency.errors import DatabaseUnavailable, WrongUse
from data_consistency.schema import mapped_views, views
from data_consistency.schema import triggers as trigger_files
from data_consistency.schema.steps import leave_out_of_views, require_source, skip

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "consistency_migrations"
_SCRIPTS = Path(__file__).parent / "alembic"
_LOCK_SECONDS = 30


def migrate(
    engine: Engine,
    *,
    adopt: str | None = None,
    environment: str = marker.Environment.OPERATIONAL.value,
    to: str = "head",
    change_columns: bool = True,
    triggers: bool = True,
) -> str | None:
    """Bring the schema up to a version; safe to repeat after a death half-way.

    Args:
        engine: of the operational database.
        adopt: the schema's own name, typed by the operator, to mark it as ours; None: it must be marked already.
        environment: what it is marked as.
        to: a version, or `head`.
        change_columns: False where the operator may not alter the source tables: neither columns nor indexes.
        triggers: False where the operator wants none.

    Returns:
        The version the schema has now.

    Raises:
        UnmarkedSchema: not marked and not adopted, or adopted by the wrong name.
        SchemaNotReady: a source table is missing.
        WrongUse: unknown version or environment.
        ConfigurationError: the server is too old; nothing was changed.
        DatabaseUnavailable: no connection, or another migration is running.
        DatabaseRefused: the account lacks a right, or the server must be mended; nothing was changed where the account
            may not create triggers.
    """
    _require_version(to)
    marker.environment_of(environment)
    with _locked(engine) as connection:
        require_supported(server_of(connection))
        require_source(connection)
        if triggers and not trigger_files.cannot_be(connection) and trigger_files.verify(connection):
            trigger_files.require_allowed(connection)
        if adopt is not None:
            marker.adopt(connection, adopt, environment)
        marker.require_marker(connection)
        leave_out_of_views(connection)
        skip(connection, *([] if change_columns else ["change columns"]), *([] if triggers else ["triggers"]))
        _alembic(connection, "upgrade", to)
        views.refresh(connection)
        connection.commit()
        return current(connection)


def rollback(engine: Engine, *, to: str = "base") -> str | None:
    """Take the schema down to a version; `base` leaves the source tables exactly as they were found.

    Returns:
        The version the schema has now; None: nothing of ours is left.

    Raises:
        UnmarkedSchema: the schema is not ours.
        WrongUse: unknown version.
        DatabaseUnavailable: no connection, or another migration is running.
        DatabaseRefused: the account lacks a right, or the server must be mended.
    """
    _require_version(to)
    with _locked(engine) as connection:
        marker.require_marker(connection)
        _alembic(connection, "downgrade", to)
        if to == "base":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")
            mapped_views.drop(connection)
            marker.remove_marker(connection)
            connection.commit()
            return None
        connection.commit()
        return current(connection)


def current(connection: Connection) -> str | None:
    """Version of the schema; None: no step has been taken."""
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def latest() -> str:
    """The newest version there is."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config()).get_current_head()
    return str(head)


def _require_version(to: str) -> None:
    """Refuse a version that there is not, before anything is done."""
    from alembic.script import ScriptDirectory

    known = sorted(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())
    if to not in {"base", "head", *known}:
        raise WrongUse(f"no such version '{to[:40]}'; use base, {', '.join(known)} or head")


def _alembic(connection: Connection, direction: str, to: str) -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    settings = _config()
    settings.attributes["connection"] = connection
    try:
        (command.upgrade if direction == "upgrade" else command.downgrade)(settings, to)
    except CommandError as error:
        raise WrongUse(f"version '{to}': {error}") from error


def _config() -> "Config":
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    return settings


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """One connection, and no second migration beside it."""
    with translated(), connected(engine) as connection:
        name = f"consistency_migrate:{marker.schema_name(connection)}"
        got = connection.exec_driver_sql("SELECT GET_LOCK(%s, %s)", (name, _LOCK_SECONDS)).scalar_one()
        if got != 1:
            raise DatabaseUnavailable("another migration is running in this schema; wait for it and try again")
        try:
            yield connection
        finally:
            with cleaning_up(connection):
                connection.exec_driver_sql("SELECT RELEASE_LOCK(%s)", (name,))
