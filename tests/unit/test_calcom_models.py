"""What is read of a booking, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.calendar.calcom.connection import ListStyle
from data_consistency.calendar.calcom.listing import Page, Query, read_page
from data_consistency.calendar.calcom.models import (
    MalformedBooking,
    Standing,
    Status,
    parse_booking,
    parse_instant,
    parse_profile,
)
from data_consistency.calendar.calcom.walk import Walker

_ROW = {"uid": "abc", "status": "accepted", "start": "2026-11-23T10:00:00.000Z", "end": "2026-11-23T10:30:00.000Z"}


def test_four_fields_are_enough() -> None:
    """Everything else is optional, and unknown keys do not matter."""
    booking = parse_booking({**_ROW, "somethingNew": [1]})

    assert ("abc", Status.ACCEPTED, None, None) == (booking.uid, booking.status, booking.id, booking.updated_at)
    assert datetime(2026, 11, 23, 10, tzinfo=UTC) == booking.start
    assert booking.metadata_is_empty


@pytest.mark.parametrize("field", ["uid", "status", "start", "end"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_required_field_is_required(field: str, value: object) -> None:
    """The error names the field; the uid is kept where there is one."""
    with pytest.raises(MalformedBooking, match=field) as raised:
        parse_booking({**_ROW, field: value})

    assert field == raised.value.field
    assert raised.value.uid == (None if field == "uid" else "abc")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "17"),
        ("id", True),
        ("updatedAt", "2026-11-23T10:00:00"),
        ("createdAt", 1700000000),
        ("rescheduledToUid", 5),
        ("eventType", {"id": "one"}),
        ("start", "2026-11-23"),
        ("start", "2026-02-30T10:00:00Z"),
        ("start", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_wrong_type_or_a_time_without_zone_is_refused(field: str, value: object) -> None:
    """A field that we would misunderstand spoils its row; its value is never repeated."""
    with pytest.raises(MalformedBooking) as raised:
        parse_booking({**_ROW, field: value})

    assert str(value) not in str(raised.value)


@pytest.mark.parametrize("row", [None, [], "row"])
def test_a_row_is_an_object(row: object) -> None:
    """Anything else is no booking."""
    with pytest.raises(MalformedBooking):
        parse_booking(row)


@pytest.mark.parametrize(
    ("metadata", "call_id", "is_empty"),
    [
        ({"call_id": "c1"}, "c1", False),
        ({"call_id": 17, "other": "x"}, None, False),
        ({"call_id": ""}, None, False),
        ({"other": "x"}, None, False),
        ({}, None, True),
        (None, None, True),
        (["call_id"], None, True),
    ],
)
def test_a_call_is_named_by_a_text_only(metadata: object, call_id: str | None, is_empty: bool) -> None:
    """Empty metadata means unknown: one odd value empties all of it."""
    booking = parse_booking({**_ROW, "metadata": metadata})

    assert (call_id, is_empty) == (booking.call_id, booking.metadata_is_empty)


@pytest.mark.parametrize(
    ("status", "successor", "standing"),
    [
        ("accepted", "", Standing.LIVE),
        ("PENDING", None, Standing.LIVE),
        ("awaiting_host", None, Standing.LIVE),
        ("cancelled", "", Standing.VOID),
        ("rejected", None, Standing.VOID),
        ("cancelled", "next", Standing.MOVED),
        ("on_the_moon", None, Standing.UNJUDGED),
    ],
)
def test_standing_follows_state_and_successor(status: str, successor: str | None, standing: Standing) -> None:
    """Cancelled with a successor is a move; a state we do not know is not judged and not dropped."""
    assert standing is parse_booking({**_ROW, "status": status, "rescheduledToUid": successor}).standing


def test_the_event_type_may_be_null() -> None:
    """Then the deprecated number is read, which may be null too."""
    assert parse_booking({**_ROW, "eventType": None, "eventTypeId": 5}).event_type_id == 5
    assert parse_booking({**_ROW, "eventType": None, "eventTypeId": None}).event_type_id is None
    assert parse_booking({**_ROW, "eventType": {"id": 7, "slug": "x"}, "eventTypeId": 5}).event_type_id == 7


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-840, 840))
def test_every_zone_becomes_utc(at: datetime, minutes: int) -> None:
    """The instant stays, whatever zone it is written in."""
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)

    read = parse_instant(f"{at.isoformat()}{sign}{rest // 60:02d}:{rest % 60:02d}", "start")

    assert at.replace(tzinfo=UTC) - timedelta(minutes=minutes) == read
    assert read.utcoffset() == timedelta(0)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
def test_no_value_breaks_the_reader(value: Any) -> None:
    """Any JSON in any field: a booking, or an error that names the field."""
    for field in ("uid", "status", "start", "metadata", "eventType", "id", "icsUid"):
        try:
            parse_booking({**_ROW, field: value})
        except MalformedBooking as error:
            assert error.field.startswith(field)  # noqa: PT017


def test_a_profile_is_an_id() -> None:
    """No name and no address are kept."""
    profile = parse_profile({"id": 7, "name": "A", "organizationId": 3})

    assert (7, 3) == (profile.id, profile.organization_id)
    assert "A" not in repr(profile).replace("Profile", "")
    for wrong in (None, {"name": "A"}):
        with pytest.raises(MalformedBooking):
            parse_profile(wrong)


def test_a_row_is_kept_as_it_was_changed_last() -> None:
    """Readers lag: what comes later may be older; without an update it is the oldest."""

    def page(*updates: str | None) -> Page:
        return read_page(
            {
                "data": [{**_ROW, "updatedAt": at, "status": "accepted" if at else "pending"} for at in updates],
                "pagination": {"nextCursor": None, "hasMore": False},
            },
            ListStyle.CURSOR,
        )

    def kept(*updates: str | None) -> str:
        walker = Walker(lambda *_: page(*updates), Query(), style=ListStyle.CURSOR, max_pages=1)
        list(walker.pages())
        (booking,) = walker.result().bookings
        return f"{booking.status} {booking.updated_at}"

    new, old = "2026-11-23T10:00:00.000Z", "2026-11-23T09:00:00.000Z"
    assert kept(new, old, None) == kept(None, old, new) == kept(old, new, new)
    assert kept(new).startswith("accepted 2026-11-23 10:00")
