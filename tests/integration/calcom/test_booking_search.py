"""One look at the calendar for a call's booking, on a real server: absence is proved, or it is not said."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.records import Record, iso
from data_consistency.booking.search import Search
from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar
from data_consistency.calendar.calcom import CalcomClient, Limits
from tests.patience import PATIENCE

Connect = Callable[..., CalcomClient]
_HEX = "9f86d081884c7d659a2feaa0c55ad015"
_CALL = f"call_{_HEX}"
_OTHER = "call_0f86d081884c7d659a2feaa0c55ad015"
_NUMBER = 4711
_BLIND: tuple[Mapping[str, Any], ...] = (
    {"metadata": {}},
    {"metadata": {"call_id": _CALL, "party": 3}},  # one value that is no text: the server answers with none at all
    {"metadata": {"call_id": "None"}},
    {"metadata": {"call_id": "the call of just now"}},
    {"metadata": {"source": "telephone"}},
    {"event_type": 500, "seats": [{"uid": "s1", "name": "A", "email": "a@example.org"}]},
)
_READABLE: tuple[Mapping[str, Any], ...] = (
    {"metadata": {"call_id": _CALL}},
    {"metadata": {"call_id": _CALL.upper()}},
    {"metadata": {"callId": f" {_CALL}"}},
    {"metadata": {"call_id": _HEX}},
    {"metadata": {"call_id": str(_NUMBER)}},
    {"metadata": {"call_id": f"call_{_NUMBER}"}},
    {"overrides": {"metadata": {"call_id": _NUMBER}}},
    {"overrides": {"metadata": {}, "attendees": [{"name": "A", "metadata": {"call_id": _CALL}}]}},
    {
        "event_type": 500,
        "seats": [{"uid": "s1", "name": "A", "email": "a@example.org", "metadata": {"call_id": _CALL}}],
    },
)


@pytest.fixture
def client(fake: FakeCalcom, connect: Connect) -> CalcomClient:
    """Of an empty calendar."""
    fake.world.switches.limit = 10_000
    return connect(limits=Limits(requests_per_minute=1_000_000, requests_per_day=1_000_000))


def _ask(client: CalcomClient, fake: FakeCalcom, *, ago: float = 60, **asked: Any) -> Calendar:
    now = fake.world.clock.now()
    received = (now - timedelta(seconds=ago)).replace(tzinfo=None)
    question = Question(
        company_id=1,
        booking_id=asked.pop("booking_id", None),
        retell_call_id=_CALL,
        announced_at=received,
        received_at=received,
        call_id=_NUMBER,
        **asked,
    )
    return Search(client, (), question, now=now).answer()


@pytest.mark.parametrize("row", _BLIND)
def test_a_booking_that_may_be_the_calls_proves_nothing(
    client: CalcomClient, fake: FakeCalcom, row: Mapping[str, Any]
) -> None:
    """Emptied by the server, at a guest, a placeholder, left out: it may be anybody's, so nothing is absent."""
    fake.add(**row)

    assert Calendar.UNREADABLE is _ask(client, fake)


@pytest.mark.parametrize("row", _READABLE)
def test_every_spelling_of_the_calls_id_is_its_booking(
    client: CalcomClient, fake: FakeCalcom, row: Mapping[str, Any]
) -> None:
    """The provider's or our own, as text or number, at the booking or at a guest."""
    fake.add(**row)

    assert Calendar.BOOKED is _ask(client, fake)


def test_what_is_surely_anothers_is_no_obstacle(client: CalcomClient, fake: FakeCalcom) -> None:
    """Nor is what may be anybody's, once it is cancelled."""
    fake.add(metadata={"call_id": _OTHER})
    fake.add(metadata={"call_id": "4712"})
    fake.add(metadata={}, status="cancelled")

    assert Calendar.NOT_BOOKED is _ask(client, fake)


def test_guests_that_are_hidden_may_be_anybody(client: CalcomClient, fake: FakeCalcom) -> None:
    """By the booking's uid, too: it is that of all guests."""
    row = fake.add(event_type=500, metadata={"call_id": _OTHER})

    assert Calendar.NOT_BOOKED is _ask(client, fake)
    assert Calendar.NOT_BOOKED is _ask(client, fake, booking_id=row.uid)
    fake.world.switches.hide_attendees = "always"
    assert Calendar.UNREADABLE is _ask(client, fake)
    assert Calendar.UNREADABLE is _ask(client, fake, booking_id=row.uid)


def test_a_seat_is_known_by_its_own_uid_and_ends_alone(client: CalcomClient, fake: FakeCalcom) -> None:
    """The booking lives on with its other guests."""
    row = fake.add(
        event_type=500,
        seats=[
            {"uid": "s1", "name": "A", "email": "a@example.org", "metadata": {"call_id": _OTHER}},
            {"uid": "s2", "name": "B", "email": "b@example.org", "metadata": {"call_id": "4712"}},
        ],
    )

    assert Calendar.BOOKED is _ask(client, fake, booking_id="s2")
    fake.act("rise", uid=row.uid, seat="s2")
    assert Calendar.NOT_BOOKED is _ask(client, fake, booking_id="s2")


def _series(fake: FakeCalcom) -> list[Record]:
    start = fake.world.clock.now() + timedelta(days=1)
    return [
        fake.add(
            recurring_uid="series",
            event_type=600,
            metadata={"call_id": _CALL},
            start=(start + timedelta(weeks=n)).isoformat(),
        )
        for n in range(3)
    ]


@pytest.mark.parametrize("announced", ["series", "first", "last", None])
def test_a_series_is_booked_while_any_of_it_lives(
    client: CalcomClient, fake: FakeCalcom, announced: str | None
) -> None:
    """Whichever recurrence is cancelled, and by whichever id it was announced."""
    rows = _series(fake)
    ids = {"series": "series", "first": rows[0].uid, "last": rows[-1].uid, None: None}

    for row in (rows[2], rows[0]):
        fake.act("cancel", uid=row.uid)
        assert Calendar.BOOKED is _ask(client, fake, booking_id=ids[announced])
    fake.act("cancel", uid=rows[1].uid)
    assert Calendar.NOT_BOOKED is _ask(client, fake, booking_id=ids[announced])


@pytest.mark.parametrize("names_root", [True, False])
@pytest.mark.parametrize("is_series", [True, False])
def test_a_move_is_followed_both_ways(
    client: CalcomClient, fake: FakeCalcom, *, names_root: bool, is_series: bool
) -> None:
    """Three moves on: by the first uid or the last; a recurrence does not say where it went."""
    fake.world.switches.names_root = names_root
    row = fake.add(metadata={"call_id": _OTHER}, age=86_400, recurring_uid="series" if is_series else None)
    chain = [row]
    for _ in range(3):
        fake.world.clock.advance(60)
        moved = fake.act("move", uid=chain[-1].uid)
        assert moved is not None
        chain.append(moved)

    for uid in (chain[0].uid, chain[2].uid, chain[-1].uid):
        assert Calendar.BOOKED is _ask(client, fake, booking_id=uid)
        assert Calendar.ONE_BOOKING is _ask(client, fake, booking_id=uid, row_ids=frozenset({chain[1].uid}))
    fake.act("cancel", uid=chain[-1].uid)
    for uid in (chain[0].uid, chain[-1].uid):
        assert Calendar.NOT_BOOKED is _ask(client, fake, booking_id=uid)


def test_a_host_who_asked_for_another_time_has_cancelled(client: CalcomClient, fake: FakeCalcom) -> None:
    """There is no successor yet."""
    row = fake.add(metadata={"call_id": _CALL})
    fake.act("request_move", uid=row.uid)

    assert Calendar.NOT_BOOKED is _ask(client, fake, booking_id=row.uid)


def test_a_call_that_cancelled_and_booked_again_is_booked(client: CalcomClient, fake: FakeCalcom) -> None:
    """Whichever of the two the list shows first."""
    for status in ("cancelled", "accepted", "cancelled"):
        fake.add(metadata={"call_id": _CALL}, status=status)

    assert Calendar.BOOKED is _ask(client, fake)


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_calendar_whose_clock_is_off_still_shows_the_booking(
    client: CalcomClient, fake: FakeCalcom, minutes: float
) -> None:
    """By minutes, to either side."""
    fake.add(metadata={"call_id": _CALL}, age=-minutes * 60)

    assert Calendar.BOOKED is _ask(client, fake)


def test_the_lag_counts_from_when_we_were_told(client: CalcomClient, fake: FakeCalcom) -> None:
    """An application whose clock is behind says that it was long ago."""
    now = fake.world.clock.now().replace(tzinfo=None)
    question = Question(
        company_id=1, booking_id=None, retell_call_id=_CALL, announced_at=now - timedelta(minutes=9), received_at=now
    )

    assert Calendar.SILENT is Search(client, (), question, now=fake.world.clock.now()).answer()


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["book", "series", "seat", "blind", "move", "cancel", "rise", "other"]), st.integers(0, 5)
    ),
    max_size=8,
)


@given(steps=_STEPS, names_root=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_lives_is_never_called_absent(
    client: CalcomClient, fake: FakeCalcom, steps: list[tuple[str, int]], *, names_root: bool
) -> None:
    """Random bookings, series and seats of this call and of others, moved and cancelled: as the world says."""
    fake.reset()
    fake.world.switches.limit, fake.world.switches.names_root = 10_000, names_root
    mine: list[str] = []
    with httpx.Client(base_url=fake.url, trust_env=False, timeout=PATIENCE) as http:
        for step, number in steps:
            _do(fake, http, step, number, mine)
    live = _alive(fake)
    blind = any(row.metadata == {} and not row.seated and row.status == "accepted" for row in fake.world.all_stored())

    said = _ask(client, fake, booking_id=mine[0] if mine else None)

    expected = Calendar.BOOKED if live else Calendar.UNREADABLE if blind else Calendar.NOT_BOOKED
    assert expected is said


def _do(fake: FakeCalcom, http: httpx.Client, step: str, number: int, mine: list[str]) -> None:
    fake.world.clock.advance(1)
    name = {"book": _CALL, "series": _CALL, "seat": _CALL, "other": _OTHER}.get(step)
    kind = {"series": 600, "seat": 500}.get(step, 100)
    if step in {"book", "series", "seat", "other", "blind"}:
        start = fake.world.clock.now() + timedelta(days=1, hours=number)
        body = {
            "start": iso(start),
            "eventTypeId": kind,
            "attendee": {"name": "A", "timeZone": "UTC", "email": "a@example.org"},
        }
        told = http.post(
            "/v2/bookings",
            json={**body, "metadata": {} if name is None else {"call_id": name}},
            headers={"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-02-25"},
        ).json()
        if told["status"] == "success" and name == _CALL:
            data = told["data"][0] if isinstance(told["data"], list) else told["data"]
            mine.append(data.get("seatUid") or data["uid"])
        return
    live = [row for row in fake.world.all_stored() if row.status == "accepted"]
    if live:
        row = live[number % len(live)]
        if step == "rise" and row.seated:
            fake.act("rise", uid=row.uid, seat=row.seats[0].uid)
        elif step != "rise":
            fake.act(step, uid=row.uid)


def _alive(fake: FakeCalcom) -> bool:
    """Whether anything of the call is left, by the server's own books."""
    rows = [row for row in fake.world.all_stored() if row.status == "accepted"]
    seats = [seat for row in rows for seat in row.seats]
    return any(one.metadata.get("call_id") == _CALL for one in [*rows, *seats])
