"""The fake server is held to what is known of the real one, as a table: no published document is needed for it.

Fields are those of Cal.com's API description; what a booking says of others, of seats and of errors was read in the
source of its server (output and input services, `handleCancelBooking`, exception filters).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom
from consistency_sandbox.fake_calcom.records import Record
from data_consistency.calendar.calcom import CalcomClient, Standing
from tests.integration.calcom.test_calcom_seats import Connect
from tests.patience import PATIENCE

_ALWAYS = frozenset(
    {"id", "uid", "title", "description", "hosts", "status", "start", "end", "duration", "eventTypeId", "eventType"}
    | {"location", "absentHost", "createdAt", "updatedAt", "attendees"}
)
_SOMETIMES = frozenset(
    {"cancellationReason", "cancelledByEmail", "reschedulingReason", "rescheduledByEmail", "rescheduledFromUid"}
    | {"rescheduledToUid", "meetingUrl", "rating", "icsUid", "rootBookingUid"}
)
_OWN = frozenset({"metadata", "guests", "bookingFieldsResponses"})  # of a booking with one guest
_GUEST = frozenset({"name", "email", "displayEmail", "timeZone", "absent"})
_HOST = frozenset({"id", "name", "email", "displayEmail", "username", "timeZone"})
# Shape: what makes it, fields that it has beside those of all, fields that it never has.
_SHAPES: Mapping[str, tuple[dict[str, Any], frozenset[str], frozenset[str]]] = {
    "plain": ({}, _OWN, frozenset({"recurringBookingUid"})),
    "recurring": ({"recurring_uid": "series"}, _OWN | {"recurringBookingUid"}, frozenset()),
    "seated": ({"event_type": 500}, frozenset(), _OWN | {"recurringBookingUid"}),
    "of a team": ({"event_type": 700}, _OWN, frozenset({"recurringBookingUid"})),
}


def _ask(fake: FakeCalcom, method: str, path: str, body: object = None) -> httpx.Response:
    with httpx.Client(base_url=fake.url, trust_env=False, timeout=PATIENCE) as http:
        headers = {"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-02-25"}
        return http.request(method, f"/v2/bookings/{path}", json=body, headers=headers)


def _shown(fake: FakeCalcom, record: Record) -> dict[str, Any]:
    return dict(_ask(fake, "GET", record.uid).json()["data"])


@pytest.mark.parametrize("shape", _SHAPES)
def test_each_shape_has_the_fields_of_the_description(fake: FakeCalcom, shape: str) -> None:
    """All that are required, and none that nobody knows."""
    made, further, never = _SHAPES[shape]

    shown = _shown(fake, fake.add(**made))

    assert _ALWAYS | further <= shown.keys()
    assert shown.keys() <= _ALWAYS | _SOMETIMES | further
    assert not never & shown.keys()
    assert all(_HOST <= host.keys() for host in shown["hosts"])
    wanted = _GUEST | {"seatUid", "metadata", "bookingFieldsResponses"} if shape == "seated" else _GUEST
    assert all(wanted <= guest.keys() for guest in shown["attendees"])


@pytest.mark.parametrize(("names_root", "recurring"), [(False, False), (True, False), (False, True), (True, True)])
def test_links_of_a_move(fake: FakeCalcom, *, names_root: bool, recurring: bool) -> None:
    """The new row points back, always; the old one forward, if it is no recurrence; a newer server names the first."""
    fake.world.switches.names_root = names_root
    old = fake.add(recurring_uid="series" if recurring else None)
    new = fake.act("move", uid=old.uid)
    assert new is not None

    before, after = _shown(fake, old), _shown(fake, new)

    assert ("cancelled", "accepted") == (before["status"], after["status"])
    assert (None if recurring else new.uid) == before.get("rescheduledToUid")
    assert old.uid == after["rescheduledFromUid"]
    assert [old.uid if names_root else None] * 2 == [row.get("rootBookingUid") for row in (before, after)]
    assert before["icsUid"] == after["icsUid"]


@pytest.mark.parametrize(
    ("kind", "hidden", "body", "status", "words"),
    [
        (500, "never", {}, 400, "when you are the host"),
        (500, "never", {"cancellationReason": "ill"}, 200, ""),
        (500, "never", {"seatUid": "own"}, 200, ""),
        (500, "always", {"seatUid": "own"}, 200, ""),
        (500, "never", {"seatUid": "own", "cancellationReason": "ill"}, 400, "cancellationReason"),
        (500, "never", {"seatUid": "nobody"}, 400, "does not exist or has already been cancelled"),
        (100, "never", {"seatUid": "nobody"}, 400, "does not exist or has already been cancelled"),
        (300, "never", {}, 400, "reason is required"),
        (100, "never", {"reason": "ill"}, 400, ""),
    ],
)
def test_rules_of_cancelling(
    fake: FakeCalcom, kind: int, hidden: str, body: Mapping[str, str], status: int, words: str
) -> None:
    """A seat takes no reason, the whole needs one of its host; a refusal says why at the top or in its error."""
    fake.world.switches.hide_attendees = hidden
    record = fake.add(event_type=kind)
    own = record.seats[0].uid if record.seats else ""

    answer = _ask(
        fake, "POST", f"{record.uid}/cancel", {name: own if text == "own" else text for name, text in body.items()}
    )

    assert status == answer.status_code, answer.text
    said = answer.json()
    assert status == 200 or words in str(said.get("message") or said["error"]["message"])


@pytest.mark.parametrize("keeps", [False, True])
def test_a_cancelled_course_is_void_whether_its_guests_are_shown_or_not(
    fake: FakeCalcom, connect: Connect, *, keeps: bool
) -> None:
    """Older servers forget them with the booking, newer ones keep them."""
    fake.world.switches.keeps_cancelled_seats = keeps
    record = fake.add(event_type=500, metadata={"call_id": "call_a0000000000000000000000000000001"})
    client: CalcomClient = connect()
    client.cancel(record.uid, reason="ill")

    (read,) = client.get(record.uid)

    assert (Standing.VOID, True) == (read.standing, read.is_seated)
    assert int(keeps) == len(read.seats)


@pytest.mark.parametrize("in_full", [False, True])
def test_a_booking_of_several_hosts_is_one(fake: FakeCalcom, connect: Connect, *, in_full: bool) -> None:
    """Colleagues are no guests with seats of their own, wherever the server shows them."""
    fake.world.switches.names_all_hosts = in_full
    call = "call_a0000000000000000000000000000001"
    record = fake.add(event_type=700, metadata={"call_id": call}, start=BEGIN + timedelta(days=1))

    shown, (read,) = _shown(fake, record), connect().get(record.uid)

    assert ((3, 1) if in_full else (1, 3)) == (len(shown["hosts"]), len(shown["attendees"]))
    assert (False, (), frozenset({call})) == (read.is_seated, read.seats, read.call_names)


@pytest.mark.parametrize(("path", "status"), [("nobody-there", 404), ("nobody-there/cancel", 404)])
def test_what_is_unknown_is_a_404_in_json(fake: FakeCalcom, path: str, status: int) -> None:
    """With a body that says so: a 404 of a gateway has none."""
    answer = _ask(fake, "POST" if "/" in path else "GET", path, {} if "/" in path else None)

    assert (status, "error") == (answer.status_code, answer.json()["status"])
