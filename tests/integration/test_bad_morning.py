"""The bad morning holds exactly the faults it promises, and no other."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from consistency_sandbox.demo.load import is_empty, keep_demo, load_demo
from consistency_sandbox.servers import private
from data_consistency.correct import applying
from data_consistency.db import sql
from data_consistency.detect.scan import scan_table
from data_consistency.errors import UnmarkedSchema
from data_consistency.project import shipped
from data_consistency.rules import Suite, load_suites
from data_consistency.rules.outcomes import Scan, Scope, Verdict
from tests.schemas import drop_schema
from tests.worlds import make_engine

NOW = datetime(2026, 3, 30, 0, 30, tzinfo=UTC).replace(tzinfo=None)

EXPECTED = {
    "booked_outcome_has_flag": 9,
    "booking_claim_has_appointment": 15,
    "call_direction_present": 29,
    "call_is_not_stuck": 16,
    "customer_link_status_fits_evidence": 45,
    "linked_call_has_confidence": 1,
    "successful_booking_has_any_appointment": 6,
}


_SCHEMA = "dc_test_bad_morning"


@pytest.fixture(scope="module")
def demo(database_server: private.Server) -> Iterator[Engine]:
    """A schema with the bad morning, only read by the tests that share it."""
    database_server.create_schema(_SCHEMA)
    engine = make_engine(database_server.url(_SCHEMA))
    load_demo(engine, NOW)
    yield engine
    engine.dispose()
    drop_schema(database_server, _SCHEMA)


@pytest.fixture
def own_demo(empty_schema: str) -> Iterator[Engine]:
    """A schema with the bad morning, for one test alone."""
    engine = make_engine(empty_schema)
    load_demo(engine, NOW)
    yield engine
    engine.dispose()


def _suites() -> dict[str, Suite]:
    return load_suites(shipped())


def _scans(connection: Connection) -> dict[str, Scan]:
    return {table: scan_table(connection, suite, Scope(kind="full"), NOW) for table, suite in _suites().items()}


def _violations(connection: Connection) -> dict[str, int | None]:
    return {outcome.rule.id: outcome.violations for scan in _scans(connection).values() for outcome in scan.outcomes}


def test_every_fault_is_found_and_nothing_else(demo: Engine) -> None:
    """Each rule finds exactly its faults; every other rule passes."""
    with demo.connect() as connection:
        outcomes = [outcome for scan in _scans(connection).values() for outcome in scan.outcomes]

    silent = [outcome for outcome in outcomes if outcome.verdict is Verdict.NOT_EVALUATED]
    assert {"calcom"} == {outcome.rule.needs for outcome in silent if outcome.is_chosen}
    assert [] == [outcome for outcome in silent if not outcome.is_chosen]
    assert EXPECTED == {outcome.rule.id: outcome.violations for outcome in outcomes if outcome.violations}


def test_45_calls_are_wrong_and_45_others_say_too_little(demo: Engine) -> None:
    """The two groups of 45 calls are disjoint."""
    with demo.connect() as connection:
        calls = _scans(connection)["calls"]
    unclear = set(calls.ids_of("customer_link_status_fits_evidence"))
    wrong = {row.entity_id for row in calls.violations} - unclear

    assert 173 == calls.rows_checked
    assert (45, 45) == (len(wrong), len(unclear))
    assert 90 == len(calls.violations)


def test_independent_count_agrees(demo: Engine) -> None:
    """The hand-written count knows the same 45 calls, without our facts."""
    with demo.connect() as connection:
        counts = sql.run(connection, "count_wrong_calls", ids=[0]).mappings().one()

    assert {
        "wrong_calls": 45,
        "booked_without_flag_and_appointment": 9,
        "flag_without_appointment": 6,
        "direction_missing": 13,
        "direction_missing_test_call": 16,
        "linked_without_confidence": 1,
    } == {key: int(value) for key, value in counts.items()}


def test_corrections_leave_one_call_to_a_person(own_demo: Engine) -> None:
    """With the triggers at work, everything is corrected but the claim for which an appointment might exist."""
    refused = {}
    with own_demo.begin() as connection:
        connection.exec_driver_sql("UPDATE consistency_marker SET environment = 'test'")  # nobody gives leave here
    for suite in _suites().values():
        for rule in suite.rules:
            with own_demo.connect() as connection:
                ids = scan_table(connection, suite, Scope(kind="full"), NOW).ids_of(rule.id)
            if rule.correction is not None and ids:
                order = applying.Order(suite=suite, rule=rule, run_id="test", actor="test", now=NOW)
                with own_demo.begin() as connection:
                    batch = applying.apply(connection, order, ids)
                refused |= {item.entity_id: item for item in batch.proposals if item.refusal}
    with own_demo.connect() as connection:
        counts = sql.run(connection, "count_wrong_calls", ids=[0]).mappings().one()
        left = {rule: found for rule, found in _violations(connection).items() if found}
        (candidate,) = next(iter(refused.values())).candidates
        other_call = connection.exec_driver_sql("SELECT call_id FROM appointments WHERE id = %s", (candidate,)).scalar()
        queued = connection.exec_driver_sql("SELECT COUNT(*) FROM manual_review_queue WHERE priority = 1").scalar()

    assert 1 == counts["wrong_calls"]
    assert {"booked_outcome_has_flag": 1, "booking_claim_has_appointment": 1} == left
    assert 1 == len(refused)
    assert other_call not in {None, *refused}
    assert 15 == queued


@pytest.mark.parametrize(
    ("expected", "condition"),
    [
        (173, "TRUE"),
        (17, "duration_sec IS NULL"),
        (43, "summary IS NULL"),
        (0, "status = 'completed' AND transcript IS NULL"),
        (7, "customer_name = 'guten Tag'"),
        (3, "customer_name = 'mir nicht'"),
        (1, "customer_name = 'gleich fertig'"),
        (4, "summary LIKE '%bestätigt%' AND appointment_link_status <> 'linked' AND appointment_id IS NULL"
            " OR summary LIKE '%bestätigt%' AND appointment_id IS NULL AND appointment_link_status = 'linked'"),
        (16, "status = 'in_progress'"),
        (0, "created_at > '2026-03-29 00:30:00'"),
    ],
)  # fmt: skip
def test_what_else_was_seen(demo: Engine, expected: int, condition: str) -> None:
    """Figures of the morning that are no fault of a rule."""
    with demo.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT COUNT(*) FROM calls WHERE {condition}".replace("%", "%%"))

        assert expected == found.scalar_one()


def test_loading_again_gives_the_same_morning(own_demo: Engine) -> None:
    """The demo replaces its own schema and is the same every time."""
    with own_demo.connect() as connection:
        first = connection.exec_driver_sql("SELECT id, retell_call_id, session_outcome FROM calls").fetchall()
    load_demo(own_demo, NOW)

    with own_demo.connect() as connection:
        assert first == connection.exec_driver_sql("SELECT id, retell_call_id, session_outcome FROM calls").fetchall()


def test_a_demo_that_is_there_is_kept_with_what_became_of_it(own_demo: Engine) -> None:
    """A second start loads nothing; the versions of our tables are brought up to date."""
    with own_demo.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET summary = 'changed since' WHERE id = 1")

    assert keep_demo(own_demo)
    with own_demo.connect() as connection:
        found = connection.exec_driver_sql("SELECT summary FROM calls WHERE id = 1").scalar_one()
    assert "changed since" == found


def test_a_load_that_died_half_way_is_not_kept(own_demo: Engine) -> None:
    """Only a demo that was loaded to its end counts as there."""
    with own_demo.begin() as connection:
        connection.exec_driver_sql("DELETE FROM consistency_migrations")

    assert not keep_demo(own_demo)


def test_a_schema_of_another_kind_is_neither_a_demo_nor_empty(source_schema: str) -> None:
    """Nothing is loaded into it and nothing migrated."""
    engine = make_engine(source_schema)

    assert not keep_demo(engine)
    assert not is_empty(engine)
    engine.dispose()


def test_a_schema_that_is_not_a_demo_is_left_alone(empty_schema: str) -> None:
    """Tables of somebody else are never replaced."""
    engine = make_engine(empty_schema)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE calls (id BIGINT UNSIGNED PRIMARY KEY)")

    with pytest.raises(UnmarkedSchema, match="not marked"):
        load_demo(engine, NOW)
    with engine.connect() as connection:
        assert 1 == len(connection.exec_driver_sql("SHOW TABLES").fetchall())
    engine.dispose()
