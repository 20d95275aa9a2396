"""Schemas are shared by tests that cannot notice it: each finds what was made, nothing of the one before."""

import pytest

from consistency_sandbox.servers import private
from tests import worlds
from tests.schemas import Schemas

_CHANGES = (
    "ALTER TABLE calls ADD COLUMN of_a_test INT",
    "DROP INDEX calls_status_created_index ON calls",
    "DROP TRIGGER before_appointment_insert_company_check",
    "DROP TABLE consistency_settings",
)
_ADDITIONS = (
    "CREATE TABLE of_a_test (id BIGINT UNSIGNED PRIMARY KEY, FOREIGN KEY (id) REFERENCES companies (id))",
    "CREATE VIEW of_a_test AS SELECT 1 AS one",
    "CREATE TRIGGER of_a_test BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = 'x'",
)


@pytest.fixture
def own() -> Schemas:
    """Schemas of this test alone."""
    return Schemas()


def _rows(url: str) -> list[object]:
    engine = worlds.make_engine(url)
    asked = [
        worlds.execute(engine, f"SELECT * FROM {table} ORDER BY 1")
        for table in ("companies", "phone_numbers", "calls", "customers", "consistency_marker", "consistency_settings")
    ]
    next_id = worlds.add_call(engine)
    engine.dispose()
    return [*asked, next_id]


@pytest.mark.every_server
def test_rows_and_next_numbers_are_as_they_were_made(own: Schemas, database_server: private.Server) -> None:
    """What one test inserts, changes and deletes, the next does not find; open sessions do not stand in its way."""
    with own.use(database_server, "t", worlds.create) as first:
        before = _rows(first)
        engine = worlds.make_engine(first)
        worlds.add_customer(engine)
        worlds.execute(engine, "UPDATE companies SET name = 'x' WHERE id = 1")
        worlds.execute(engine, "DELETE FROM phone_numbers")
        left_open = engine.connect()
        worlds.execute(engine, "SELECT COUNT(*) FROM calls")
        left_open.exec_driver_sql("SELECT * FROM calls FOR UPDATE")

    with own.use(database_server, "t", worlds.create) as second:
        assert (first, before) == (second, _rows(second))
    engine.dispose()


@pytest.mark.parametrize("change", _CHANGES)
def test_a_schema_that_a_test_altered_is_not_used_again(
    own: Schemas, database_server: private.Server, change: str
) -> None:
    """Another column or index, a table or trigger that is gone, makes it another schema."""
    with own.use(database_server, "t", worlds.create) as first:
        engine = worlds.make_engine(first)
        worlds.execute(engine, change)
        engine.dispose()

    with own.use(database_server, "t", lambda _url: None) as second:
        assert first != second


@pytest.mark.every_server
@pytest.mark.parametrize("addition", _ADDITIONS)
def test_what_a_test_only_added_is_taken_away(own: Schemas, database_server: private.Server, addition: str) -> None:
    """A table, view or trigger of its own; the schema is the next one's as it was made."""
    with own.use(database_server, "t", worlds.create) as first:
        before = _rows(first)
        engine = worlds.make_engine(first)
        worlds.execute(engine, addition)
        engine.dispose()

    with own.use(database_server, "t", worlds.create) as second:
        assert (first, before) == (second, _rows(second))
        engine = worlds.make_engine(second)
        worlds.execute(engine, "CREATE TABLE of_a_test (id INT PRIMARY KEY)")
        assert "x" != worlds.row(engine, "customers", worlds.add_customer(engine))["name"]
        engine.dispose()
