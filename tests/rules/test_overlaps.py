"""Rules that compare appointments find on random days exactly what comparing every pair finds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from consistency_sandbox.trial import examples
from consistency_sandbox.trial.examples import NOW
from data_consistency.detect.scan import scan_table
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.rules.outcomes import Scope

pytestmark = pytest.mark.every_server

SUITES = load_suites(shipped())

_Row = dict[str, Any]
_Span = tuple[datetime, datetime]
_NINE = datetime(2026, 4, 2, 9)  # as the source stores it
_QUARTER = timedelta(minutes=15)
_CLOSED = {"cancelled", "completed"}
_RULES = {
    "staff_has_one_appointment_at_a_time",
    "branch_has_one_unstaffed_appointment_at_a_time",
    "appointment_is_booked_once",
    "customer_is_at_one_place",
}
_MOSTLY_NONE = [None] * 8

_APPOINTMENT = st.fixed_dictionaries(
    {
        "start": st.sampled_from([0, 1, 2, 3, 30, 32, 33, 200, 900]),  # within a slot, after it, and days later
        "quarters": st.sampled_from([1, 2, 4, 8, 31, 32, 33, 40, 200, 1000]),
        "staff_id": st.sampled_from(["s1", "s1", "s2", None]),
        "customer_id": st.sampled_from([1, 1, 2, None]),
        "service_id": st.sampled_from([1, 1, 2, None]),
        "branch_id": st.sampled_from(["b1", "b2", None]),
        "status": st.sampled_from([*["confirmed"] * 8, "rescheduled", "cancelled", "completed"]),
        "composite_group_uid": st.sampled_from([*_MOSTLY_NONE, "g1"]),
        "parent_appointment_id": st.sampled_from([*_MOSTLY_NONE, 1, 2]),
        "deleted_at": st.sampled_from([*_MOSTLY_NONE, "2026-03-21 08:00:00"]),
        "phases": st.sampled_from([(), (), (1,), (1, 0, 1), (0,)]),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(_APPOINTMENT, min_size=3, max_size=12))
def test_lookups_find_what_comparing_every_pair_finds(rules_engine: Engine, drawn: list[_Row]) -> None:
    """Nothing is missed and nothing else is found, whether something lasts a quarter of an hour or days."""
    rows = [_row(row_id, each) for row_id, each in enumerate(drawn, 1)]
    suite = SUITES["appointments"]
    with rules_engine.connect() as connection:
        examples.clear(connection)
        for row in rows:
            phases = row["phases"]
            examples.insert(connection, "appointments", [{k: v for k, v in row.items() if k != "phases"}])
            examples.insert(
                connection, "appointment_phases", [{"appointment_id": row["id"]} | phase for phase in phases]
            )
        scan = scan_table(connection, suite, Scope(kind="full"), NOW)

    expected: dict[str, list[int]] = {rule: [] for rule in _RULES}
    for row in rows:
        for rule in _broken(row, rows):
            expected[rule].append(row["id"])
    assert expected == {rule: scan.ids_of(rule) for rule in _RULES}


def _row(row_id: int, drawn: _Row) -> _Row:
    starts_at = _NINE + _QUARTER * drawn["start"]
    length = _QUARTER * drawn["quarters"]
    part = length / max(len(drawn["phases"]), 1)
    return {
        "id": row_id,
        "starts_at": starts_at,
        "ends_at": starts_at + length,
        "phases": [
            {
                "phase_type": "initial",
                "staff_required": needed,
                "start_time": _whole(starts_at + part * n),
                "end_time": _whole(starts_at + part * (n + 1)),
            }
            for n, needed in enumerate(drawn["phases"])
        ],
        **{key: value for key, value in drawn.items() if key not in {"start", "quarters", "phases"}},
    }


def _whole(time: datetime) -> datetime:
    return time.replace(microsecond=0)


def _broken(row: _Row, rows: list[_Row]) -> Iterator[str]:
    if row["deleted_at"] or row["status"] in _CLOSED:
        return
    others = [o for o in rows if o is not row and _is_open(o) and not _belong_together(row, o)]
    overlapping = [o for o in others if _meet(_span(row), _span(o))]
    if row["staff_id"] and any(
        row["staff_id"] == o["staff_id"] and any(_meet(x, y) for x in _busy(row, rows) for y in _busy(o, rows))
        for o in overlapping
    ):
        yield "staff_has_one_appointment_at_a_time"
    if row["branch_id"] and any(
        row["staff_id"] is None and o["staff_id"] is None and o["branch_id"] == row["branch_id"] for o in overlapping
    ):
        yield "branch_has_one_unstaffed_appointment_at_a_time"
    if row["customer_id"] and any(
        o["customer_id"] == row["customer_id"] and not _is_twice(row, o) for o in overlapping
    ):
        yield "customer_is_at_one_place"
    if row["customer_id"] and any(o["customer_id"] == row["customer_id"] and _is_twice(row, o) for o in others):
        yield "appointment_is_booked_once"


def _is_twice(row: _Row, other: _Row) -> bool:
    at_once = abs(other["starts_at"] - row["starts_at"]) <= timedelta(minutes=5)
    return bool(row["service_id"] and other["service_id"] == row["service_id"] and at_once)


def _is_open(row: _Row) -> bool:
    return not row["deleted_at"] and row["status"] not in _CLOSED


def _belong_together(one: _Row, other: _Row) -> bool:
    group, parent = one["composite_group_uid"], one["parent_appointment_id"]
    return bool(
        (group and group == other["composite_group_uid"])
        or (parent and parent in {other["id"], other["parent_appointment_id"]})
        or other["parent_appointment_id"] == one["id"]
    )


def _span(row: _Row) -> _Span:
    return row["starts_at"], row["ends_at"]


def _meet(one: _Span, other: _Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _busy(row: _Row, rows: list[_Row]) -> list[_Span]:
    """When an appointment needs its staff: in its phases, if it has any; never, if its parts are rows."""
    if any(
        part["parent_appointment_id"] == row["id"]
        and part["customer_id"]
        and part["customer_id"] == row["customer_id"]
        and row["starts_at"] <= part["starts_at"] < row["ends_at"]
        and not part["deleted_at"]
        and part["status"] != "cancelled"
        for part in rows
    ):
        return []
    phases = [(p["start_time"], p["end_time"]) for p in row["phases"] if p["staff_required"]]
    return phases if row["phases"] else [_span(row)]
