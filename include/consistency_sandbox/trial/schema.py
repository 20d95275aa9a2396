"""A throw-away schema for examples of rules: source and own tables, no triggers, so that bad rows can exist."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pymysql
from sqlalchemy import Engine, event

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency.db.engine import make_engine
from data_consistency.db.marker import Environment
from data_consistency.project import Project
from data_consistency.schema.migrations import migrate

PREFIX = "dc_examples_"


@contextmanager
def throw_away(server: private.Server, project: Project) -> Iterator[Engine]:
    """An engine on a schema made now and dropped afterwards; foreign keys are not checked there.

    Rows that no foreign key would allow are what years of changes by hand leave behind.
    """
    name = f"{PREFIX}{secrets.token_hex(6)}"
    server.create_schema(name)
    try:
        _prepare(server, name, project)
        engine = make_engine(server.url(name), project)
        event.listen(engine, "connect", _without_foreign_keys)
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        # Nobody else has had the time to guess the name, so what is dropped is what was made above.
        with closing(pymysql.connect(unix_socket=str(server.socket), user="root")) as connection:
            connection.cursor().execute(f"DROP DATABASE IF EXISTS `{name}`")


def _prepare(server: private.Server, name: str, project: Project) -> None:
    engine = make_engine(server.url(name), project)
    try:
        with engine.connect() as connection:
            create_source_schema(connection)
            connection.commit()
        migrate(engine, adopt=name, environment=Environment.TEST.value)
        with engine.connect() as connection:
            triggers = connection.exec_driver_sql(
                "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
            ).scalars()
            for trigger in triggers.all():
                connection.exec_driver_sql(f"DROP TRIGGER `{trigger}`")
    finally:
        engine.dispose()


def _without_foreign_keys(dbapi_connection: object, _record: object) -> None:
    with dbapi_connection.cursor() as cursor:  # type: ignore[attr-defined]  # a PyMySQL connection
        cursor.execute("SET SESSION foreign_key_checks = 0")
