"""A source with DATETIME columns: what the clocks of its zone showed counts as the moment in UTC that it means."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from consistency_sandbox.servers import private
from consistency_sandbox.trial import examples
from consistency_sandbox.trial.trial import try_rule
from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.verdict import Verdict
from data_consistency.db import sql
from data_consistency.project import shipped
from data_consistency.review import decisions
from data_consistency.rules import load_suites
from data_consistency.rules.clocks import clocks_of
from data_consistency.runtime import Runtime
from data_consistency.schema import triggers
from tests import bookings, worlds
from tests.people import ADMIN
from tests.rounds import findings, run_all
from tests.schemas import Schemas
from tests.walls import (
    BERLIN,
    NEW_YORK,
    Times,
    as_wall_times,
    examples_schema,
    on_wall,
    shown_on_walls,
    without_foreign_keys,
)
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

_SUITES = load_suites(shipped())
_EXAMPLES = examples.read_all(_SUITES.values(), shipped().example_folders())
_ZONES = (BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC"))


@pytest.fixture(scope="module")
def walls(database_server: private.Server) -> Iterator[tuple[str, Times]]:
    """A schema whose times are all DATETIME, for examples of rules."""
    with examples_schema(database_server, "dc_test_walls") as made:
        yield made


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK], ids=str)
def test_every_rule_does_with_wall_times_what_its_examples_say(walls: tuple[str, Times], zone: ZoneInfo) -> None:
    """Weeks on both sides of a change of the clocks: the same findings, refusals and corrections as with instants."""
    url, times = walls
    engine = without_foreign_keys(make_engine(url, zone=zone))
    try:
        trials = [
            try_rule(engine, suite, rule, shown_on_walls(_EXAMPLES[rule.id], times, zone))
            for suite in _SUITES.values()
            for rule in suite.rules
            # Its examples name the same hour of other weeks by the clocks of Berlin.
            if zone is BERLIN or "usual_calls" not in rule.condition
        ]
    finally:
        engine.dispose()

    assert {} == {trial.rule: trial.difference for trial in trials if not trial.passed}


_NEAR_A_CHANGE = [
    *(datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1), datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6)),
    *(datetime(2026, 4, 4, 15), datetime(2026, 10, 3, 15, 30)),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(_ZONES),
    figures=st.lists(
        st.datetimes(datetime(2010, 1, 2), datetime(2040, 12, 30))
        | st.builds(
            lambda change, seconds: change + timedelta(seconds=seconds),
            st.sampled_from(_NEAR_A_CHANGE),
            st.integers(-4 * 3600, 4 * 3600),
        ),
        min_size=1,
        max_size=20,
    ),
)
def test_the_server_reads_clocks_as_python_does(
    walls: tuple[str, Times], zone: ZoneInfo, figures: list[datetime]
) -> None:
    """Any second: an hour shown twice is its first, one that is skipped an hour later; and back again."""
    clocks = clocks_of(zone)
    engine = make_engine(walls[0])
    asked = " UNION ALL ".join(
        f"SELECT {clocks.in_utc('t.at')}, {clocks.on_wall('t.at')} FROM (SELECT CAST(:f{n} AS DATETIME(6)) AS at) AS t"
        for n in range(len(figures))
    )
    try:
        with engine.connect() as connection:
            found = connection.execute(text(asked), {f"f{n}": moment for n, moment in enumerate(figures)}).all()
    finally:
        engine.dispose()

    assert [(one.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None), on_wall(one, zone)) for one in figures] == [
        tuple(row) for row in found
    ]


# Far from UTC, and its clocks are never changed: what is judged by the time of the test is judged alike on every day.
_KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def shop(database_server: private.Server, schemas: Schemas) -> Iterator[Runtime]:
    """A source in Kolkata that keeps wall times, with our triggers."""

    def create(url: str) -> None:
        worlds.create(url, triggers=True, zone=_KOLKATA, changed=as_wall_times)

    with schemas.use(database_server, "wall times", create) as url:
        rt = worlds.runtime(url, SOURCE_TIMEZONE=_KOLKATA.key)
        yield rt
        rt.engine.dispose()


def _ago(rt: Runtime, **time: float) -> datetime:
    """What the clocks of the shop showed some time ago."""
    return on_wall(rt.now().replace(microsecond=0) - timedelta(**time), _KOLKATA)


def _rest(rt: Runtime) -> None:
    """Nothing was touched lately."""
    for table in ("calls", "appointments"):
        worlds.execute(rt.engine, f"UPDATE {table} SET consistency_changed_at = NOW() - INTERVAL 5 DAY")


def _checked(rt: Runtime, run_id: str) -> int | None:
    pipeline.begin(rt, run_id, "check", "test")
    return pipeline.check_table(rt, table="calls", run_id=run_id).rows_checked


def test_a_check_finds_what_is_due_and_reads_what_changed_alone(shop: Runtime) -> None:
    """A call that began three hours ago is stuck, one of an hour ago is not; what is at rest is not read again."""
    for hours in (3, 1):
        begun = {"start_timestamp": _ago(shop, hours=hours), "created_at": _ago(shop, hours=hours)}
        worlds.add_call(shop.engine, status="ongoing", **begun)
    _rest(shop)
    ((stuck,), (going_on,)) = worlds.execute(shop.engine, "SELECT id FROM calls ORDER BY id")

    corrected = run_all(shop, "r1")
    settled = _checked(shop, "r2")
    worlds.execute(shop.engine, "UPDATE calls SET summary = 'again' WHERE id = :id", id=going_on)
    changed = _checked(shop, "r3")

    assert {("call_is_not_stuck", stuck, "corrected")} == findings(shop)
    assert 1 == corrected["calls"]
    assert 1 == (changed or 0) - (settled or 0)


def test_a_correction_writes_what_the_clocks_show_and_is_undone(shop: Runtime) -> None:
    """A time taken from another row stands there in the same figures; audit and pages tell it in UTC."""
    moved, server_now = _ago(shop, days=2), "SELECT UTC_TIMESTAMP(6) + INTERVAL 330 MINUTE"
    maintained = "MODIFY updated_at DATETIME(6) NULL ON UPDATE CURRENT_TIMESTAMP(6)"
    worlds.execute(shop.engine, f"ALTER TABLE appointments {maintained}")
    appointment = worlds.add_appointment(shop.engine, rescheduled_count=1, starts_at=None, ends_at=None)
    worlds.execute(
        shop.engine,
        "INSERT INTO appointment_modifications (appointment_id, modification_type, created_at)"
        " VALUES (:id, 'reschedule', :moved)",
        id=appointment,
        moved=moved,
    )
    _rest(shop)
    before = worlds.row(shop.engine, "appointments", appointment)

    ((begun,),) = worlds.execute(shop.engine, server_now)
    run_all(shop, "r1")
    ((ended,),) = worlds.execute(shop.engine, server_now)
    after = worlds.row(shop.engine, "appointments", appointment)
    with shop.engine.connect() as connection:
        asked = {"row_id": appointment, "call_id": None, "company_id": 1, "limit": 1}
        page = dict(sql.run(connection, "live_appointments", **asked).mappings().one())
    ((audited,),) = worlds.execute(
        shop.engine, "SELECT JSON_UNQUOTE(JSON_EXTRACT(after_values, '$.rescheduled_at')) FROM consistency_corrections"
    )
    undone = decisions.undo(shop, ADMIN, run_id="r1")

    in_utc = moved - timedelta(hours=5, minutes=30)
    changed = {name: value for name, value in after.items() if value != before[name]}
    assert {"rescheduled_at": moved, "updated_at": after["updated_at"]} == changed
    assert begun <= after["updated_at"] <= ended  # type: ignore[operator]  # all are times
    assert in_utc.isoformat() == audited
    assert in_utc == page["rescheduled_at"]
    assert [*after, "is_void"] == list(page)
    assert (1, 0) == (undone.undone, undone.refused)
    assert before == worlds.row(shop.engine, "appointments", appointment)


def test_the_guard_knows_how_old_an_appointment_is(shop: Runtime) -> None:
    """One of a moment ago is confirmed; one of two hours ago was made by something else."""
    call, other = bookings.add_call(shop), bookings.add_call(shop)
    fresh = bookings.add_appointment(shop, call, created_at=_ago(shop, seconds=3), calcom_v2_booking_id="bk1")
    old = bookings.add_appointment(shop, other, created_at=_ago(shop, hours=2), calcom_v2_booking_id="bk2")

    with BookingGuard(shop, mode=Mode.SHADOW) as guard:
        confirmed = guard.validate_appointment_creation(call, fresh, "bk1")
        refused = guard.validate_appointment_creation(other, old, "bk2")

    assert Verdict.CONFIRMED is confirmed.verdict
    assert "appointment_too_old" == refused.reason


def test_triggers_write_what_the_clocks_show(shop: Runtime) -> None:
    """Whatever the zone of the session that writes; a change of the zone is told until the triggers know of it."""
    for zone in ("+00:00", "+09:00"):
        call = worlds.add_call(shop.engine)
        with shop.engine.begin() as connection:
            connection.execute(text("SET SESSION time_zone = :zone"), {"zone": zone})
            begun = connection.execute(text("SELECT UTC_TIMESTAMP()")).scalar_one()
            connection.execute(
                text("INSERT INTO appointments (company_id, call_id, status) VALUES (1, :call, 'confirmed')"),
                {"call": call},
            )
            ended = connection.execute(text("SELECT UTC_TIMESTAMP()")).scalar_one()
            connection.execute(text("SET SESSION time_zone = '+00:00'"))
        linked = worlds.row(shop.engine, "calls", call)["appointment_linked_at"]

        assert isinstance(linked, datetime)
        assert begun <= linked - timedelta(hours=5, minutes=30) <= ended

    with shop.engine.connect() as connection:
        here = triggers.verify(connection)
    moved = worlds.runtime(shop.engine.url.render_as_string(hide_password=False), SOURCE_TIMEZONE="Europe/Berlin")
    with moved.engine.connect() as connection:
        elsewhere = triggers.verify(connection)
    moved.engine.dispose()

    assert [] == here
    assert {"changed"} == {drift.kind for drift in elsewhere}


def test_where_nothing_of_ours_stands_in_a_table_eight_days_are_read(empty_schema: str) -> None:
    """Those of the clock on the wall: what was made just before, or is made five hours from now, is left out."""
    worlds.create(empty_schema, change_columns=False, changed=as_wall_times)
    rt = worlds.runtime(empty_schema, SOURCE_TIMEZONE=_KOLKATA.key)
    assert 0 == _checked(rt, "r1")
    for age in (timedelta(minutes=1), timedelta(days=8, hours=-1), timedelta(days=8, hours=2)):
        worlds.execute(
            rt.engine,
            "INSERT INTO calls (company_id, retell_call_id, created_at) VALUES (1, :name, :at)",
            name=f"call_{age}",
            at=on_wall(rt.now() - age, _KOLKATA),
        )

    read = _checked(rt, "r2")
    rt.engine.dispose()

    assert 2 == read
