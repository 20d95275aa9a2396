"""What the operator does not want, remembered in the schema, so that it is neither put back nor told as missing."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import WrongUse

CHANGE_COLUMNS = "change columns"  # nor lookups, nor any index
TRIGGERS = "triggers"
CHOICES = (CHANGE_COLUMNS, TRIGGERS)
_LEFT_OUT = "left_out"
_DEFINER = "definer"


def left_out(connection: Connection) -> frozenset[str]:
    """What the operator said is not wanted; nothing, where nobody said anything."""
    value = _read(connection, _LEFT_OUT) or ""
    return frozenset(name for name in value.split(",") if name in CHOICES)


def are_remembered(connection: Connection) -> bool:
    """Whether anybody was asked since choices are remembered."""
    return _read(connection, _LEFT_OUT) is not None


def leave_out(connection: Connection, unwanted: Iterable[str], *, actor: str, now: datetime) -> None:
    """Remember everything that is not wanted.

    Raises:
        WrongUse: it cannot be left out.
    """
    names = sorted(unwanted)
    for name in names:
        if name not in CHOICES:
            raise WrongUse(f"'{name}' cannot be left out; {', '.join(CHOICES)} can")
    _write(connection, _LEFT_OUT, ",".join(names), actor, now)


def want(connection: Connection, name: str, *, is_wanted: bool, actor: str, now: datetime) -> None:
    """Remember of one thing whether it is wanted."""
    others = left_out(connection) - {name}
    leave_out(connection, others if is_wanted else others | {name}, actor=actor, now=now)


def definer(connection: Connection) -> str | None:
    """The account that the operator named for the triggers, as name@host."""
    return _read(connection, _DEFINER)


def name_definer(connection: Connection, account: str, *, actor: str, now: datetime) -> None:
    """Remember the account of the triggers."""
    _write(connection, _DEFINER, account, actor, now)


def _write(connection: Connection, name: str, value: str, actor: str, now: datetime) -> None:
    if _read(connection, name) != value:
        sql.run(connection, "write_setting", name=name, value=value, actor=actor, now=now)


def _read(connection: Connection, name: str) -> str | None:
    try:
        value = sql.run(connection, "read_setting", name=name).scalar_one_or_none()
    except DBAPIError as error:
        if server_errors.code_of(error) != server_errors.NO_SUCH_TABLE:
            raise
        return None
    return None if value is None else str(value)
