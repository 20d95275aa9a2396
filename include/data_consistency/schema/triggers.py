"""Triggers on the source tables: install, drop, verify.

A trigger is ours when a file of sql/triggers/ bears its name, or when its body reads our switch: what an older version
of ours left behind. No other trigger is ever touched.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import DatabaseRefused
from data_consistency.logs import logger_of
from data_consistency.schema import choices, ddl, definer, mapped_views, trigger_files
from data_consistency.schema.catalogue import columns_of, indexes_of
from data_consistency.schema.grants import Account
from data_consistency.schema.installed import Installed, triggers_of
from data_consistency.schema.trigger_files import SWITCH, Keys, Trigger

_TABLES = ("calls", "appointments")
# On a table that does not exist: the server looks at rights before it looks for the table, and nothing is ever made.
_PROBE = "CREATE TRIGGER consistency_probe BEFORE INSERT ON consistency_no_such_table FOR EACH ROW SET @consistency = 1"
_REFUSALS = {
    1419: (
        "the server writes a binary log and lets only accounts with SUPER create triggers (error 1419);"
        f" {server_errors.TRUST}, while this runs; or migrate with --without-triggers"
    ),
    1142: (
        "this account may not create triggers (error 1142); it needs TRIGGER on the schema, as `consistency grants"
        " migrator` says, or migrate with --without-triggers"
    ),
}

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A trigger that is not as its file has it."""

    name: str
    kind: Literal["missing", "changed", "unexpected", "definer"]


def install(connection: Connection) -> str | None:
    """Install every trigger of the project, in the order they ask for; nothing is done when all are as they should be.

    Nothing is done either where the tables are views, which have none. Where there is no account that they can act as,
    there are none: those of somebody who may go would fail every write of the application one day.

    The order of triggers of one event is the order of their creation, so all are replaced as soon as one differs.

    Returns:
        Why there are none, with the next step; None: they are as they should be.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
        DatabaseRefused: the account may not create triggers; nothing was changed.
        DatabaseUnavailable: a table is in use.
    """
    if why := cannot_be(connection):
        return why
    who = definer.chosen(connection)
    listed = wanted(connection)
    if not _compared(connection, listed) and definer.problem(connection, who) is None:
        return None
    require_allowed(connection)
    if missing := definer.prepare(connection, who):
        logger.warning("left out: triggers; %s", missing)
        drop(connection)
        return missing
    if _compared(connection, listed):
        drop(connection)
        for trigger in listed:
            ddl.run(connection, trigger.statement(who.quoted), trigger.table)
    return None


def require_possible(connection: Connection) -> None:
    """Refuse, before a migration changes anything, where triggers are to be made and the account may not.

    Raises:
        DatabaseRefused: says what to ask the administrator for.
    """
    if cannot_be(connection) is None and (not are_seen(connection) or _compared(connection, wanted(connection))):
        require_allowed(connection)


def require_allowed(connection: Connection) -> None:
    """Refuse, before anything is changed, where the account may not create triggers.

    Raises:
        DatabaseRefused: says what to ask the administrator for.
    """
    try:
        connection.exec_driver_sql(_PROBE)
    except DBAPIError as error:
        code = server_errors.code_of(error)
        if code in _REFUSALS:
            raise DatabaseRefused(_REFUSALS[code]) from error
        if code != server_errors.NO_SUCH_TABLE:
            raise


def cannot_be(connection: Connection) -> str | None:
    """Why there can be no triggers here: a view has none; None: there can."""
    views = mapped_views.source_views(connection)
    if not views:
        return None
    return f"mapped: no triggers, {', '.join(views)} {'is a view' if len(views) == 1 else 'are views'}"


def not_wanted(connection: Connection) -> str | None:
    """Why no triggers are missed here: there can be none, or the operator wants none; None: they are."""
    if choices.TRIGGERS in choices.left_out(connection):
        return "left out by the operator; `consistency triggers install` takes that back"
    return cannot_be(connection)


def drop(connection: Connection) -> None:
    """Drop our triggers, and no other.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
        DatabaseUnavailable: a table is in use.
    """
    tables = {trigger.name: trigger.table for trigger in wanted(connection)}
    found = triggers_of(connection)
    if found is not None:
        # A server with a binary log lets few drop triggers, not even those that are not there.
        tables = {name: trigger.table for name, trigger in found.items() if SWITCH in trigger.body or name in tables}
    for name, table in sorted(tables.items()):
        ddl.run(connection, f"DROP TRIGGER IF EXISTS `{name}`", table)


def wanted(connection: Connection) -> list[Trigger]:
    """The triggers as the files have them, for the keys that the tables have; each after the one it follows.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
    """
    listed = trigger_files.read(sql.project_of(connection), _keys(connection))
    # A source may lack some of the tables, and a view has no triggers.
    rows = sql.run(connection, "names_taken", names=sorted({trigger.table for trigger in listed}))
    here = {str(name) for name, is_view in rows if not is_view}
    walls = sql.walls_of(connection)
    fitting = (trigger if walls is None else trigger_files.by_clocks(trigger, walls) for trigger in listed)
    return [trigger for trigger in fitting if trigger.table in here]


def verify(connection: Connection) -> list[Drift]:
    """Compare the triggers of the schema with the files: text, table, event, order and account; views need none.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
    """
    return _compared(connection, [] if not_wanted(connection) else wanted(connection))


def _compared(connection: Connection, listed: Sequence[Trigger]) -> list[Drift]:
    files = {trigger.name: trigger for trigger in listed}
    found = triggers_of(connection)
    if found is None:
        return []
    who = definer.chosen(connection)
    drifts = [drift for trigger in files.values() if (drift := _drift(trigger, found, who))]
    drifts += [
        Drift(name=name, kind="unexpected")
        for name, trigger in found.items()
        if SWITCH in trigger.body and name not in files
    ]
    return sorted(drifts, key=lambda drift: drift.name)


def are_seen(connection: Connection) -> bool:
    """Whether this account can see triggers at all, by itself or through the probe."""
    return triggers_of(connection) is not None


def are_none(connection: Connection) -> bool:
    """Whether no trigger of ours is there, as far as this account can tell."""
    names = set(sql.project_of(connection).names("triggers"))
    found = triggers_of(connection)
    return found is not None and not names & set(found)


def _keys(connection: Connection) -> Mapping[str, Keys]:
    """The unique keys that an insert can meet: on whole columns that are stored as they are written."""
    columns = columns_of(connection, _TABLES)
    keys: dict[str, list[tuple[str, ...]]] = {}
    for (table, _), index in sorted(indexes_of(connection, _TABLES).items()):
        is_stored = all(not columns[table, name].expression for name in index.columns if (table, name) in columns)
        if index.is_unique and index.is_plain and is_stored:
            keys.setdefault(table, []).append(index.columns)
    return keys


def _drift(trigger: Trigger, found: Mapping[str, Installed], who: Account) -> Drift | None:
    here = found.get(trigger.name)
    if here is None:
        return Drift(name=trigger.name, kind="missing")
    before = found.get(trigger.follows) if trigger.follows else None
    in_order = before is None or before.position < here.position
    if _fingerprint(here) != _fingerprint(trigger) or not in_order:
        return Drift(name=trigger.name, kind="changed")
    return None if here.definer == str(who) else Drift(name=trigger.name, kind="definer")


def _fingerprint(trigger: Trigger | Installed) -> str:
    """Hash of what a trigger does, however it is indented; servers show literals with their escapes resolved."""
    parts = (trigger.timing, trigger.event, trigger.table, trigger.body.replace("\\", ""))
    return hashlib.sha256(" ".join(" ".join(parts).split()).encode()).hexdigest()
