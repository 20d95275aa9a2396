"""Guard, rules and reconciliation say the same of random chains, series and seats: whether a call's booking lives."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consistency_sandbox.fake_calcom.records import Record, Seat
from data_consistency.booking.search import Search
from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar as Said
from data_consistency.calendar.calcom import CalcomClient
from data_consistency.ledger import queue
from data_consistency.ledger.items import Item
from tests import people, worlds
from tests.calendar_world import QUICK, Calendar, utc_now
from tests.people import ANN

_UNKNOWN = "calendar_booking_has_appointment"
_GONE = "coming_appointment_is_in_the_calendar"
_OTHER_CALL = "calendar_booking_is_of_this_call"
_OF_OURS = (
    "manual_review_queue",
    "data_consistency_alerts",
    "consistency_calcom_bookings",
    "consistency_calcom_readings",
)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "series", "seat", "seat", "move", "move", "cancel", "rise"]), st.integers(0, 5)
    ),
    min_size=1,
    max_size=9,
)


@dataclass
class _Story:
    """Calls that booked, and what became of their bookings by the server's own books."""

    ours: Calendar
    rows: dict[str, int | None] = field(default_factory=dict)  # appointment of each call, by the provider's id

    def do(self, step: str, number: int) -> None:
        """One step of somebody."""
        if step in {"book", "series", "seat"}:
            getattr(self, f"_{step}")(number)
            return
        live = [row for row in self.ours.fake.world.all_stored() if row.status == "accepted"]
        if live and (step != "rise" or live[number % len(live)].seated):
            row = live[number % len(live)]
            seat = {"seat": row.seats[number % len(row.seats)].uid} if step == "rise" else {}
            self.ours.fake.act(step, uid=row.uid, **seat)

    def _book(self, number: int) -> None:
        name = self._call()
        record = self.ours.fake.add(start=self.ours.coming(2 + number), metadata={"call_id": name})
        self.rows[name] = self._row(name, record) if number % 2 else None

    def _series(self, number: int) -> None:
        name = self._call()
        first, *_ = [
            self.ours.fake.add(
                start=self.ours.coming(2 + number + 7 * week), metadata={"call_id": name}, recurring_uid=f"of_{name}"
            )
            for week in range(3)
        ]
        self.rows[name] = self._row(name, first) if number % 2 else None

    def _seat(self, number: int) -> None:
        name = self._call()
        seat = Seat(uid=f"seat_{name}", name="G", email="g@example.org", metadata={"call_id": name})
        stored = self.ours.fake.world.all_stored()
        shared = [row for row in stored if row.seated and row.status == "accepted" and len(row.seats) < 3]
        if shared and number % 2:
            record = self.ours.fake.act("sit", uid=shared[0].uid, seat={**_document(seat)})
            assert record is not None
        else:
            record = self.ours.fake.add(start=self.ours.coming(2 + number), event_type=500, seats=[_document(seat)])
        self.rows[name] = self._row(name, record)

    def _call(self) -> str:
        call = worlds.add_call(self.ours.rt.engine)
        return str(worlds.row(self.ours.rt.engine, "calls", call)["retell_call_id"]).lower()

    def _row(self, name: str, record: Record) -> int:
        ((call,),) = worlds.execute(self.ours.rt.engine, "SELECT id FROM calls WHERE retell_call_id = :name", name=name)
        return self.ours.book(record, call_id=call)

    def lives(self, name: str) -> bool:
        """Whether anything of the call is booked."""
        rows = [row for row in self.ours.fake.world.all_stored() if row.status == "accepted"]
        seats = [seat for row in rows for seat in row.seats]
        return any(one.metadata.get("call_id") == name for one in [*rows, *seats])

    def guard_says(self, name: str) -> bool:
        """What the guard is told when it looks for the booking of the call."""
        now = self.ours.fake.world.clock.now()
        announced = (now - timedelta(hours=2)).replace(tzinfo=None)
        question = Question(
            company_id=1, booking_id=None, retell_call_id=name, announced_at=announced, received_at=announced
        )
        with CalcomClient(self.ours.fake.connection(limits=QUICK)) as client:
            said = Search(client, (), question, now=now).answer()
        assert said in {Said.BOOKED, Said.ONE_BOOKING, Said.NOT_BOOKED}
        return said is not Said.NOT_BOOKED

    def rules_say(self, name: str) -> bool:
        """What is found, taken together: its row is in the calendar or was moved there, or a booking lacks its row."""
        found, row = self.ours.findings(), self.rows[name]
        held = row is not None and not {(_GONE, row), (_OTHER_CALL, row)} & found
        moved = any(_names_its_move(item) for item in self.items() if (item.rule_id, item.entity_id) == (_GONE, row))
        uids = [r.uid for r in self.ours.fake.world.all_stored() if r.metadata.get("call_id") == name]
        mirrored = {uid: int(str(id_)) for id_, uid in self.ours.mirror("id, calcom_uid")}
        return held or moved or any((_UNKNOWN, mirrored[uid]) in found for uid in uids)

    def items(self) -> list[Item]:
        """What people are asked."""
        with self.ours.rt.transaction() as connection:
            return queue.list_items(connection)


def _document(seat: Seat) -> dict[str, object]:
    return {"uid": seat.uid, "name": seat.name, "email": seat.email, "metadata": dict(seat.metadata)}


def _names_its_move(item: Item) -> bool:
    calendar = item.context.get("calendar")
    return isinstance(calendar, dict) and "moved_to" in calendar


def _begin(ours: Calendar, *, names_root: bool) -> _Story:
    ours.fake.reset()
    ours.fake.world.clock.advance((utc_now() - ours.fake.world.clock.now()).total_seconds())
    ours.fake.world.switches.limit, ours.fake.world.switches.names_root = 10_000, names_root
    for table in ("appointments", "calls", *_OF_OURS):
        worlds.execute(ours.rt.engine, f"DELETE FROM {table}")
    return _Story(ours)


@given(steps=_STEPS, names_root=st.booleans())
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a story is short, and each takes seconds
)
def test_all_say_whether_a_calls_booking_lives(
    ours: Calendar, steps: list[tuple[str, int]], *, names_root: bool
) -> None:
    """As the server's books say; and what is proposed ends what was found, once a person approves it."""
    story = _begin(ours, names_root=names_root)
    for step, number in steps:
        story.do(step, number)
    for record in list(ours.fake.world.all_stored()):
        ours.age(record.uid, minutes=45)

    ours.reconcile(horizon=True)

    for name in story.rows:
        assert (story.lives(name), story.lives(name)) == (story.guard_says(name), story.rules_say(name)), name
    offered = [item for item in story.items() if item.proposal is not None]
    for item in offered:
        assert "applied" == people.approve(ours.rt, item.id, ANN).done
    if offered:
        ours.reconcile(horizon=True)
    assert not {(item.rule_id, item.entity_id) for item in offered} & ours.findings()
    assert all(story.lives(name) == story.rules_say(name) for name in story.rows)
