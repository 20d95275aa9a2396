"""One schema for the examples of all rules, without triggers: bad rows must be able to exist."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from data_consistency.db.engine import make_engine
from data_consistency.db.migrations import migrate
from data_consistency.local import mariadb
from data_consistency.local.source_schema import create_source_schema
from tests.conftest import drop_schema

_SCHEMA = "dc_test_rules"


@pytest.fixture(scope="session")
def rules_engine(mariadb_server: mariadb.Server) -> Iterator[Engine]:
    """An engine for the schema of the examples; foreign keys are not checked, as after years of hand-made changes."""
    mariadb_server.create_schema(_SCHEMA)
    engine = make_engine(mariadb_server.url(_SCHEMA))
    with engine.connect() as connection:
        create_source_schema(connection)
        connection.commit()
    migrate(engine, adopt=_SCHEMA, environment="test")
    with engine.connect() as connection:
        triggers = connection.exec_driver_sql(
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        ).scalars()
        for trigger in triggers.all():
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
    engine.dispose()

    def without_foreign_keys(dbapi_connection: object, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("SET SESSION foreign_key_checks = 0")

    event.listen(engine, "connect", without_foreign_keys)
    yield engine
    engine.dispose()
    drop_schema(mariadb_server, _SCHEMA)
