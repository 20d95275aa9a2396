"""An insert that becomes an update is judged as that update, whatever brings it about."""

import random
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.schema import migrations
from tests.worlds import make_engine

OURS, THEIRS = "+4930100000", "+491700000001"
_JUDGED = (
    "direction",
    "customer_id",
    "customer_link_status",
    "customer_link_method",
    "customer_link_confidence",
    "appointment_made",
    "appointment_link_status",
    "session_outcome",
)
# What an application may send of each column; the words that triggers invent are among them.
_SENT: Mapping[str, tuple[object, ...]] = {
    "direction": (None, "", "inbound", "outbound", "OUTBOUND "),
    "from_number": (None, OURS, THEIRS, "anonymous"),
    "to_number": (None, OURS, THEIRS),
    "customer_id": (None, 1, 2),
    "customer_link_status": ("unlinked", "linked", "pending_review", "failed"),
    "customer_link_method": (None, "phone_match", "name_match", "manual_link"),
    "customer_link_confidence": (None, 85, 30),
    "appointment_made": (0, 1),
    "appointment_link_status": ("unlinked", "linked", "pending_creation"),
    "session_outcome": (None, "appointment_booked", "information_only"),
    "status": ("completed", "ongoing"),
}


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """A migrated schema with two customers, one of whom has the caller's number."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    migrations.migrate(engine, adopt=str(engine.url.database), environment="test")
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO companies (id, name) VALUES (1, 'A')")
        connection.execute(
            text("INSERT INTO phone_numbers (id, company_id, number, number_normalized) VALUES ('n', 1, :n, :n)"),
            {"n": OURS},
        )
        connection.execute(
            text(
                "INSERT INTO customers (id, company_id, name, phone) VALUES (1, 1, 'Eva', :n), (2, 1, 'Max', '030 1')"
            ),
            {"n": THEIRS},
        )
    yield engine
    engine.dispose()


def _insert(connection: Connection, row: Mapping[str, object], then: str = "") -> None:
    columns, markers = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO calls ({columns}) VALUES ({markers}) {then}"), row)


def _upsert(connection: Connection, row: Mapping[str, object], *, changed: Mapping[str, object]) -> None:
    """As Laravel's upsert() writes it."""
    listed = ", ".join(f"{name} = VALUES({name})" for name in changed)
    _insert(connection, {**row, **changed}, f"ON DUPLICATE KEY UPDATE {listed}")


def _judged(connection: Connection, number: str) -> tuple[object, ...]:
    select = f"SELECT {', '.join(_JUDGED)}, customer_linked_at IS NULL, appointment_linked_at IS NULL FROM calls"
    row = connection.execute(text(f"{select} WHERE retell_call_id = :number"), {"number": number}).one()
    return tuple(row)


def _some(dice: random.Random, most: int) -> dict[str, object]:
    names = dice.sample(sorted(_SENT), dice.randrange(1, most))
    return {name: dice.choice(_SENT[name]) for name in names}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("key", ["retell_call_id", "id"])
def test_an_upsert_ends_as_the_update_that_it_is(source: Engine, key: str, seed: int) -> None:
    """Two equal calls, with or without an appointment: one is upserted, the other updated, and both end equal."""
    dice = random.Random(seed)
    different = []
    for number in range(40):
        first, second = 10 * number + 1, 10 * number + 2
        before, changed = _some(dice, 9), _some(dice, 6)
        has_appointment = dice.random() < 0.3
        with source.begin() as connection:
            for each in (first, second):
                _insert(connection, {"id": each, "company_id": 1, "retell_call_id": f"call_{each}", **before})
                if has_appointment:
                    connection.exec_driver_sql(
                        f"INSERT INTO appointments (company_id, call_id, status) VALUES (1, {each}, 'confirmed')"
                    )
        with source.begin() as connection:
            found = {"retell_call_id": f"call_{first}"} | ({"id": first} if key == "id" else {})
            _upsert(connection, {"company_id": 1, **found}, changed=changed)
        with source.begin() as connection:
            listed = ", ".join(f"{name} = :{name}" for name in changed)
            connection.execute(text(f"UPDATE calls SET {listed} WHERE id = {second}"), changed)
        with source.connect() as connection:
            upserted, updated = (_judged(connection, f"call_{each}") for each in (first, second))
        if upserted != updated:
            different.append((before, changed, upserted, updated))

    assert [] == different


def test_what_is_known_of_a_call_is_not_made_up_by_a_partial_row(source: Engine) -> None:
    """An outbound call stays outbound, and a link keeps its method and confidence."""
    known = {
        "direction": "outbound",
        "customer_id": 2,
        "customer_link_method": "ai_match",
        "customer_link_confidence": 72,
    }
    with source.begin() as connection:
        _insert(connection, {"company_id": 1, "retell_call_id": "call_1", "from_number": THEIRS, **known})
        before = _judged(connection, "call_1")

    with source.begin() as connection:
        changed = {"direction": None, "customer_id": 2, "status": "completed"}
        _upsert(connection, {"company_id": 1, "retell_call_id": "call_1"}, changed=changed)

    with source.connect() as connection:
        assert before == _judged(connection, "call_1")
        assert ("outbound", 2) == before[:2]


def test_an_upsert_that_inserts_is_judged_as_a_new_call(source: Engine) -> None:
    """It gets a direction, and its claim is parked and told."""
    with source.begin() as connection:
        changed = {"direction": None, "appointment_made": 1, "status": "completed"}
        _upsert(connection, {"company_id": 1, "retell_call_id": "call_1"}, changed=changed)

    with source.connect() as connection:
        row = _judged(connection, "call_1")
        alerts = connection.exec_driver_sql("SELECT alert_type, status FROM data_consistency_alerts").all()
    assert ("inbound", 0, "pending_creation") == (row[0], row[5], row[6])
    assert [("booking_claim_parked", "parked")] == [tuple(alert) for alert in alerts]


def test_a_call_stored_by_another_session_meanwhile_is_not_taken_for_new(source: Engine) -> None:
    """A transaction that began before does not see the row, and its upsert becomes an update of it all the same."""
    with source.connect() as late, source.connect() as soon:
        for session in (late, soon):
            session.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            session.commit()
        late.exec_driver_sql("SELECT COUNT(*) FROM calls")
        known = {"direction": "outbound", "customer_id": 2, "customer_link_method": "manual_link"}
        _insert(soon, {"company_id": 1, "retell_call_id": "call_1", "from_number": THEIRS, **known})
        soon.commit()
        before = _judged(soon, "call_1")
        soon.commit()

        changed = {"direction": None, "customer_id": 2, "customer_link_method": None, "customer_link_confidence": None}
        _upsert(late, {"company_id": 1, "retell_call_id": "call_1", "from_number": THEIRS}, changed=changed)
        late.commit()

        after = _judged(soon, "call_1")
    assert ("outbound", 2, "linked") == before[:3]
    assert before[:3] == after[:3]
