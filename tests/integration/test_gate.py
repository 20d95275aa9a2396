"""The gate: whatever may stop a change stops it on every road, in the transaction that writes."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Engine, event

from data_consistency import pipeline
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.settlement import Action
from data_consistency.correct import applying, gate
from data_consistency.correct.applying import Order
from data_consistency.correct.warrant import Ask, Authority, Stop, Warrant, ask_of
from data_consistency.errors import DatabaseUnavailable, GateClosed
from data_consistency.ledger import switches
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import bookings, people, worlds
from tests.people import ADMIN

_DIRECTION = "call_direction_present"


def _settings(rt: Runtime, **settings: str) -> Runtime:
    """The same database with other settings."""
    return worlds.runtime(rt.engine.url.render_as_string(hide_password=False), **settings)


def _check(rt: Runtime, run_id: str, kind: str = "changed") -> None:
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind=kind)


def _correct(rt: Runtime, run_id: str) -> pipeline.CorrectionCounts:
    return pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", rule_id=_DIRECTION)


def _directions(rt: Runtime) -> list[object]:
    return [value for (value,) in worlds.execute(rt.engine, "SELECT direction FROM calls ORDER BY id")]


def _throw(rt: Runtime, *, on: bool) -> None:
    with rt.transaction() as connection:
        switches.throw(connection, switches.CORRECTIONS, on=on, actor="test", now=rt.now())


def _question(rt: Runtime) -> int:
    """A question with a proposal: the company wants no automatic change."""
    worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    _correct(_settings(rt, OPTED_OUT_COMPANIES="1"), "r1")
    (item,) = decisions.list_questions(rt, ADMIN)
    return item.id


def _told(rt: Runtime) -> list[object]:
    """What the events of changes say of their leave."""
    rows = worlds.execute(
        rt.engine,
        "SELECT detail FROM consistency_events WHERE kind = 'correction' AND state_to = 'applied' ORDER BY id",
    )
    return [json.loads(str(detail)).get("overridden") for (detail,) in rows]


def _order(rt: Runtime, authority: Authority = Authority.AUTOMATIC, run_id: str = "r1") -> Order:
    suite = rt.suites()["calls"]
    rule = next(rule for rule in suite.rules if rule.id == _DIRECTION)
    warrant = Warrant(authority=authority, source=rt.source, dry_run=rt.source.dry_run)
    return Order(suite=suite, rule=rule, run_id=run_id, actor="test", now=rt.now(), warrant=warrant)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"DRY_RUN": "true"}, Stop.DRY_RUN),
        ({"CORRECTIONS_ENABLED": "false"}, Stop.SWITCHED_OFF),
        ({}, Stop.SWITCHED_OFF),
    ],
    ids=["dry run", "setting", "switch"],
)
def test_an_approval_changes_nothing_while_nothing_may_be_changed(
    rt: Runtime, settings: dict[str, str], reason: str
) -> None:
    """Kill switch and dry run hold for people too: row, item and finding stay as they were."""
    item = _question(rt)
    if not settings:
        _throw(rt, on=False)
    before = worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_events")

    with pytest.raises(GateClosed) as closed:
        people.approve(_settings(rt, **settings), item)

    assert reason == closed.value.reason
    assert [None] == _directions(rt)
    assert "pending" == decisions.look(rt, item, ADMIN).status
    assert before == worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_events")


@pytest.mark.parametrize("mode", ["shadow", "alert"])
def test_a_rule_that_changes_no_row_changes_none_for_a_person_either(
    rt: Runtime, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mode is how one rule is switched off."""
    order = _order(rt, Authority.PERSON)
    rule = replace(order.rule, mode=type(order.rule.mode)(mode))

    with rt.transaction() as connection, pytest.raises(GateClosed, match=f"mode '{mode}'") as closed:
        gate.enter(connection, ask_of(rule, run_id="r", now=rt.now()), order.warrant)

    assert Stop.MODE == closed.value.reason


def test_what_a_person_decides_against_is_told_with_the_change(rt: Runtime) -> None:
    """The company opted out and the cap is exceeded: a person may, and the event says what they decided against."""
    item = _question(rt)
    strict = _settings(rt, OPTED_OUT_COMPANIES="1", MAX_CORRECTIONS="0")

    assert "applied" == people.approve(strict, item).done

    assert ["inbound"] == _directions(rt)
    assert [["cap", "opted_out"]] == _told(rt)
    assert [("person",)] == worlds.execute(rt.engine, "SELECT authority FROM consistency_corrections")


def test_a_switch_thrown_in_the_middle_of_a_run_stops_its_next_batch(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at its end, and not at the next run: what was not begun is not changed; switched on, it goes on."""
    for _ in range(9):
        worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    monkeypatch.setattr(applying, "BATCH_ROWS", 3)
    watched, thrown = _settings(rt), threading.Event()

    def throw(*_: object) -> None:
        if not thrown.is_set() and "inbound" in _directions(rt):
            thrown.set()
            _throw(rt, on=False)

    # Before each transaction of the run: the first that follows a batch finds the switch thrown.
    event.listen(watched.engine, "checkout", throw)

    stopped = _correct(watched, "r1")

    assert 3 == stopped.corrected == _directions(rt).count("inbound")
    _throw(rt, on=True)
    assert 6 == _correct(rt, "r2").corrected


def test_whoever_throws_the_switch_waits_for_what_is_being_written(rt: Runtime) -> None:
    """When the command returns, not one row is changed any more."""
    call = worlds.add_call(rt.engine, direction=None)
    impatient = worlds.make_engine(rt.engine.url, patience_seconds=2.0)
    waiting = replace(rt, engine=impatient)
    with rt.transaction() as connection:
        batch = applying.apply(connection, _order(rt), [call])
        with pytest.raises(DatabaseUnavailable):
            _throw(waiting, on=False)

    _throw(waiting, on=False)
    impatient.dispose()

    assert (call,) == batch.corrected
    with rt.transaction() as connection, pytest.raises(GateClosed):
        applying.apply(connection, _order(rt), [worlds.add_call(rt.engine, direction=None)])


def test_the_share_is_of_the_check_that_found_the_rows(rt: Runtime) -> None:
    """A later check of one row does not lift the cap that a check of a hundred rows has set."""
    for _ in range(94):
        worlds.add_call(rt.engine)
    wrong = [worlds.add_call(rt.engine, direction=None) for _ in range(6)]
    _check(rt, "r1", kind="full")
    worlds.execute(rt.engine, "UPDATE calls SET summary = 'x' WHERE id = 1")
    worlds.execute(rt.engine, "UPDATE consistency_watermarks SET changed_until = UTC_TIMESTAMP(6)")
    _check(rt, "r2")

    counts = _correct(rt, "r2")

    assert (0, 1) == (counts.corrected, counts.incidents)
    (incident,) = decisions.list_incidents(rt)
    assert (6, 5) == (incident.found, incident.cap)
    assert [None] * 6 == [worlds.row(rt.engine, "calls", call)["direction"] for call in wrong]
    # The same answer where it is asked under the lock, whoever made the plan.
    with rt.transaction() as connection:
        worlds.execute(rt.engine, "DELETE FROM consistency_incidents")
        with pytest.raises(GateClosed) as closed:
            applying.apply(connection, _order(rt, run_id="r3"), wrong)
    assert Stop.CAP == closed.value.reason


def test_a_day_has_a_cap_whatever_the_number_of_runs(rt: Runtime) -> None:
    """Runs of few rows add up; what was taken back counts as well."""
    daily = _settings(rt, MAX_CORRECTIONS="2", MAX_CORRECTIONS_PER_DAY="3")
    corrected = []
    for run in ("r1", "r2", "r3"):
        worlds.add_call(rt.engine, direction=None)
        _check(daily, run, kind="full")
        corrected.append(_correct(daily, run).corrected)
        decisions.undo(daily, ADMIN, run_id=run)
        worlds.execute(rt.engine, "DELETE FROM calls")

    worlds.add_call(rt.engine, direction=None)
    _check(daily, "r4", kind="full")

    assert [1, 1, 1, 0] == [*corrected, _correct(daily, "r4").corrected]
    assert [(1, 0)] == [(incident.found, incident.cap) for incident in decisions.list_incidents(rt)]


def test_two_runs_at_once_share_one_cap(rt: Runtime) -> None:
    """Whoever comes second waits for the first, counts what that has changed, and changes nothing."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(6)]
    daily = _settings(rt, MAX_CORRECTIONS="4", MAX_CORRECTIONS_PER_DAY="4")
    ready, results = threading.Barrier(2), []

    def correct(run_id: str, ids: list[int]) -> None:
        ready.wait()
        try:
            with daily.transaction() as connection:
                results.append(len(applying.apply(connection, _order(daily, run_id=run_id), ids).corrected))
        except GateClosed as closed:
            results.append(closed.reason)

    threads = [threading.Thread(target=correct, args=(run, ids)) for run, ids in (("a", calls[:3]), ("b", calls[3:]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {3, Stop.CAP} == set(results)
    assert 3 == _directions(rt).count("inbound")


def test_rows_are_left_for_what_is_true_of_them_under_the_lock(rt: Runtime) -> None:
    """Touched since the plan was made, or moved to a company that wants no change: left, and still open."""
    touched, moved, free = (worlds.add_call(rt.engine, direction=None) for _ in range(3))
    order = _order(_settings(rt, OPTED_OUT_COMPANIES="2"))
    order = replace(order, rule=replace(order.rule, min_age_minutes=15))
    _check(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET summary = 'x' WHERE id = :id", id=touched)
    worlds.execute(
        rt.engine,
        "UPDATE calls SET company_id = 2, consistency_changed_at = consistency_changed_at WHERE id = :id",
        id=moved,
    )

    with rt.transaction() as connection:
        batch = applying.apply(connection, order, [touched, moved, free])

    assert ((free,), ()) == (batch.corrected, batch.skipped)
    assert {touched: "touched_lately", moved: "opted_out"} == dict(batch.left)
    assert {"open", "corrected"} == {
        str(status) for (status,) in worlds.execute(rt.engine, "SELECT status FROM data_consistency_alerts")
    }


def test_while_an_incident_is_open_nothing_of_it_is_corrected(rt: Runtime) -> None:
    """Fewer rows than the cap are left of it, and still a person decides; other companies' rows go on."""
    many = [worlds.add_call(rt.engine, direction=None) for _ in range(26)]
    other = worlds.add_call(rt.engine, direction=None, company_id=2)
    _check(rt, "r1")
    first = _correct(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id > :id AND company_id = 1", id=many[2])
    _check(rt, "r2", kind="full")

    second = _correct(rt, "r2")

    assert (1, 0) == (first.corrected, second.corrected)
    assert "inbound" == worlds.row(rt.engine, "calls", other)["direction"]
    assert [None] * 3 == [worlds.row(rt.engine, "calls", call)["direction"] for call in many[:3]]
    assert [1] == [incident.company_id for incident in decisions.list_incidents(rt)]


def test_an_incident_closes_by_itself_only_when_nothing_is_left_to_decide(rt: Runtime) -> None:
    """Its violations are gone: the next run closes it, and says why."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    _correct(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound'")
    _check(rt, "r2", kind="full")

    _correct(rt, "r2")

    assert [] == decisions.list_incidents(rt)
    ((why,),) = worlds.execute(
        rt.engine,
        "SELECT JSON_VALUE(detail, '$.why') FROM consistency_events WHERE kind = 'incident' AND state_to = 'closed'",
    )
    assert "its violations are gone" == why


def test_undo_goes_on_while_corrections_are_switched_off(rt: Runtime) -> None:
    """That is what the switch is thrown for; the events say so."""
    worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    _correct(rt, "r1")
    _throw(rt, on=False)

    counts = decisions.undo(_settings(rt, DRY_RUN="true"), ADMIN, run_id="r1")

    assert (1, ("dry_run", "switched_off")) == (counts.undone, counts.overridden)
    assert [None] == _directions(rt)
    ((detail,),) = worlds.execute(
        rt.engine, "SELECT detail FROM consistency_events WHERE kind = 'correction' AND state_to = 'undone'"
    )
    assert ["dry_run", "switched_off"] == json.loads(str(detail))["overridden"]


def test_a_leave_is_good_for_its_rows_and_its_transaction(rt: Runtime) -> None:
    """Nobody writes rows that were not asked about and counted, nor after the end."""
    call = worlds.add_call(rt.engine, direction=None)
    ask = Ask(rule=_DIRECTION, table="calls", mode=None, run_id="r", now=rt.now())
    write = "UPDATE calls SET direction = 'inbound' WHERE id = :id"
    with rt.transaction() as connection:
        leave = gate.enter(connection, ask, _order(rt).warrant)
        with pytest.raises(GateClosed, match="not asked about"):
            leave.spend("call", [call])
        with pytest.raises(GateClosed, match="not counted"):
            leave.write([call], write, {"id": call})
    undo = Warrant(authority=Authority.UNDO, source=rt.source)
    with rt.transaction() as connection:
        kept = gate.enter_undo(connection, [_DIRECTION], undo)

    with pytest.raises(GateClosed, match="outside its transaction"):
        kept.write([call], write, {"id": call})
    assert [None] == _directions(rt)


def test_rows_are_tried_in_schemas_of_tests_alone(rt: Runtime) -> None:
    """Without a warrant nothing is written where it could stay."""
    call = worlds.add_call(rt.engine, direction=None)
    order = replace(_order(rt), warrant=Warrant(authority=Authority.REHEARSAL, source=None))
    worlds.execute(rt.engine, "UPDATE consistency_marker SET environment = 'operational'")

    with rt.transaction() as connection, pytest.raises(GateClosed, match="schema of tests"):
        applying.apply(connection, order, [call])
    with rt.rolled_back() as connection:
        tried = applying.apply(connection, order, [call])

    assert (call,) == tried.corrected
    assert [None] == _directions(rt)


@pytest.fixture
def absent(rt: Runtime) -> int:
    """A call that announced a booking which exists nowhere."""
    return bookings.add_call(rt)


def _settle(rt: Runtime, call: int) -> Action:
    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        return guard.rollback_on_failure(call, guard.validate_appointment_creation(call)).action


def test_the_guard_asks_as_well(rt: Runtime, absent: int) -> None:
    """Dry run: it would act. A company that opted out, and more in a day than the cap: a person decides."""
    before = bookings.columns(rt, absent)

    assert Action.WOULD_ACT == _settle(_settings(rt, DRY_RUN="true"), absent)
    assert Action.SENT_TO_REVIEW == _settle(_settings(rt, OPTED_OUT_COMPANIES="1"), absent)
    assert Action.SENT_TO_REVIEW == _settle(_settings(rt, MAX_CORRECTIONS="0"), absent)
    assert before == bookings.columns(rt, absent)
    assert Action.ROLLED_BACK == _settle(rt, absent)


def test_the_guard_repairs_by_a_rule_only_as_far_as_the_rule_may(rt: Runtime) -> None:
    """An open incident about the rule stops the guard too: the flags are put before a person."""
    call = bookings.add_call(rt, appointment_made=0, appointment_link_status="pending_creation", session_outcome=None)
    bookings.add_appointment(rt, call)
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_incidents (kind, rule, table_name, status, found, cap, detail, run_id, opened_at,"
        " last_seen_at) VALUES ('cap_exceeded', 'appointment_is_flagged_on_call', 'calls', 'open', 30, 25, 'x', 'r',"
        " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
    )

    assert Action.SENT_TO_REVIEW == _settle(rt, call)
    assert 0 == bookings.columns(rt, call)["appointment_made"]


@dataclass(slots=True)
class Watch:
    """Statements that change rows of the source."""

    inside: bool = False
    through: int = 0
    beside: list[str] = field(default_factory=list)

    def over(self, engine: Engine) -> None:
        """Watch an engine."""
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        text = "\n".join(line for line in statement.splitlines() if not line.startswith("--")).strip()
        if re.match(r"(UPDATE|INSERT INTO|DELETE FROM) (calls|appointments|customers)\b", text):
            self.through += self.inside
            self.beside += [] if self.inside else [text]


@pytest.fixture
def through(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Tells of every statement on a source table whether a leave has sent it."""
    watch = Watch()

    def sent_by_a_leave(real: Callable[..., object]) -> Callable[..., object]:
        def send(*args: object, **options: object) -> object:
            watch.inside = True
            try:
                return real(*args, **options)
            finally:
                watch.inside = False

        return send

    for name in ("write", "run"):
        monkeypatch.setattr(gate.Leave, name, sent_by_a_leave(getattr(gate.Leave, name)))
    yield watch
    assert watch.beside == []


def test_every_statement_on_source_rows_goes_through_a_leave(rt: Runtime, through: Watch) -> None:
    """As it is sent: correction, approved plan, approval, undo, replay and guard."""
    watched = _settings(rt)
    through.over(watched.engine)
    item = _question(rt)
    worlds.add_call(rt.engine, direction="")
    _check(rt, "r2", kind="full")
    _correct(watched, "r2")
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    _check(rt, "r3", kind="full")
    _correct(watched, "r3")
    (incident,) = decisions.list_incidents(rt)
    decisions.approve_incident(watched, incident.id, ADMIN)
    people.approve(watched, item)
    _correct(watched, "r4")
    suite = rt.suites()["calls"]
    rule = next(rule for rule in suite.rules if rule.id == _DIRECTION)
    pipeline.replay_rule(watched, suite, rule, days=1)
    before = through.through
    undone = decisions.undo(watched, ADMIN, rule=_DIRECTION).undone
    call = bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        through.over(guard._rt.engine)
        guard.rollback_on_failure(call, guard.validate_appointment_creation(call))

    assert 28 == undone
    assert 2 == through.through - before, "all rows of the undo at once, and the guard's"
    assert before >= 4, "two corrections, an approved plan, an approval"
