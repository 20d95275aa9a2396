"""Bookings as rows of the mirror."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data_consistency.calendar.calcom.models import parse_booking
from data_consistency.calendar.rows import newest, row_of

_ROW = {
    "uid": "u1",
    "id": 7,
    "status": "accepted",
    "start": "2026-11-25T11:00:00+01:00",
    "end": "2026-11-25T11:30:00+01:00",
    "updatedAt": "2026-11-23T08:00:00Z",
    "metadata": {"call_id": "call_1"},
    "attendees": [{"name": "Eva Muster", "email": "eva@example.org"}],
}
_BOOKING = parse_booking(_ROW)


def test_a_row_is_in_utc_and_names_nobody() -> None:
    """Naive, as the database stores it."""
    row = row_of(_BOOKING)

    assert row is not None
    assert datetime(2026, 11, 25, 10) == row["starts_at"]
    assert "Eva" not in str(row)


@pytest.mark.parametrize(("status", "stored"), [("awaiting_host", "pending"), ("on_the_moon", "other")])
def test_states_that_the_mirror_has_no_word_for(status: str, stored: str) -> None:
    """One holds the place, unconfirmed; the other is not judged."""
    row = row_of(parse_booking({**_ROW, "status": status}))

    assert row is not None
    assert stored == row["status"]


def test_what_was_changed_last_counts() -> None:
    """Whatever was read last; of equals the one read last."""
    older = replace(_BOOKING, updated_at=None)
    again = replace(_BOOKING, call_id=None)
    later = replace(_BOOKING, updated_at=datetime(2026, 11, 24, tzinfo=UTC))

    assert {"u1": later} == newest([_BOOKING, later, older])
    assert {"u1": again} == newest([_BOOKING, again])


@pytest.mark.parametrize("wrong", [{"uid": "u" * 101}, {"id": -1}, {"eventTypeId": 2**64}])
def test_ids_that_no_column_holds_make_no_row(wrong: dict[str, object]) -> None:
    """Cut off, they would be another booking's."""
    assert row_of(parse_booking({**_ROW, **wrong})) is None
