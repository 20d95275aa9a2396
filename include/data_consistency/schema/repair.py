"""Putting back what is missing: whatever version a schema has, a migration ends with everything of ours in its place.

A restore from a dump that knew no invisible columns, an online change of the schema that renames a copy of a table, a
table that somebody dropped: each leaves the version as it was, so the version says nothing about what is there.
"""

from collections.abc import Iterable
from importlib import import_module

from sqlalchemy.engine import Connection

from data_consistency.config import utc_now
from data_consistency.db import sql
from data_consistency.logs import logger_of
from data_consistency.schema import additions, choices, ddl, inventory, triggers, versions
from data_consistency.schema.catalogue import columns_of, indexes_of
from data_consistency.schema.grants import Account

_ACTOR = "migrate"
_TRIGGERS = "0003"
_STEPS = "data_consistency.schema.alembic.versions"

logger = logger_of(__name__)


def assumed_left_out(connection: Connection, version: str | None) -> frozenset[str]:
    """What the operator does not want: as it is remembered, or, before that was done, as the schema looks."""
    if version is None:
        return frozenset()
    if choices.are_remembered(connection):
        return choices.left_out(connection)
    source = additions.Source(connection)
    parts = [part for part in source.parts(inventory.CHANGE_COLUMNS) if part.since <= version]
    found = set()
    if parts and not any(source.has(part) for part in parts):
        found.add(choices.CHANGE_COLUMNS)
    if version >= _TRIGGERS and not triggers.cannot_be(connection) and triggers.are_none(connection):
        found.add(choices.TRIGGERS)
    for name in sorted(found):
        logger.warning("there are none, so they are taken as not wanted: %s; see `consistency migrate --help`", name)
    return frozenset(found)


def complete(connection: Connection, unwanted: Iterable[str], definer: Account | None) -> None:
    """Put everything of ours in its place, as far as the version of the schema has it.

    Args:
        connection: of a migration.
        unwanted: what the operator does not want; it is taken away where it is.
        definer: the account that triggers act as; None: the one that is remembered.

    Raises:
        DatabaseUnavailable: a table is in use; what was done stays done.
    """
    version = versions.current(connection)
    if version is None:
        return
    # First what tables lack that are there: a step looks for one of the columns that it adds, and takes it for all.
    _fill_own_tables(connection, version)
    _repeat_steps(connection, version)
    _fill_own_tables(connection, version)
    now = utc_now().replace(tzinfo=None)
    names = frozenset(unwanted)
    choices.leave_out(connection, names, actor=_ACTOR, now=now)
    if definer is not None:
        choices.name_definer(connection, str(definer), actor=_ACTOR, now=now)
    if choices.CHANGE_COLUMNS in names:
        for group in reversed(inventory.ON_SOURCE):
            additions.drop(connection, group)
    if choices.TRIGGERS in names:
        triggers.drop(connection)
    elif version >= _TRIGGERS:
        triggers.install(connection)


def _repeat_steps(connection: Connection, version: str) -> None:
    """Every step looks first: what is there is left alone."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"version_table": versions.TABLE})
    with Operations.context(context):
        for name, step in versions.steps():
            if name <= version:
                import_module(f"{_STEPS}.{step}").upgrade()


def _fill_own_tables(connection: Connection, version: str) -> None:
    tables = inventory.own_tables(sql.project_of(connection))
    columns, indexes = columns_of(connection, tables), indexes_of(connection, tables)
    here = {table for table, _ in columns}
    for table in tables.values():
        for part in table.parts:
            there = columns if part.kind == "column" else indexes
            is_lost = part.since <= version and (table.name, part.name) not in there
            if is_lost and table.name in here:
                logger.warning("put back: %s %s.%s", part.kind, table.name, part.name)
                ddl.run(connection, f"ALTER TABLE {table.name}\n{part.clause}", table.name)
