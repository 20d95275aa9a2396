"""Triggers act as an account that stays: whoever migrated may go, and the application writes on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.errors import WrongUse
from data_consistency.project import shipped
from data_consistency.schema import definer, drift, inventory, migrations, triggers
from data_consistency.schema.grants import statements
from data_consistency.schema.installed import triggers_of
from tests import worlds
from tests.worlds import make_engine

_APP = "'t_application'@'localhost'"
_CALL = "INSERT INTO calls (company_id, retell_call_id, appointment_made) VALUES (1, :number, 1)"


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """A schema that holds the source, an application that may write its tables, and no account of ours."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A')"))
        connection.exec_driver_sql(f"CREATE USER IF NOT EXISTS {_APP} IDENTIFIED BY 'secret'")
        for table in ("calls", "appointments"):
            connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_APP}")
    _forget(engine, "consistency_definer")
    yield engine
    # What other tests of this server rely on is made anew where it is needed.
    for name in ("consistency_definer", "t_application", "t_migrator", "t_reader", "t_corrector", "t_own_definer"):
        _forget(engine, name)
    engine.dispose()


def _forget(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP USER IF EXISTS '{name}'@'localhost'")


def _as_role(engine: Engine, role: str) -> Engine:
    """An account that has what `consistency grants` prints for its role, and nothing else."""
    name = f"t_{role}"
    _forget(engine, name)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE USER '{name}'@'localhost' IDENTIFIED BY 'secret'")
    _grant(engine, role, f"{name}@localhost")
    return make_engine(engine.url.set(username=name, password="secret"))


def _grant(engine: Engine, role: str, user: str) -> None:
    listed = inventory.statements(statements(shipped(), role, user=user, schema=str(engine.url.database)))
    with engine.begin() as connection:
        for statement in listed:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _migrate(engine: Engine, **options: str) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", **options)


def _writes(engine: Engine, number: str) -> bool:
    """Whether the application can write a call, and its claim is parked."""
    application = make_engine(engine.url.set(username="t_application", password="secret"))
    try:
        with application.begin() as connection:
            connection.execute(text(_CALL), {"number": number})
            status = "SELECT appointment_link_status FROM calls WHERE retell_call_id = :number"
            return connection.execute(text(status), {"number": number}).scalar_one() == "pending_creation"
    finally:
        application.dispose()


def _alerts(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT COUNT(*) FROM data_consistency_alerts")).scalar_one())


def _faults(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = [str(fault) for fault in drift.look(connection)]
        connection.rollback()
        return found


def test_the_application_writes_on_when_the_migrator_has_gone(source: Engine) -> None:
    """Its rights are revoked, then it is dropped, as the grants advise: triggers act all the same."""
    _grant(source, "definer", str(definer.DEFAULT))
    migrator = _as_role(source, "migrator")
    _migrate(migrator)
    migrator.dispose()

    with source.begin() as connection:
        connection.exec_driver_sql("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 't_migrator'@'localhost'")
    assert _writes(source, "call_1")
    _forget(source, "t_migrator")

    assert _writes(source, "call_2")
    assert 2 == _alerts(source)
    assert [] == _faults(source)


def test_nobody_signs_in_as_the_definer_and_it_has_the_least_rights(source: Engine) -> None:
    """It is locked, may write the columns that triggers write and the alerts, and nothing else."""
    _migrate(source)

    with source.connect() as connection:
        locked = connection.exec_driver_sql("SHOW CREATE USER 'consistency_definer'@'localhost'").scalar_one()
        listed = connection.exec_driver_sql("SHOW GRANTS FOR 'consistency_definer'@'localhost'").scalars().all()

    rights = " ".join(str(line) for line in listed)
    assert "ACCOUNT LOCK" in str(locked)
    assert not [word for word in ("DELETE", "DROP", "ALTER", "CREATE", "SUPER", "*.* TO") if word in rights[30:]][:-1]
    assert "UPDATE (`" in rights


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("DROP USER 'consistency_definer'@'localhost'", "the account consistency_definer@localhost does not exist"),
        (
            "REVOKE SELECT ON {schema}.appointments FROM 'consistency_definer'@'localhost'",
            "SELECT command denied",
        ),
        ("REVOKE TRIGGER ON {schema}.calls FROM 'consistency_definer'@'localhost'", "TRIGGER command denied"),
        (
            "REVOKE INSERT ON {schema}.data_consistency_alerts FROM 'consistency_definer'@'localhost'",
            "INSERT command denied",
        ),
    ],
)
def test_a_definer_that_is_gone_or_may_not_is_named_and_mended(source: Engine, harm: str, told: str) -> None:
    """Doctor names it with the remedy, for the corrector too; migrating makes it anew."""
    _migrate(source)
    corrector = _as_role(source, "corrector")
    with source.begin() as connection:
        connection.exec_driver_sql(harm.format(schema=source.url.database))

    signs = {
        sign.name: sign
        for sign in pipeline.examine(worlds.runtime(corrector.url.render_as_string(hide_password=False)))
    }
    _migrate(source)

    assert not signs["triggers"].ok
    assert told in signs["triggers"].detail
    assert "consistency grants definer --user consistency_definer@localhost" in signs["triggers"].remedy
    assert _writes(source, "call_1")
    assert [] == _faults(source)
    corrector.dispose()


def test_without_an_account_that_stays_there_are_no_triggers(source: Engine) -> None:
    """A migrator that can neither make nor name one leaves them out and says so; the next one adds them."""
    migrator = _as_role(source, "migrator")

    version = _migrate(migrator)
    left = _faults(source)
    _grant(source, "definer", str(definer.DEFAULT))
    _migrate(migrator)

    assert migrations.latest() == version
    assert any("consistency_definer@localhost does not exist" in line for line in left)
    assert all("trigger" in line for line in left)
    assert [] == _faults(source)
    assert _writes(source, "call_1")
    migrator.dispose()


def test_triggers_of_an_account_that_has_gone_are_made_anew(source: Engine) -> None:
    """A schema of before, whose triggers belong to whoever migrated, is mended by the next migration."""
    _migrate(source)
    with source.begin() as connection:
        connection.exec_driver_sql("CREATE USER 't_migrator'@'localhost'")
        (first, *_) = [trigger for trigger in triggers.wanted(connection) if trigger.table == "calls"]
        connection.exec_driver_sql(f"DROP TRIGGER {first.name}")
        statement = first.statement("'t_migrator'@'localhost'")
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        connection.exec_driver_sql("DROP USER 't_migrator'@'localhost'")
    with pytest.raises(DBAPIError, match="1449"):
        _writes(source, "call_1")
    named = _faults(source)

    migrations.migrate(source)

    assert any(f"trigger {first.name} acts as another account" in line for line in named)
    assert _writes(source, "call_2")


def test_the_operator_names_the_account_once(source: Engine) -> None:
    """What is typed is remembered, and what cannot be an account is refused."""
    _migrate(source, definer="t_own_definer@localhost")
    migrations.migrate(source)

    with source.connect() as connection:
        ours = {trigger.name for trigger in triggers.wanted(connection)}
        found = triggers_of(connection) or {}
        assert {"t_own_definer@localhost"} == {found[name].definer for name in ours}
    with pytest.raises(WrongUse, match="name@host"):
        migrations.migrate(source, definer="no account")


def test_a_reader_says_what_it_cannot_see(source: Engine) -> None:
    """No trigger is called missing by an account that may see none; nothing else is called missing either."""
    _migrate(source)
    reader = _as_role(source, "reader")

    signs = {
        sign.name: sign for sign in pipeline.examine(worlds.runtime(reader.url.render_as_string(hide_password=False)))
    }

    assert signs["schema"].ok
    assert signs["triggers"].ok
    assert "this account cannot see them" in signs["triggers"].detail
    reader.dispose()
