"""One company's bad key is that company's trouble: its rows are not judged, and said so; all others are judged."""

from datetime import timedelta

import pytest

from consistency_sandbox.fake_calcom import KEY
from data_consistency import pipeline
from data_consistency.detect import evidence
from data_consistency.errors import CheckNotEvaluated, GateClosed, WrongUse
from data_consistency.ledger import queue
from data_consistency.pipeline.reconcile import disconnect_run
from data_consistency.review import decisions
from data_consistency.rules import CALCOM
from tests import people, worlds
from tests.calendar_world import Calendar, naive
from tests.people import ANN

pytestmark = pytest.mark.every_server

_MOVED = "appointment_is_at_the_time_of_the_calendar"


@pytest.fixture
def both(calendar: Calendar) -> Calendar:
    """The calendars of two companies, each with a key of its own."""
    calendar.fake.key("cal_live_second")
    calendar.connect(1, key=KEY, types=(100,))
    calendar.connect(2, key="cal_live_second", types=(200,))
    return calendar


def _differing(both: Calendar, company: int, days: float = 2) -> int:
    record = both.fake.add(start=both.coming(days), age=600, event_type=company * 100, status="accepted")
    later = timedelta(minutes=30)
    return both.book(
        record, company_id=company, starts_at=naive(record.start) + later, ends_at=naive(record.end) + later
    )


def _falls_silent(both: Calendar, *companies: int) -> None:
    """For so long that what needs their calendars cannot be judged; the key is refused from now on."""
    both.fake.world.keys.pop("cal_live_second")
    for company in companies:
        worlds.execute(
            both.rt.engine,
            "UPDATE consistency_calcom_readings SET completed_at = completed_at - INTERVAL 4 HOUR,"
            " upper_at = upper_at - INTERVAL 4 HOUR, created_at = created_at - INTERVAL 9 HOUR"
            " WHERE company_id = :company AND kind = 'changes'",
            company=company,
        )


def _open(both: Calendar) -> set[int]:
    return {entity for rule, entity in both.findings() if rule == _MOVED}


def _needing(both: Calendar) -> set[str]:
    suite = both.rt.suites()["appointments"]
    return {rule.id for rule in suite.rules if rule.needs == CALCOM}


def _reasons(both: Calendar) -> set[tuple[object, object, object]]:
    rows = worlds.execute(
        both.rt.engine,
        "SELECT rule, outcome = 'not_evaluated', reason FROM consistency_rule_results"
        " WHERE table_name = 'appointments' AND reason IS NOT NULL",
    )
    return {(rule, outcome, reason) for rule, outcome, reason in rows}


def test_a_bad_key_silences_its_own_company_alone(both: Calendar) -> None:
    """The other's new difference is found; of the silent one nothing is found, resolved or called healthy."""
    kept = _differing(both, 2)
    both.reconcile()
    first = _open(both)
    _falls_silent(both, 2)
    # what nobody knows of is neither found nor settled
    unknown = _differing(both, 2, days=5)
    worlds.execute(
        both.rt.engine, "UPDATE consistency_calcom_bookings SET starts_at = starts_at + INTERVAL 30 MINUTE,"
        " ends_at = ends_at + INTERVAL 30 MINUTE, changed_at = UTC_TIMESTAMP(6)"
    )  # fmt: skip
    found = _differing(both, 1)

    result = both.reconcile()

    assert {kept} == first
    assert {kept, found} == _open(both)
    assert unknown not in _open(both)
    reason = "not evaluated for company 2: no complete Cal.com reading in the last 3 hours"
    assert {(rule, 0, reason) for rule in _needing(both)} == _reasons(both)
    assert not result.is_complete
    assert any("company 2" in said for said in result.not_evaluated)
    rows = worlds.execute(
        both.rt.engine,
        "SELECT rule, company_id FROM consistency_incidents WHERE status = 'open' AND table_name = 'appointments'",
    )
    assert {(rule, 2) for rule in _needing(both)} == set(rows)


def test_a_company_that_is_heard_again_is_judged_for_the_time_between(both: Calendar) -> None:
    """What changed while nobody could judge it is looked at then, and what was told of it ends."""
    _differing(both, 1)
    both.reconcile()
    _falls_silent(both, 2)
    late = _differing(both, 2, days=5)
    both.reconcile()
    silent = set(both.incidents())
    both.fake.key("cal_live_second")

    result = both.reconcile()

    assert _needing(both) <= silent
    assert late in _open(both)
    assert {} == both.incidents()
    assert result.is_complete


def test_nothing_of_a_silent_company_is_written_or_settled(both: Calendar) -> None:
    """Not by a person either, who would be shown what the calendar said long ago; the other's row is."""
    _differing(both, 1)
    _differing(both, 2)
    both.reconcile()
    with both.rt.transaction() as connection:
        items = {item.company_id: item for item in queue.list_items(connection) if item.rule_id == _MOVED}
    _falls_silent(both, 2)

    with pytest.raises(GateClosed, match="company 2"):
        people.approve(both.rt, items[2].id, ANN)
    seen = decisions.refresh(both.rt, items[2].id, ANN)
    done = people.approve(both.rt, items[1].id, ANN)

    assert seen.is_open
    assert items[2].proposal == seen.proposal
    assert "applied" == done.done


def test_a_check_of_one_company_is_about_its_own_calendar(both: Calendar) -> None:
    """The silent one's says so and is red; the other's knows nothing of it."""
    both.reconcile()
    _falls_silent(both, 2)
    for run, company in (("r_one", 1), ("r_two", 2)):
        pipeline.begin(both.rt, run, "check", "test")
        if company == 1:
            pipeline.check_table(both.rt, table="appointments", run_id=run, kind="full", company_id=company)
        else:
            with pytest.raises(CheckNotEvaluated, match="company 2"):
                pipeline.check_table(both.rt, table="appointments", run_id=run, kind="full", company_id=company)

    outcomes = worlds.execute(
        both.rt.engine,
        "SELECT DISTINCT company_id, outcome FROM consistency_rule_results WHERE rule = :rule AND run_id LIKE 'r\\_%'",
        rule=_MOVED,
    )
    assert {(1, "passed"), (2, "not_evaluated")} == set(outcomes)


def test_where_all_are_silent_the_rules_are(both: Calendar) -> None:
    """Nobody reports: the rules themselves are not evaluated, as where there is one company."""
    both.reconcile()
    _falls_silent(both, 1, 2)
    worlds.execute(
        both.rt.engine, "UPDATE consistency_heartbeats SET seen_at = seen_at - INTERVAL 4 HOUR WHERE name = 'calcom'"
    )

    with both.rt.transaction() as connection:
        (silence,) = evidence.silences(connection, [CALCOM], both.rt.now()).values()

    assert silence.is_whole
    assert silence.covers(None)


def test_a_company_that_leaves_is_no_longer_missed(both: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key taken away, and said so by a command: no alarm, no incident; the others are judged as before."""
    monkeypatch.setattr("data_consistency.pipeline.reconcile.connected", lambda _: tuple(both.sources))
    found = _differing(both, 1)
    _differing(both, 2)
    both.reconcile()
    _falls_silent(both, 2)
    both.reconcile()
    silent = both.incidents()

    with pytest.raises(WrongUse, match="company 2: its calendar is connected; take it out"):
        disconnect_run(both.rt, actor="test", company=2)
    both.sources.pop()
    disconnect_run(both.rt, actor="test", company=2)
    result = both.reconcile()

    assert silent
    assert result.is_complete
    assert {} == both.incidents()
    assert found in _open(both)
    assert {"calcom", "calcom:1"} == {name for name in both.heartbeats() if name.startswith("calcom")}
    with pytest.raises(WrongUse, match="company 2: its calendar was never read"):
        disconnect_run(both.rt, actor="test", company=2)


def test_when_the_last_company_leaves_nothing_is_missed(both: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there never had been a calendar: not evaluated by choice."""
    monkeypatch.setattr("data_consistency.pipeline.reconcile.connected", lambda _: ())
    both.reconcile()
    for company in (1, 2):
        disconnect_run(both.rt, actor="test", company=company)

    with both.rt.transaction() as connection:
        (silence,) = evidence.silences(connection, [CALCOM], both.rt.now()).values()

    assert (True, True) == (silence.is_whole, silence.is_chosen)
