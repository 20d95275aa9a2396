"""A server that writes a binary log lets few create triggers: said before anything is changed, with what to ask for."""

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.errors import DatabaseRefused
from data_consistency.project import shipped
from data_consistency.schema import inventory, migrations, triggers
from data_consistency.schema.grants import statements
from tests import worlds
from tests.schemas import PREFIX
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

_TRUST = "log_bin_trust_function_creators"
_SMALL = ("--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0")


@pytest.fixture(scope="module")
def logging_server(
    database_server: private.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[private.Server]:
    """A server of this kind that writes a binary log, as MySQL does unless told otherwise."""
    data_dir = tmp_path_factory.mktemp("logging")
    yield private.start(data_dir, kind=database_server.kind, options=[*_SMALL, "--log-bin=log", "--server-id=1"])
    private.stop(data_dir)


@pytest.fixture
def administrator(logging_server: private.Server) -> Iterator[Engine]:
    """The server's root, in a schema of the source."""
    schema = f"{PREFIX}{secrets.token_hex(6)}"
    logging_server.create_schema(schema)
    engine = make_engine(logging_server.url(schema))
    with engine.begin() as connection:
        create_source_schema(connection)
    yield engine
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET GLOBAL {_TRUST} = 0")
        connection.exec_driver_sql(f"DROP DATABASE `{schema}`")
    engine.dispose()


@pytest.fixture
def migrator(administrator: Engine) -> Iterator[Engine]:
    """The same schema, as the user that `consistency grants migrator` makes."""
    url = administrator.url.set(username="t_migrator", password="secret")
    _make_user(administrator, statements(shipped(), "migrator", user="t_migrator@localhost", schema=str(url.database)))
    text_of = statements(shipped(), "definer", user="consistency_definer@localhost", schema=str(url.database))
    with administrator.begin() as connection:
        for statement in inventory.statements(text_of):
            connection.exec_driver_sql(statement)
    engine = make_engine(url)
    yield engine
    engine.dispose()


def _make_user(administrator: Engine, grants: str) -> None:
    with administrator.begin() as connection:
        connection.exec_driver_sql("DROP USER IF EXISTS 't_migrator'@'localhost'")
        connection.exec_driver_sql("CREATE USER 't_migrator'@'localhost' IDENTIFIED BY 'secret'")
        for statement in grants.split(";\n"):
            connection.exec_driver_sql(statement.rstrip(";"))


def _migrate(engine: Engine, *, with_triggers: bool = True) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", triggers=with_triggers)


def _schema(engine: Engine) -> list[object]:
    """Its tables and views, and each column."""
    with engine.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT table_name, column_name, column_type FROM information_schema.columns"
                    " WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"
                )
            )
        )


def test_a_migration_that_could_create_no_triggers_changes_nothing(administrator: Engine, migrator: Engine) -> None:
    """The setting to ask for is named; with it the same command ends with all triggers in place."""
    before = _schema(administrator)

    with pytest.raises(DatabaseRefused, match=rf"error 1419\).*set {_TRUST} = 1"):
        _migrate(migrator)
    assert before == _schema(administrator)

    with administrator.begin() as connection:
        connection.exec_driver_sql(f"SET GLOBAL {_TRUST} = 1")
    assert migrations.latest() == _migrate(migrator)
    with migrator.connect() as connection:
        assert [] == triggers.verify(connection)


def test_a_schema_whose_triggers_are_in_place_is_migrated_without_the_setting(
    administrator: Engine, migrator: Engine
) -> None:
    """It is needed to create triggers, not to find them as they should be."""
    with administrator.begin() as connection:
        connection.exec_driver_sql(f"SET GLOBAL {_TRUST} = 1")
    _migrate(migrator)
    with administrator.begin() as connection:
        connection.exec_driver_sql(f"SET GLOBAL {_TRUST} = 0")

    assert migrations.latest() == migrations.migrate(migrator)


def test_triggers_are_not_dropped_where_they_could_not_be_created_again(
    administrator: Engine, migrator: Engine
) -> None:
    """What is refused leaves the others as they are."""
    assert migrations.latest() == _migrate(migrator, with_triggers=False)
    with administrator.begin() as connection:
        triggers.install(connection)
        connection.exec_driver_sql("DROP TRIGGER before_insert_call_set_direction")
        left = triggers.verify(connection)
    assert left

    with pytest.raises(DatabaseRefused, match="error 1419"), migrator.begin() as connection:
        triggers.install(connection)

    with administrator.connect() as connection:
        assert left == triggers.verify(connection)


def test_an_account_without_the_right_is_told_which(administrator: Engine, migrator: Engine) -> None:
    """Everything but TRIGGER is not enough, and is found out before the first table is made."""
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW"
    _make_user(administrator, f"GRANT {rights} ON `{migrator.url.database}`.* TO 't_migrator'@'localhost';")
    with administrator.begin() as connection:
        connection.exec_driver_sql(f"SET GLOBAL {_TRUST} = 1")
    before = _schema(administrator)

    with pytest.raises(DatabaseRefused, match=r"error 1142\); it needs TRIGGER on the schema"):
        _migrate(migrator)

    assert before == _schema(administrator)


def test_the_doctor_names_a_log_that_refuses_our_writes(administrator: Engine) -> None:
    """Written by statement it takes nothing of sessions that read what is committed."""
    migrations.migrate(administrator, adopt=str(administrator.url.database), environment="test")
    rt = worlds.runtime(administrator.url.render_as_string(hide_password=False))
    before = {sign.name: sign for sign in pipeline.examine(rt)}["server binary log"]
    with administrator.begin() as connection:
        connection.exec_driver_sql("SET GLOBAL binlog_format = 'STATEMENT'")

    after = {sign.name: sign for sign in pipeline.examine(rt)}["server binary log"]
    with administrator.begin() as connection:
        connection.exec_driver_sql("SET GLOBAL binlog_format = 'ROW'")
    rt.engine.dispose()

    assert (True, False) == (before.ok, after.ok)
    assert "binlog_format = 'ROW'" in after.remedy
