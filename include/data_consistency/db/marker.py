"""The marker: nothing of ours is written to a schema that nobody declared to be ours."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.config import utc_now
from data_consistency.db import server_errors, sql
from data_consistency.errors import UnmarkedSchema, WrongUse


class Environment(StrEnum):
    """What a schema was declared to be."""

    OPERATIONAL = "operational"
    DEMO = "demo"
    TEST = "test"


def read_marker(connection: Connection) -> Environment | None:
    """What the schema was declared to be; None: nothing.

    Raises:
        DatabaseUnavailable: the database did not answer.
        DatabaseRefused: it says no.
        UnmarkedSchema: it was declared to be something that there is not.
    """
    try:
        value = sql.run(connection, "read_marker").scalar_one_or_none()
    except DBAPIError as error:
        if server_errors.code_of(error) == server_errors.NO_SUCH_TABLE:
            return None
        raise server_errors.told(error) from error
    if value is not None and value not in set(Environment):
        raise UnmarkedSchema(
            f"the marker of the schema says '{str(value)[:40]}'; use {', '.join(Environment)} or remove it"
        )
    return None if value is None else Environment(str(value))


def require_marker(connection: Connection, environments: frozenset[Environment] | None = None) -> Environment:
    """Refuse a schema that is not ours, or not of the kind wanted.

    Raises:
        UnmarkedSchema: names the schema and the next step.
    """
    found = read_marker(connection)
    if found is None:
        schema = schema_name(connection)
        raise UnmarkedSchema(
            f"schema '{schema}' does not carry our marker; nothing is written to it."
            f" If it is the right one: consistency migrate --adopt {schema}"
        )
    if environments is not None and found not in environments:
        wanted, schema = " or ".join(sorted(environments)), schema_name(connection)
        raise UnmarkedSchema(f"schema '{schema}' is marked '{found}', not {wanted}; nothing is written to it")
    return found


def write_marker(connection: Connection, environment: Environment, now: datetime) -> None:
    """Declare the schema to be ours."""
    sql.run(connection, "create_marker")
    sql.run(connection, "write_marker", environment=environment.value, now=now)


def adopt(connection: Connection, name: str, environment: str) -> None:
    """Declare the schema to be ours, on the operator's word.

    Args:
        connection: to the schema.
        name: the schema's own name, as the operator typed it.
        environment: what it is marked as.

    Raises:
        UnmarkedSchema: the connection works in another schema.
        WrongUse: unknown environment.
    """
    schema = schema_name(connection)
    if name != schema:
        raise UnmarkedSchema(f"--adopt {name}: the connection works in schema '{schema}'; type that name")
    write_marker(connection, environment_of(environment), utc_now().replace(tzinfo=None))


def environment_of(word: str) -> Environment:
    """What an operator says that a schema is.

    Raises:
        WrongUse: there is nothing of that name.
    """
    if word not in set(Environment):
        raise WrongUse(f"environment '{word}'; use {', '.join(Environment)}")
    return Environment(word)


def remove_marker(connection: Connection) -> None:
    """Take the declaration back; the last step of a rollback."""
    sql.run(connection, "drop_marker")


def schema_name(connection: Connection) -> str:
    """Name of the schema the connection works in."""
    return str(connection.exec_driver_sql("SELECT DATABASE()").scalar_one())
