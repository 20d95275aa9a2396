"""The triggers that are there, as far as anybody may see them, and what their account may not do.

Who lacks the right TRIGGER sees none, which is not the same as there being none. So the probe is asked: the trigger of
one table of ours acts as the triggers do, and tells what it sees.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql

PROBE = "consistency_trigger_probe_report"
_NO_SUCH_DEFINER = 1449
# Also a server that takes no writes.
_DENIED = frozenset({1044, 1142, 1143, 1290, 1792, 1836})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One trigger that is there."""

    name: str
    table: str
    timing: str
    event: str
    body: str
    position: int
    definer: str  # name@host


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the probe says."""

    triggers: tuple[Installed, ...] | None = None  # None: nobody told
    refused: str = ""  # what the triggers' account may not do; empty: it may do everything, or nobody told
    is_gone: bool = False  # the account of the probe's trigger does not exist


def triggers_of(connection: Connection) -> Mapping[str, Installed] | None:
    """The triggers of the schema by name; None: this account cannot learn of them."""
    found = ask(connection).triggers
    if found is None and _may_see(connection):
        found = _read(dict(row) for row in sql.run(connection, "installed_triggers").mappings())
    # Some rights let see some triggers, which would make the others look missing.
    return None if found is None else {trigger.name: trigger for trigger in found}


def ask(connection: Connection) -> Answer:
    """Ask the probe; its row is taken back."""
    try:
        with connection.begin_nested() as part:
            sql.run(connection, "ask_trigger_probe")
            row = sql.run(connection, "trigger_probe_answer").one()
            part.rollback()
    except DBAPIError as error:
        return _unanswered(error)
    if row.refused is None:
        return Answer()
    listed: Iterable[Mapping[str, Any]] = (
        {**each, "table_name": each["table"]} for each in json.loads(row.triggers or "[]")
    )
    return Answer(triggers=_read(listed), refused=str(row.refused))


def _unanswered(error: DBAPIError) -> Answer:
    code, words = server_errors.code_of(error), server_errors.words_of(error)
    if code == _NO_SUCH_DEFINER:
        return Answer(is_gone=True)
    if code == server_errors.NO_SUCH_TABLE:
        return Answer()
    if code not in _DENIED:
        raise error
    # The probe's own trigger may not act; else it is this account that may not ask.
    return Answer(refused=words if words.startswith("TRIGGER ") else "")


def _may_see(connection: Connection) -> bool:
    return bool(sql.run(connection, "may_see_triggers").scalar_one())


def _read(rows: Iterable[Mapping[str, Any]]) -> tuple[Installed, ...]:
    return tuple(
        Installed(
            name=str(row["name"]),
            table=str(row["table_name"]),
            timing=str(row["timing"]),
            event=str(row["event"]),
            body=str(row["body"]),
            position=int(row["position"]),
            definer=str(row["definer"]),
        )
        for row in rows
    )
