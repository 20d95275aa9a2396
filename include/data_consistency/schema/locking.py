"""One change of a schema at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency.db import marker
from data_consistency.db.transactions import cleaning_up, connected, translated
from data_consistency.errors import DatabaseUnavailable
from data_consistency.schema import ddl

_LOCK_SECONDS = 30
# Of the name of a lock.
_MOST_LETTERS = 64


@contextmanager
def locked(engine: Engine) -> Iterator[Connection]:
    """One connection, and no second migration beside it; its statements give way to whoever is at work."""
    with translated(), connected(engine) as connection:
        name = f"consistency_migrate:{marker.schema_name(connection)}"[:_MOST_LETTERS]
        got = connection.exec_driver_sql("SELECT GET_LOCK(%s, %s)", (name, _LOCK_SECONDS)).scalar_one()
        if got != 1:
            raise DatabaseUnavailable("another migration is running in this schema; wait for it and try again")
        try:
            with ddl.patient(connection):
                yield connection
        finally:
            with cleaning_up(connection):
                connection.exec_driver_sql("SELECT RELEASE_LOCK(%s)", (name,))
