"""Migrations up and down: Alembic keeps the version, SQL files do the work.

Alembic is imported where it is needed: it costs a third of a command's start, and few commands ask for a version.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency import progress
from data_consistency.db import marker
from data_consistency.db.server import require_supported, server_of
from data_consistency.errors import WrongUse
from data_consistency.schema import accelerating, choices, mapped_views, preflight, repair, versions
from data_consistency.schema import triggers as installed_triggers
from data_consistency.schema.grants import account
from data_consistency.schema.locking import locked
from data_consistency.schema.steps import leave_out_of_views, skip
from data_consistency.schema.versions import current, latest

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["current", "latest", "migrate", "rollback"]


def migrate(
    engine: Engine,
    *,
    adopt: str | None = None,
    environment: str = marker.Environment.OPERATIONAL.value,
    to: str = "head",
    change_columns: bool | None = None,
    triggers: bool | None = None,
    definer: str | None = None,
) -> str | None:
    """Bring the schema up to a version and put back what is missing; safe to repeat after a death half-way.

    Args:
        engine: of the operational database.
        adopt: the schema's own name, typed by the operator, to mark it as ours; None: it must be marked already.
        environment: what it is marked as.
        to: a version, or `head`.
        change_columns: False where the operator may not alter the source tables: neither columns nor indexes; None: as
            the last time, at first yes.
        triggers: False where the operator wants none; None: as the last time, at first yes.
        definer: name@host of the account that triggers act as; None: as the last time, at first one of our own.

    Returns:
        The version the schema has now.

    Raises:
        UnmarkedSchema: not marked and not adopted, or adopted by the wrong name.
        SchemaNotReady: something is in the way, all of it is named and nothing was changed; or a newer release made
            the schema.
        WrongUse: unknown version or environment, or an account that cannot be one.
        ConfigurationError: the server is too old; nothing was changed.
        DatabaseUnavailable: no connection, a table is in use, or another migration is running.
        DatabaseRefused: the account lacks a right, or the server must be mended; nothing was changed where the account
            may not create triggers.
    """
    _require_version(to)
    marker.environment_of(environment)
    who = None if definer is None else account(definer)
    with locked(engine) as connection:
        require_supported(server_of(connection))
        version = versions.require_known(connection)
        wishes = {choices.CHANGE_COLUMNS: change_columns, choices.TRIGGERS: triggers}
        assumed = repair.assumed_left_out(connection, version)
        unwanted = [name for name, wish in wishes.items() if wish is False or (wish is None and name in assumed)]
        preflight.require(connection, with_triggers=choices.TRIGGERS not in unwanted, is_new=version is None)
        if choices.TRIGGERS not in unwanted:
            installed_triggers.require_possible(connection)
        if adopt is not None:
            marker.adopt(connection, adopt, environment)
        marker.require_marker(connection)
        leave_out_of_views(connection)
        skip(connection, *unwanted)
        _alembic(connection, "upgrade", to)
        repair.complete(connection, unwanted, who)
        connection.commit()
        return current(connection)


def rollback(engine: Engine, *, to: str = "base") -> str | None:
    """Take the schema down to a version; `base` leaves the source tables exactly as they were found.

    Returns:
        The version the schema has now; None: nothing of ours is left.

    Raises:
        UnmarkedSchema: the schema is not ours.
        SchemaNotReady: a newer release made the schema.
        WrongUse: unknown version.
        DatabaseUnavailable: no connection, a table is in use, or another migration is running.
        DatabaseRefused: the account lacks a right, or the server must be mended.
    """
    _require_version(to)
    with locked(engine) as connection:
        marker.require_marker(connection)
        versions.require_known(connection)
        if to == "base":
            accelerating.drop_all(connection)
        _alembic(connection, "downgrade", to)
        if to == "base":
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {versions.TABLE}")
            mapped_views.drop(connection)
            marker.remove_marker(connection)
            connection.commit()
            return None
        connection.commit()
        return current(connection)


def _require_version(to: str) -> None:
    """Refuse a version that there is not, before anything is done."""
    if to not in {"base", "head", *versions.known()}:
        raise WrongUse(f"no such version '{to[:40]}'; use base, {', '.join(versions.known())} or head")


def _alembic(connection: Connection, direction: str, to: str) -> None:
    from alembic import command
    from alembic.util.exc import CommandError

    settings = _config()
    settings.attributes["connection"] = connection
    known = list(versions.known())
    ahead = known if direction == "upgrade" else known[::-1]

    def applied(*, step: Any, **_: object) -> None:
        version = step.up_revision.revision
        progress.tell(f"step {version}", ahead.index(version) + 1, len(ahead))

    settings.attributes["applied"] = applied
    try:
        (command.upgrade if direction == "upgrade" else command.downgrade)(settings, to)
    except CommandError as error:
        raise WrongUse(f"version '{to}': {error}") from error


def _config() -> "Config":
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(versions.SCRIPTS))
    return settings
