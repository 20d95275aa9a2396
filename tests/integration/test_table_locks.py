"""Changes of tables give way to whoever is at work, and name who is in the way."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.errors import DatabaseUnavailable
from data_consistency.schema import ddl, migrations
from tests.worlds import make_engine

_WAITING = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE '%metadata lock%'"
_MOST_LOOKS = 100_000


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """A schema that holds the source and nothing of ours."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two attempts with next to no pause, instead of six within half a minute."""
    monkeypatch.setattr(ddl, "ATTEMPTS", 2)
    monkeypatch.setattr(ddl, "PAUSE_SECONDS", 0.01)


def _migrate(engine: Engine) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test")


def _hold(session: Connection, table: str) -> int:
    """Leave a transaction open that has read a table; the number of its connection."""
    session.exec_driver_sql(f"SELECT COUNT(*) FROM {table}")
    return int(session.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one())


def _until_waiting(engine: Engine) -> None:
    with engine.connect() as connection:
        for _ in range(_MOST_LOOKS):
            if connection.execute(text(_WAITING)).scalar_one():
                return
    pytest.fail("nobody waits for a table")


def _beside(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Some work in a thread of its own, and what came of it."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except DatabaseUnavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("table", ["calls", "appointments", "customers"])
def test_a_table_in_use_is_refused_with_who_uses_it(source: Engine, table: str) -> None:
    """Neither migrating nor rolling back waits for long; each goes on from there once the table is free."""
    with source.connect() as other:
        number = _hold(other, table)
        with pytest.raises(
            DatabaseUnavailable, match=f"table {table} is in use: .*connection {number} of account 'root'"
        ):
            _migrate(source)
        other.rollback()
        version = _migrate(source)

        _hold(other, table)
        with pytest.raises(DatabaseUnavailable, match=f"table {table} is in use"):
            migrations.rollback(source)
        other.rollback()

    assert migrations.latest() == version
    assert migrations.rollback(source) is None


def test_a_migration_goes_on_when_the_table_is_free(source: Engine) -> None:
    """It tries again by itself, and nobody has to repeat the command."""
    with source.connect() as other:
        _hold(other, "calls")
        thread, outcome = _beside(lambda: _migrate(source))
        _until_waiting(source)
        other.rollback()
        thread.join()

    assert [migrations.latest()] == outcome


def test_who_comes_later_waits_a_moment_only(source: Engine) -> None:
    """A statement behind the migration is served though the table stays in use, for the migration lets it pass."""
    with source.connect() as other, source.connect() as application:
        application.exec_driver_sql("SET SESSION lock_wait_timeout = 10")
        application.commit()
        _hold(other, "calls")
        thread, outcome = _beside(lambda: _migrate(source))
        _until_waiting(source)
        application.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A')"))
        application.execute(text("INSERT INTO calls (company_id, retell_call_id) VALUES (1, 'call_1')"))
        application.commit()
        other.rollback()
        thread.join()

    assert [migrations.latest()] == outcome
