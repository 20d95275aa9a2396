"""No order of the usual statements ends in a lie.

A model of the database's users: the voice agent, the calendar, the office. Whatever they write in whatever order, no
call claims a booking without an appointment (one that waits soft-deleted for a reviewer apart), every call with an
appointment is booked, and writing a row without changing it changes nothing.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.schema import migrations
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

CUSTOMERS = (
    (1, "+491700000001"),
    (2, "+491700000002"),
    (3, "+491700000002"),  # shares the number of customer 2
    (4, None),
)
OUTCOMES = (None, "appointment_booked", "appointment_scheduled", "information_only", "appointment_rescheduled")
NUMBERS = (None, "anonymous", "+491700000001", "+491700000002", "anonymous_1700000000_0a1b2c3d")
STATUSES = ("pending", "confirmed", "cancelled", "rejected", "failed", "completed")
SLOTS = st.integers(1, 4)

_EVIDENCE = "SELECT 1 FROM appointments AS a WHERE a.call_id = c.id AND {} AND a.status NOT IN ('rejected', 'failed')"
_CLAIM = (
    "(c.appointment_made = 1 OR COALESCE(c.session_outcome, '') IN ('appointment_booked', 'appointment_scheduled'))"
)
PHANTOMS = f"SELECT c.id FROM calls AS c WHERE {_CLAIM} AND NOT EXISTS ({_EVIDENCE.format('TRUE')})"
UNBOOKED = (
    f"SELECT c.id FROM calls AS c WHERE EXISTS ({_EVIDENCE.format('a.deleted_at IS NULL')})"
    " AND NOT (c.appointment_made = 1 AND c.appointment_link_status = 'linked' AND c.appointment_linked_at IS NOT NULL"
    " AND c.session_outcome IS NOT NULL)"
)
UNTOLD = (
    "SELECT c.id FROM calls AS c WHERE c.appointment_link_status = 'pending_creation' AND NOT EXISTS ("
    "SELECT 1 FROM data_consistency_alerts AS p WHERE p.entity_id = c.id AND p.alert_type = 'booking_claim_parked'"
    " AND p.status = 'parked')"
)
STRANGERS = (
    "SELECT c.id FROM calls AS c WHERE (c.customer_id IS NULL AND (c.customer_link_status = 'linked'"
    " OR c.customer_link_method IS NOT NULL OR c.customer_link_confidence IS NOT NULL))"
    " OR (c.customer_link_status = 'linked' AND c.customer_link_confidence IS NULL)"
    " OR (c.customer_link_method = 'phone_match' AND NOT COALESCE(c.from_number LIKE '+%', 0))"
)
NOWHERE = "SELECT c.id FROM calls AS c WHERE COALESCE(c.direction, '') NOT IN ('inbound', 'outbound')"
STATE = (
    "SELECT id, direction, appointment_made, appointment_link_status, appointment_linked_at, session_outcome,"
    " customer_id, customer_link_status, customer_link_method, customer_link_confidence, customer_linked_at"
    " FROM calls ORDER BY id"
)
ALERTS = "SELECT id, status, occurrences FROM data_consistency_alerts ORDER BY id"


class Office(RuleBasedStateMachine):
    """Everybody who writes to calls and appointments."""

    engine: Engine
    appointments: Bundle[int] = Bundle("appointments")

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def teardown(self) -> None:
        self.connection.close()

    def run(self, statement: str, **params: object) -> list[tuple[object, ...]]:
        result = self.connection.execute(text(statement), params)
        return [tuple(row) for row in result] if result.returns_rows else []

    @initialize()
    def empty(self) -> None:
        self.run("SET @consistency_triggers = 'off'")
        for table in ("appointments", "calls", "data_consistency_alerts"):
            self.run(f"DELETE FROM {table}")
        self.run("SET @consistency_triggers = NULL")

    @rule(
        call=SLOTS,
        made=st.integers(0, 1),
        outcome=st.sampled_from(OUTCOMES),
        customer=st.none() | SLOTS,
        number=st.sampled_from(NUMBERS),
    )
    def insert_call(self, call: int, made: int, outcome: str | None, customer: int | None, number: str | None) -> None:
        self.run(
            "INSERT IGNORE INTO calls (id, company_id, retell_call_id, appointment_made, session_outcome, customer_id,"
            " from_number) VALUES (:id, 1, :id, :made, :outcome, :customer, :number)",
            id=call,
            made=made,
            outcome=outcome,
            customer=customer,
            number=number,
        )

    @rule(call=SLOTS, made=st.integers(0, 1), outcome=st.sampled_from(OUTCOMES))
    def upsert_call(self, call: int, made: int, outcome: str | None) -> None:
        self.run(
            "INSERT INTO calls (id, company_id, retell_call_id, appointment_made, session_outcome)"
            " VALUES (:id, 1, :id, :made, :outcome) ON DUPLICATE KEY UPDATE"
            " appointment_made = VALUES(appointment_made), session_outcome = VALUES(session_outcome)",
            id=call,
            made=made,
            outcome=outcome,
        )

    @rule(call=SLOTS, made=st.integers(0, 1))
    def set_flag(self, call: int, made: int) -> None:
        self.run("UPDATE calls SET appointment_made = :made WHERE id = :id", id=call, made=made)

    @rule(call=SLOTS, outcome=st.sampled_from(OUTCOMES))
    def set_outcome(self, call: int, outcome: str | None) -> None:
        self.run("UPDATE calls SET session_outcome = :outcome WHERE id = :id", id=call, outcome=outcome)

    @rule(call=SLOTS, made=st.integers(0, 1), outcome=st.sampled_from(OUTCOMES))
    def set_both(self, call: int, made: int, outcome: str | None) -> None:
        self.run(
            "UPDATE calls SET appointment_made = :made, session_outcome = :outcome WHERE id = :id",
            id=call,
            made=made,
            outcome=outcome,
        )

    @rule(call=SLOTS, direction=st.sampled_from((None, "", "outbound", "INBOUND")))
    def set_direction(self, call: int, direction: str | None) -> None:
        self.run("UPDATE calls SET direction = :direction WHERE id = :id", id=call, direction=direction)

    @rule(call=SLOTS, customer=st.none() | SLOTS)
    def set_customer(self, call: int, customer: int | None) -> None:
        self.run("UPDATE calls SET customer_id = :customer WHERE id = :id", id=call, customer=customer)

    @rule(
        target=appointments,
        call=st.none() | SLOTS,
        status=st.sampled_from(STATUSES),
        deleted=st.booleans(),
        customer=st.none() | SLOTS,
    )
    def insert_appointment(self, call: int | None, status: str, deleted: bool, customer: int | None) -> int:
        result = self.connection.execute(
            text(
                "INSERT INTO appointments (company_id, call_id, customer_id, status, deleted_at)"
                " VALUES (1, :call, :customer, :status, IF(:deleted, NOW(), NULL))"
            ),
            {
                "call": call if self.exists(call) else None,
                "customer": customer,
                "status": status,
                "deleted": deleted,
            },
        )
        return int(result.lastrowid)

    @rule(appointment=appointments)
    def delete_appointment(self, appointment: int) -> None:
        self.run("DELETE FROM appointments WHERE id = :id", id=appointment)

    @rule(appointment=appointments)
    def soft_delete_appointment(self, appointment: int) -> None:
        self.run("UPDATE appointments SET deleted_at = NOW() WHERE id = :id", id=appointment)

    @rule(appointment=appointments)
    def restore_appointment(self, appointment: int) -> None:
        self.run("UPDATE appointments SET deleted_at = NULL WHERE id = :id", id=appointment)

    @rule(appointment=appointments, call=st.none() | SLOTS)
    def move_appointment(self, appointment: int, call: int | None) -> None:
        call = call if self.exists(call) else None
        self.run("UPDATE appointments SET call_id = :call WHERE id = :id", id=appointment, call=call)

    @rule(appointment=appointments, status=st.sampled_from(STATUSES))
    def set_status(self, appointment: int, status: str) -> None:
        self.run("UPDATE appointments SET status = :status WHERE id = :id", id=appointment, status=status)

    @rule(appointment=appointments, call=SLOTS, status=st.sampled_from(STATUSES), deleted=st.booleans())
    def change_everything(self, appointment: int, call: int, status: str, deleted: bool) -> None:
        self.run(
            "UPDATE appointments SET call_id = :call, status = :status, deleted_at = IF(:deleted, NOW(), NULL)"
            " WHERE id = :id",
            id=appointment,
            call=call if self.exists(call) else None,
            status=status,
            deleted=deleted,
        )

    @rule(call=SLOTS)
    def delete_call(self, call: int) -> None:
        self.run("DELETE FROM calls WHERE id = :id", id=call)

    def exists(self, call: int | None) -> bool:
        return bool(self.run("SELECT 1 FROM calls WHERE id = :id", id=call))

    @invariant()
    def nobody_claims_a_booking_without_an_appointment(self) -> None:
        assert self.run(PHANTOMS) == []

    @invariant()
    def every_appointment_is_on_its_call(self) -> None:
        assert self.run(UNBOOKED) == []

    @invariant()
    def every_parked_claim_is_kept(self) -> None:
        assert self.run(UNTOLD) == []

    @invariant()
    def links_say_what_is_known(self) -> None:
        assert self.run(STRANGERS) == []
        assert self.run(NOWHERE) == []

    @invariant()
    def touching_rows_flips_nothing(self) -> None:
        before = (self.run(STATE), self.run(ALERTS))
        self.run("UPDATE calls SET updated_at = NOW() - INTERVAL FLOOR(RAND() * 1000) SECOND")
        self.run("UPDATE appointments SET updated_at = NOW() - INTERVAL FLOOR(RAND() * 1000) SECOND")
        assert (self.run(STATE), self.run(ALERTS)) == before


@pytest.fixture
def office(empty_schema: str) -> Iterator[type[Office]]:
    """The model on a migrated schema."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    migrations.migrate(engine, adopt=str(engine.url.database), environment="test")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'One')"))
        for customer, phone in CUSTOMERS:
            connection.execute(
                text("INSERT INTO customers (id, company_id, name, phone) VALUES (:id, 1, 'x', :phone)"),
                {"id": customer, "phone": phone},
            )
    yield type("OfficeHere", (Office,), {"engine": engine})
    engine.dispose()


def test_no_order_of_statements_ends_in_a_lie(office: type[Office]) -> None:
    """Random sequences of the usual statements; the same ones every time."""
    run_state_machine_as_test(
        office,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
