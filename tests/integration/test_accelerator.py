"""The accelerator: what the table says of its own rows and the facts then judge is what the facts find in every row."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from consistency_sandbox.trial import examples
from data_consistency.detect import accelerated
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scan, Scope
from data_consistency.runtime import Runtime
from data_consistency.schema import accelerating
from tests.strategies import APPOINTMENT, CALL

pytestmark = pytest.mark.every_server

TABLES = ("calls", "appointments", "customers")
_SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_Row = Mapping[str, Any]
_FULL = Scope(kind="full")
_ODD = st.sampled_from((None, "", " ", "linked ", "LINKED", "ünïcode \U0001f600", "a' OR 1=1 -- \\", "temp_1", "temp%"))
_NUMBER = st.sampled_from((None, -(2**31), -1, 0, 1, 86_400, 2**31 - 1))
_CALLS = st.tuples(
    CALL,
    st.fixed_dictionaries(
        {},
        optional={
            "customer_name": _ODD,
            "gateway_mode": st.sampled_from((None, "service_desk", "Service_Desk", "service_desk ")),
            "session_outcome": _ODD,
            "call_status": _ODD,
            "status": st.sampled_from(("completed", "Completed", "completed ", "analyzed", "ringing", "")),
            "duration_sec": _NUMBER,
            "duration_ms": _NUMBER,
            "disconnection_reason": st.sampled_from((None, "system_timeout", "SYSTEM_TIMEOUT")),
            "booking_details": st.sampled_from((None, "{}", "[]", '""', '"{}"', '{"a": 1}', "null")),
            "metadata": st.sampled_from((None, '"{}"', "{}")),
            "booking_failure_reason": _ODD,
            "summary": _ODD,
            "deleted_at": st.sampled_from((None, None, "2026-03-21 08:00:00")),
            "created_at": st.sampled_from((None, "2026-03-29 00:30:00", "2037-01-01 00:00:00")),
            "end_timestamp": st.sampled_from((None, "2025-10-26 00:30:00", "2025-10-26 01:10:00")),
            "start_timestamp": st.sampled_from((None, "2025-10-26 00:40:00", "2025-10-26 01:05:00")),
        },
    ),
).map(lambda parts: parts[0] | parts[1])
_APPOINTMENTS = st.tuples(
    APPOINTMENT,
    st.fixed_dictionaries(
        {},
        optional={
            "status": _ODD.filter(lambda value: value is not None),
            "source": st.sampled_from(("", "retell_ai", "RETELL", "phone%", "voice ", "voice")),
            "calcom_sync_status": st.sampled_from(("synced", "pending", "failed")),
            "calcom_v2_booking_id": st.sampled_from((None, "", "7", "07", "x")),
            "cancellation_reason": _ODD,
            "rescheduled_at": st.sampled_from((None, "2026-03-21 08:00:00")),
            "service_id": st.sampled_from((None, 1)),
            "ends_at": st.sampled_from((None, "2025-10-26 00:30:00", "2037-10-26 01:10:00")),
            "starts_at": st.sampled_from((None, "2025-10-26 00:40:00", "2025-10-26 01:05:00")),
        },
    ),
).map(lambda parts: parts[0] | parts[1])
_CUSTOMERS = st.fixed_dictionaries(
    {
        "company_id": st.sampled_from((1, 2, 9)),
        "name": st.sampled_from(("Eva Muster", "Unbekannt #3", "", "anonym")),
        "email": st.sampled_from((None, "", " ", "customer_12@x.invalid", "a@example.invalid")),
        "phone": st.sampled_from((None, "", "anonymous", "+49170111", "0170111", "+4917011122", "+0", "+4")),
        "deleted_at": st.sampled_from((None, "2026-03-21 08:00:00")),
    }
)
_ROWS = {"calls": _CALLS, "appointments": _APPOINTMENTS, "customers": _CUSTOMERS}


# What a source has but once.
_SINGLE = {"email", "calcom_v2_booking_id"}


@pytest.fixture
def fast(rt: Runtime) -> Runtime:
    """A runtime whose tables are accelerated; while they are empty, whatever may be split is."""
    for table in TABLES:
        switch_on(rt, table)
    return rt


def switch_on(rt: Runtime, table: str) -> dict[str, accelerating.Answer]:
    """How each rule of a table is answered from now on."""
    found = accelerating.switch_on(rt.engine, rt.suite_of(table), actor="test", now=rt.now())
    return {answer.rule: answer for answer in found}


def load(engine: Engine, table: str, rows: Iterable[_Row]) -> None:
    """Rows of one table beside two companies, however wrong."""
    with engine.connect() as connection:
        connection.execute(text("SET SESSION foreign_key_checks = 0"))  # as after years of hand-made changes
        examples.clear(connection)
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A'), (2, 'B')"))
        seen: set[str] = set()
        for number, row in enumerate(rows, 1):
            more = {"retell_call_id": f"temp_{number}" if number % 3 else f"r{number}"} if table == "calls" else {}
            single = {name: row[name] for name in _SINGLE & row.keys() if str(row[name]).strip() in seen}
            seen |= {str(row[name]).strip() for name in _SINGLE & row.keys()}
            examples.insert(connection, table, [{"id": number} | more | dict(row) | dict.fromkeys(single)])
        connection.execute(text("SET SESSION foreign_key_checks = 1"))
        connection.commit()


def scans(rt: Runtime, suite: Suite) -> tuple[Scan, Scan, tuple[int, ...]]:
    """A table checked with its accelerator and without, and the rules that were answered by it."""
    with rt.transaction() as connection:
        known = accelerated.ask(connection, facts_of(connection, suite.table), suite.rules, _FULL)
        fast = scan_table(connection, suite, _FULL, rt.now(), silent={})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(accelerated, "ask", lambda *_: accelerated.NOTHING)
            plain = scan_table(connection, suite, _FULL, rt.now(), silent={})
    return fast, plain, known.numbers


@pytest.mark.parametrize("table", TABLES)
def test_what_the_table_knows_is_what_the_facts_find(fast: Runtime, table: str) -> None:
    """On whatever rows: nothing, odd letters, times of the hour that comes twice, numbers at their ends."""
    suite = fast.suite_of(table)

    @_SLOW
    @given(rows=st.lists(_ROWS[table], min_size=1, max_size=12))
    def agree(rows: list[_Row]) -> None:
        load(fast.engine, table, rows)
        quick, plain, numbers = scans(fast, suite)

        assert numbers
        assert plain.violations == quick.violations
        assert plain.outcomes == quick.outcomes

    agree()
