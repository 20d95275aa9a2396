"""A world in which triggers are at work: one company, its number, and rows as somebody else writes them."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.schema import migrations
from tests.worlds import make_engine

OURS = "+4930100000"
THEIRS = "+491700000001"


@dataclass(frozen=True, slots=True)
class World:
    """A migrated schema with one company, one number of it and one customer."""

    engine: Engine

    def run(self, statement: str, **params: object) -> list[tuple[object, ...]]:
        """One statement of somebody else, in a transaction of its own."""
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), params)
            return [tuple(row) for row in result] if result.returns_rows else [(result.lastrowid,)]

    def call(self, **values: object) -> int:
        """Insert a call."""
        return self._insert("calls", {"company_id": 1, "retell_call_id": f"call_{self._next()}", **values})

    def appointment(self, call_id: int | None, **values: object) -> int:
        """Insert an appointment."""
        return self._insert("appointments", {"company_id": 1, "status": "confirmed", "call_id": call_id, **values})

    def customer(self, **values: object) -> int:
        """Insert a customer."""
        return self._insert("customers", {"company_id": 1, "name": "Eva Muster", "phone": THEIRS, **values})

    def update(self, table: str, row_id: int, **values: object) -> None:
        """Set columns of one row in one statement."""
        columns = ", ".join(f"{name} = :{name}" for name in values)
        self.run(f"UPDATE {table} SET {columns} WHERE id = :row_id", row_id=row_id, **values)

    def state(self, call_id: int) -> tuple[object, ...]:
        """Flag, link and outcome of a call."""
        (row,) = self.run(
            "SELECT appointment_made, appointment_link_status, session_outcome FROM calls WHERE id = :id", id=call_id
        )
        return row

    def link(self, call_id: int) -> tuple[object, ...]:
        """Customer link of a call: status, method, confidence, whether it has a time."""
        (row,) = self.run(
            "SELECT customer_link_status, customer_link_method, CAST(customer_link_confidence AS SIGNED),"
            " customer_linked_at IS NOT NULL FROM calls WHERE id = :id",
            id=call_id,
        )
        return row

    def direction(self, call_id: int) -> object:
        """Direction of a call."""
        return self.run("SELECT direction FROM calls WHERE id = :id", id=call_id)[0][0]

    def alerts(self) -> list[tuple[object, ...]]:
        """Type, id and status of the alerts."""
        return self.run("SELECT alert_type, entity_id, status FROM data_consistency_alerts ORDER BY id")

    def empty(self) -> None:
        """Remove the rows of one test."""
        with self.engine.begin() as connection:
            connection.execute(text("SET @consistency_triggers = 'off'"))
            for table in ("appointments", "calls", "customers", "data_consistency_alerts", "consistency_settings"):
                connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text("SET @consistency_triggers = NULL"))

    def _insert(self, table: str, row: dict[str, object]) -> int:
        columns, markers = ", ".join(row), ", ".join(f":{name}" for name in row)
        return int(str(self.run(f"INSERT INTO {table} ({columns}) VALUES ({markers})", **row)[0][0]))

    def _next(self) -> int:
        return int(str(self.run("SELECT COUNT(*) FROM calls")[0][0])) + 1


def create_world(url: str) -> World:
    """Made in an empty schema, with the source's own triggers and ours."""
    engine = make_engine(url)
    with engine.begin() as connection:
        create_source_schema(connection)
    migrations.migrate(engine, adopt=str(engine.url.database), environment="test")
    made = World(engine)
    made.run("INSERT INTO companies (id, name) VALUES (1, 'One'), (2, 'Two')")
    made.run("INSERT INTO phone_numbers (id, company_id, number, number_normalized) VALUES ('n1', 1, :n, :n)", n=OURS)
    return made
