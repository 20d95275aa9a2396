"""Each part of the work with a database user of its own that may do just that."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import URL, Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.settlement import Action
from data_consistency.booking.verdict import Calendar
from data_consistency.errors import WrongUse
from data_consistency.ledger import hints
from data_consistency.pipeline.hinted import HintWorker
from data_consistency.project import shipped
from data_consistency.review import decisions
from data_consistency.rules.corrections import CORRECTABLE
from data_consistency.runtime import Runtime
from data_consistency.schema.grants import statements
from tests import hinting, worlds
from tests.breakers import PATIENT, answer, breakers_of, fail, try_call
from tests.calendar_world import Calendar as World
from tests.people import ADMIN
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

As = Callable[[str], Runtime]
_BOOKED = {"session_outcome": "appointment_booked", "appointment_made": 1, "appointment_link_status": "linked"}


@pytest.fixture
def as_role(rt: Runtime) -> Iterator[As]:
    """The same schema, as a user of a role."""
    made: list[Engine] = []

    def log_in(role: str) -> Runtime:
        url: URL = rt.engine.url.set(username=f"t_{role}", password="secret")
        with rt.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP USER IF EXISTS 't_{role}'@'localhost'")
            connection.exec_driver_sql(f"CREATE USER 't_{role}'@'localhost' IDENTIFIED BY 'secret'")
            text = statements(shipped(), role, user=f"t_{role}@localhost", schema=str(url.database))
            for statement in text.split(";\n"):
                connection.exec_driver_sql(statement.rstrip(";").replace("%", "%%"))
        made.append(make_engine(url))
        return worlds.runtime(url.render_as_string(hide_password=False))

    yield log_in
    for engine in made:
        engine.dispose()


def _refused(rt: Runtime, statement: str) -> None:
    with pytest.raises((OperationalError, ProgrammingError), match="denied"), rt.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_the_booking_guard_has_what_it_needs_and_no_more(rt: Runtime, as_role: As) -> None:
    """It confirms, repairs, takes back, asks people, looks again and keeps its breaker."""
    app = as_role("app")
    good, absent, differing = (worlds.add_call(rt.engine, **{**_BOOKED, "created_at": rt.now()}) for _ in range(3))
    later = worlds.add_call(rt.engine, **_BOOKED)
    worlds.execute(
        rt.engine, "UPDATE calls SET appointment_made = 0, session_outcome = NULL WHERE id = :id", id=differing
    )
    for call in (good, differing):
        worlds.add_appointment(
            rt.engine, call_id=call, source="phone", status="confirmed", created_at=rt.now().replace(microsecond=0)
        )
    answers = [Calendar.SILENT, Calendar.NOT_BOOKED]

    with BookingGuard(app, mode=Mode.ENFORCE) as guard:
        assert guard.validate_appointment_creation(good).success
        done = [
            guard.rollback_on_failure(call, guard.validate_appointment_creation(call)).action
            for call in (absent, differing)
        ]
    with BookingGuard(app, mode=Mode.ENFORCE, ask_calendar=lambda _question: answers.pop(0)) as guard:
        queued = guard.rollback_on_failure(later, guard.validate_appointment_creation(later)).action
        worlds.execute(rt.engine, "UPDATE consistency_booking_rechecks SET due_at = due_at - INTERVAL 1 HOUR")
        assert {"settled": 1} == guard.recheck_due()
    with breakers_of(app) as breakers:
        breaker = breakers.of("calcom", 1, PATIENT)
        assert "answer" == try_call(breaker, answer)
        assert ["Broken"] * 3 + ["CircuitOpen"] == [try_call(breaker, fail) for _ in range(4)]

    assert [Action.ROLLED_BACK, Action.REPAIRED, Action.QUEUED] == [*done, queued]
    for statement in (
        "UPDATE calls SET direction = 'inbound'",
        "DELETE FROM calls",
        "UPDATE appointments SET status = 'cancelled'",
        "UPDATE customers SET name = 'x'",
        "DELETE FROM consistency_corrections",
        "UPDATE consistency_events SET actor = 'x'",
        "DELETE FROM consistency_events",
        "INSERT INTO consistency_api_keys (company_id, name, key_hash, created_at, created_by)"
        " VALUES (1, 'x', 'x', NOW(), 'x')",
        "DROP TABLE consistency_corrections",
    ):
        _refused(app, statement)


def test_checks_and_corrections_have_what_they_need_and_no_more(rt: Runtime, as_role: As) -> None:
    """A whole run, its undo, the queue, the mails and the upkeep."""
    corrector = as_role("corrector")
    call = worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, **_BOOKED)
    pipeline.begin(corrector, "r1", "check", "test")
    for table in corrector.suites():
        pipeline.check_table(corrector, table=table, run_id="r1")
        pipeline.correct_table(corrector, table=table, run_id="r1", actor="test")
    pipeline.process_review_queue(corrector, run_id="r1")
    pipeline.notify_findings(corrector, run_id="r1")
    pipeline.deliver_outbox(corrector)
    pipeline.maintain(corrector, run_id="r1")
    pipeline.finish(corrector, "r1")

    assert "inbound" == worlds.row(rt.engine, "calls", call)["direction"]
    assert decisions.undo(corrector, ADMIN, run_id="r1").undone >= 1
    for statement in (
        "UPDATE calls SET transcript = 'x'",
        "UPDATE consistency_corrections SET before_values = '{}'",
        "DELETE FROM consistency_corrections",
        "UPDATE consistency_events SET actor = 'x'",
        "DELETE FROM consistency_events",
        "UPDATE consistency_undos SET undone_by = 'x'",
        "DELETE FROM consistency_undos",
        "DELETE FROM calls",
        "UPDATE customers SET phone = 'x'",
        "ALTER TABLE calls ADD COLUMN x INT",
        "DROP TABLE consistency_runs",
        "INSERT INTO consistency_api_keys (company_id, name, key_hash, created_at, created_by)"
        " VALUES (1, 'x', 'x', NOW(), 'x')",
    ):
        _refused(corrector, statement)


def test_the_reconciliation_is_the_correctors(rt: Runtime, as_role: As, fake: FakeCalcom) -> None:
    """Mirror, cursors, absences, heartbeats and the breaker; nothing else."""
    calendar = World(as_role("corrector"), fake)
    calendar.connect()
    fake.world.switches.limit = 10_000
    fake.add(start=calendar.coming())

    assert calendar.reconcile().is_complete
    fake.act("delete", uid=str(calendar.mirror("calcom_uid")[0][0]))
    worlds.execute(rt.engine, "UPDATE consistency_calcom_bookings SET seen_at = seen_at - INTERVAL 1 HOUR")
    calendar.reconcile(horizon=True)
    worlds.execute(rt.engine, "UPDATE consistency_calcom_absences SET missed_at = missed_at - INTERVAL 1 HOUR")

    assert calendar.reconcile().is_complete
    assert [("other",)] == calendar.mirror("status")


def test_the_booking_guards_user_works_on_hints(rt: Runtime, as_role: As, fake: FakeCalcom) -> None:
    """It notes them, mirrors what the calendar shows, records what it finds, and forgets."""
    calendar = World(rt, fake)
    calendar.connect()
    fake.world.switches.limit = 10_000
    calendar.reconcile()
    app = as_role("app")
    record = fake.add(start=calendar.coming())
    hinting.put(app, record.uid)

    with breakers_of(app) as breakers, BookingGuard(app) as guard:
        assert 1 == HintWorker(app, guard, breakers, calendar.sources).work()
    app.repeated(hints.forget)

    assert [(1, record.uid, "accepted")] == calendar.mirror()
    assert 1 == len(calendar.findings())
    _refused(app, "DELETE FROM consistency_calcom_bookings")
    _refused(app, "DELETE FROM consistency_runs")


def test_a_reader_reads(rt: Runtime, as_role: As) -> None:
    """And writes nothing."""
    reader = as_role("reader")
    with reader.engine.connect() as connection:
        assert 0 == connection.exec_driver_sql("SELECT COUNT(*) FROM calls").scalar_one()
    _refused(reader, "DELETE FROM consistency_settings")


def test_the_columns_are_those_that_corrections_may_change(rt: Runtime) -> None:
    """What is added there is to be granted here."""
    text = statements(shipped(), "corrector", user="u@%", schema="s")
    for table, columns in CORRECTABLE.items():
        granted = text.split(f") ON `s`.{table} ")[0].rsplit("GRANT UPDATE (", 1)[1]
        assert {*columns, "consistency_changed_at"} == {name.strip() for name in granted.split(",")}


def test_names_that_cannot_be_names_are_refused() -> None:
    """Nothing is pasted into a statement unseen."""
    assert "`my\\_shop`.*" in statements(shipped(), "reader", user="u@%", schema="my_shop")
    for role, user, schema in (
        ("root", "u@%", "s"),
        ("reader", "u", "s"),
        ("reader", "u'@%", "s"),
        ("app", "u@%", "a`b"),
    ):
        with pytest.raises(WrongUse):
            statements(shipped(), role, user=user, schema=schema)
