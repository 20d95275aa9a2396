"""Triggers on the source tables: install, drop, verify.

A trigger is ours when a file of sql/triggers/ bears its name, or when its body reads our switch: what an older version
of ours left behind. No other trigger is ever touched.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import DatabaseRefused, InvalidRule
from data_consistency.project import Project
from data_consistency.rules.functions import read_sql
from data_consistency.schema import mapped_views

_SWITCH = "@consistency_triggers"
_STATEMENT = re.compile(
    r"^CREATE (?:DEFINER=\S+ )?TRIGGER `?(?P<name>\w+)`?"
    r"\s+(?P<timing>BEFORE|AFTER) (?P<event>INSERT|UPDATE|DELETE) ON `?(?P<table>\w+)`?"
    r"\s+FOR EACH ROW(?:\s+FOLLOWS `?(?P<follows>\w+)`?)?\s+(?P<body>BEGIN\b.*\bEND)$",
    re.MULTILINE | re.DOTALL,
)
# On a table that does not exist: the server looks at rights before it looks for the table, and nothing is ever made.
_PROBE = "CREATE TRIGGER consistency_probe BEFORE INSERT ON consistency_no_such_table FOR EACH ROW SET @consistency = 1"
_REFUSALS = {
    1419: (
        "the server writes a binary log and lets only accounts with SUPER create triggers (error 1419); have its"
        " administrator set log_bin_trust_function_creators = 1 while this runs, or migrate with --without-triggers"
    ),
    1142: (
        "this account may not create triggers (error 1142); it needs TRIGGER on the schema, as `consistency grants"
        " migrator` says, or migrate with --without-triggers"
    ),
}
# Without it the driver takes the percent signs of LIKE for parameters.
_VERBATIM = {"no_parameters": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A trigger that is not as its file has it."""

    name: str
    kind: Literal["missing", "changed", "unexpected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trigger:
    name: str
    statement: str
    fingerprint: str
    follows: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Installed:
    fingerprint: str
    position: int
    ours_by_body: bool


def install(connection: Connection) -> None:
    """Install every trigger of the project, in the order they ask for; nothing is done when all are as they should be.

    Nothing is done either where the tables are views, which have none.

    The order of triggers of one event is the order of their creation, so all are replaced as soon as one differs.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
        DatabaseRefused: the account may not create triggers; nothing was changed.
    """
    wanted = _ordered(_read(sql.project_of(connection)))
    if cannot_be(connection) or not verify(connection):
        return
    require_allowed(connection)
    drop(connection)
    for trigger in wanted:
        connection.exec_driver_sql(trigger.statement, execution_options=_VERBATIM)


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


def drop(connection: Connection) -> None:
    """Drop our triggers, and no other.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
    """
    names = {trigger.name for trigger in _read(sql.project_of(connection))}
    leftovers = {name for name, found in _installed(connection).items() if found.ours_by_body}
    for name in sorted(names | leftovers):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS `{name}`")


def verify(connection: Connection) -> list[Drift]:
    """Compare the triggers of the schema with the files: text, table, event and order; views need none.

    Raises:
        InvalidRule: a file is not one trigger of its own name.
    """
    wanted = {} if cannot_be(connection) else {trigger.name: trigger for trigger in _read(sql.project_of(connection))}
    found = _installed(connection)
    drifts = [Drift(name=name, kind="missing") for name in wanted if name not in found]
    drifts += [
        Drift(name=name, kind="changed")
        for name, trigger in wanted.items()
        if name in found and not _is_current(trigger, found)
    ]
    drifts += [
        Drift(name=name, kind="unexpected")
        for name, trigger in found.items()
        if trigger.ours_by_body and name not in wanted
    ]
    return sorted(drifts, key=lambda drift: drift.name)


def _is_current(trigger: _Trigger, found: Mapping[str, _Installed]) -> bool:
    here = found[trigger.name]
    before = found.get(trigger.follows) if trigger.follows else None
    in_order = trigger.follows is None or before is None or before.position < here.position
    return here.fingerprint == trigger.fingerprint and in_order


def _read(project: Project) -> list[_Trigger]:
    triggers = []
    for name in project.names("triggers"):
        match = _STATEMENT.search(read_sql(project, "triggers", name))
        if match is None or match["name"] != name:
            raise InvalidRule(f"sql/triggers/{name}.sql: must hold one statement CREATE TRIGGER {name}")
        if _SWITCH not in match["body"]:
            raise InvalidRule(f"sql/triggers/{name}.sql: must look at {_SWITCH}, so that undo can switch it off")
        triggers.append(
            _Trigger(
                name=match["name"],
                statement=match.group(0),
                fingerprint=_fingerprint(match.group(0)),
                follows=match["follows"],
            )
        )
    return triggers


def _ordered(triggers: Sequence[_Trigger]) -> list[_Trigger]:
    """Each after the one it follows."""
    ordered: list[_Trigger] = []
    waiting = list(triggers)
    while waiting:
        known = {trigger.name for trigger in ordered}
        ready = [trigger for trigger in waiting if trigger.follows is None or trigger.follows in known]
        if not ready:
            raise InvalidRule(
                f"sql/triggers/{waiting[0].name}.sql: follows '{waiting[0].follows}', which no file creates before it"
            )
        ordered += ready
        waiting = [trigger for trigger in waiting if trigger not in ready]
    return ordered


def _installed(connection: Connection) -> dict[str, _Installed]:
    return {
        str(row["name"]): _Installed(
            fingerprint=_fingerprint(_text_of(connection, str(row["name"]))),
            position=int(row["position"]),
            ours_by_body=_SWITCH in str(row["body"]),
        )
        for row in sql.run(connection, "installed_triggers").mappings()
    }


def _text_of(connection: Connection, name: str) -> str:
    """The statement as it was sent: information_schema shows literals with their escapes resolved."""
    return str(connection.exec_driver_sql(f"SHOW CREATE TRIGGER `{name}`").one()[2])


def _fingerprint(statement: str) -> str:
    """Hash of what a trigger does, whoever defined it and however it is indented."""
    match = _STATEMENT.search(statement)
    parts = [match["timing"], match["event"], match["table"], match["body"]] if match else [statement]
    return hashlib.sha256(" ".join(" ".join(parts).split()).encode()).hexdigest()
