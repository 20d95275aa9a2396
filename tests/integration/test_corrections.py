"""Corrections: planned, guarded, audited, undone; what they refuse, and what stops them."""

import json
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.correct.applying import Order, apply
from data_consistency.errors import InvalidRule, WrongUse
from data_consistency.ledger import queue, switches, watermarks
from data_consistency.ledger.items import ItemKind
from data_consistency.project import Project
from data_consistency.review import decisions
from data_consistency.rules.corrections import load_correction
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.people import ADMIN
from tests.rounds import findings, run_all

pytestmark = pytest.mark.every_server

_DIRECTION = "call_direction_present"


def _audit(rt: Runtime) -> list[tuple[object, ...]]:
    return worlds.execute(
        rt.engine, "SELECT rule, entity_id, before_values, after_values, evidence FROM consistency_corrections"
    )


def test_a_correction_is_made_once_audited_and_noted_in_the_ledger(rt: Runtime) -> None:
    """Row, audit and ledger change together; the next run changes nothing."""
    call = worlds.add_call(rt.engine, direction=None, from_number="+491700000009")

    first = run_all(rt, "r1")
    second = run_all(rt, "r2", kind="full")

    assert (1, 0) == (first["calls"], second["calls"])
    assert "inbound" == worlds.row(rt.engine, "calls", call)["direction"]
    rule, entity, before, after, evidence = _audit(rt)[0]
    assert (_DIRECTION, call, "numbers") == (rule, entity, evidence)
    assert ({"direction": None}, {"direction": "inbound"}) == (json.loads(str(before)), json.loads(str(after)))
    assert (_DIRECTION, call, "corrected") in findings(rt)


def test_numbers_prove_an_outbound_call(rt: Runtime) -> None:
    """A call from one of our numbers to a stranger was ours; without proof it is inbound by default."""
    ours = worlds.add_call(rt.engine, direction="", from_number=worlds.OURS, to_number="+491700000009")
    unknown = worlds.add_call(rt.engine, direction=None, from_number="+491700000008", to_number="+491700000009")

    run_all(rt, "r1")

    assert "outbound" == worlds.row(rt.engine, "calls", ours)["direction"]
    assert "inbound" == worlds.row(rt.engine, "calls", unknown)["direction"]
    assert {"numbers", "default"} == {str(row[4]) for row in _audit(rt)}


def test_a_dry_run_changes_nothing(rt: Runtime) -> None:
    """New environments start so: the plan is counted, rows, audit and ledger stay."""
    call = worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")

    counts = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", dry_run=True)

    assert (1, 0, True) == (counts.planned, counts.corrected, counts.dry_run)
    assert worlds.row(rt.engine, "calls", call)["direction"] is None
    assert [] == _audit(rt)


@pytest.mark.parametrize("switch", ["setting", "database"])
def test_a_switch_stops_every_correction(rt: Runtime, switch: str) -> None:
    """The kill switch holds at once, whoever throws it."""
    call = worlds.add_call(rt.engine, direction=None)
    if switch == "setting":
        rt = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), CORRECTIONS_ENABLED="false")
    else:
        with rt.transaction() as connection:
            switches.throw(connection, switches.CORRECTIONS, on=False, actor="test", now=rt.now())

    run_all(rt, "r1")

    assert worlds.row(rt.engine, "calls", call)["direction"] is None


def test_only_known_switches_can_be_thrown(rt: Runtime) -> None:
    """A misspelt switch would feel safe and do nothing."""
    with rt.transaction() as connection, pytest.raises(WrongUse, match="corrections_enabled"):
        switches.throw(connection, "correction", on=False, actor="test", now=rt.now())


def test_above_the_cap_nothing_is_corrected_until_a_person_approves(rt: Runtime) -> None:
    """A wrong rule must not rewrite the table: the whole rule becomes one incident."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(26)]

    first = run_all(rt, "r1")
    run_all(rt, "r2")
    incident = decisions.list_incidents(rt)[0]
    decisions.approve_incident(rt, incident.id, ADMIN)
    approved = run_all(rt, "r3")

    assert (0, 26) == (first["calls"], approved["calls"])
    assert (_DIRECTION, 26, 25) == (incident.rule, incident.found, incident.cap)
    assert [] == decisions.list_incidents(rt)
    assert {"inbound"} == {worlds.row(rt.engine, "calls", call)["direction"] for call in calls}


def test_an_approval_is_used_up(rt: Runtime) -> None:
    """The next mass change asks again."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    run_all(rt, "r1")
    decisions.approve_incident(rt, decisions.list_incidents(rt)[0].id, ADMIN)
    run_all(rt, "r2")
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)

    again = run_all(rt, "r3", kind="full")

    assert 0 == again["calls"]
    assert 1 == len(decisions.list_incidents(rt))


def test_a_rejected_incident_stays_rejected_while_nothing_changes(rt: Runtime) -> None:
    """A person said no; asking every five minutes would teach people to say yes."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    run_all(rt, "r1")
    decisions.reject_incident(rt, decisions.list_incidents(rt)[0].id, ADMIN)

    again = run_all(rt, "r2", kind="full")

    assert 0 == again["calls"]
    assert [] == decisions.list_incidents(rt)


def test_only_an_open_incident_can_be_decided(rt: Runtime) -> None:
    """Deciding twice, or deciding what does not exist, is said."""
    with pytest.raises(WrongUse, match="does not exist"):
        decisions.approve_incident(rt, 4711, ADMIN)


def test_rows_in_flight_are_left_alone(rt: Runtime) -> None:
    """A row touched a moment ago may be half-written by another job."""
    customer = worlds.add_customer(rt.engine, email="")
    worlds.execute(rt.engine, "UPDATE customers SET journey_status = 'x' WHERE id = :id", id=customer)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="customers", run_id="r1")

    counts = pipeline.correct_table(rt, table="customers", run_id="r1", actor="test")

    assert (1, 0) == (counts.waiting, counts.corrected)


def test_a_company_that_opted_out_gets_a_question_instead(rt: Runtime) -> None:
    """No automatic change for a tenant that does not want one."""
    worlds.add_call(rt.engine, direction=None, company_id=2)
    opted = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), OPTED_OUT_COMPANIES="2")

    corrected = run_all(opted, "r1")

    assert 0 == corrected["calls"]
    with rt.transaction() as connection:
        items = queue.list_items(connection, company_id=2)
    assert [("opted_out", _DIRECTION)] == [(item.context["why"], item.rule_id) for item in items]


def test_a_row_that_is_changed_back_again_and_again_goes_to_review(rt: Runtime) -> None:
    """Corrected twice in a day by one rule, it is oscillating: somebody else writes it."""
    call = worlds.add_call(rt.engine, direction=None)
    for run in ("r1", "r2"):
        run_all(rt, run, kind="full")
        worlds.execute(rt.engine, "UPDATE calls SET direction = NULL WHERE id = :id", id=call)

    run_all(rt, "r3", kind="full")

    assert worlds.row(rt.engine, "calls", call)["direction"] is None
    with rt.transaction() as connection:
        assert ["oscillating"] == [item.context["why"] for item in queue.list_items(connection)]


def test_a_row_changed_between_plan_and_correction_is_skipped(rt: Runtime) -> None:
    """The violated condition is evaluated again under the lock."""
    call = worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'outbound' WHERE id = :id", id=call)

    counts = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")

    assert (1, 0, 1) == (counts.planned, counts.corrected, counts.skipped)
    assert "outbound" == worlds.row(rt.engine, "calls", call)["direction"]
    assert (_DIRECTION, call, "resolved") in findings(rt)


def test_a_phantom_booking_without_candidates_is_retracted_and_looked_at(rt: Runtime) -> None:
    """Older than a day and without any row: the claim is taken back, and a person looks all the same."""
    call = worlds.add_call(
        rt.engine, appointment_made=1, session_outcome="appointment_booked", appointment_link_status="linked"
    )

    run_all(rt, "r1")

    row = worlds.row(rt.engine, "calls", call)
    assert (0, "abandoned") == (row["appointment_made"], row["session_outcome"])
    with rt.transaction() as connection:
        items = queue.list_items(connection)
        confirmations = queue.list_items(connection, kind=ItemKind.CONFIRMATION)
    assert [] == items
    assert [(1, "corrected")] == [(item.priority, item.context["why"]) for item in confirmations]
    assert "confirmed" == people.approve(rt, confirmations[0].id).done


def test_a_phantom_booking_with_a_candidate_is_a_question(rt: Runtime) -> None:
    """The booking may stand on another call: a person decides, and may take the proposal."""
    customer = worlds.add_customer(rt.engine)
    claims = {
        "customer_id": customer,
        "customer_link_status": "linked",
        "customer_link_confidence": 100,
        "from_number": "+491700000001",
    }
    call = worlds.add_call(rt.engine, session_outcome="appointment_booked", **claims)
    other = worlds.add_call(
        rt.engine,
        session_outcome="appointment_booked",
        appointment_made=1,
        appointment_link_status="linked",
        appointment_linked_at=worlds.long_ago(),
        **claims,
    )
    appointment = worlds.add_appointment(
        rt.engine, call_id=other, customer_id=customer, created_at=worlds.long_ago() + timedelta(minutes=5)
    )

    run_all(rt, "r1")

    assert "appointment_booked" == worlds.row(rt.engine, "calls", call)["session_outcome"]
    with rt.transaction() as connection:
        item = next(item for item in queue.list_items(connection) if item.entity_id == call)
    assert [appointment] == item.context["candidates"]
    assert 1 == item.priority
    assert "applied" == people.approve(rt, item.id).done
    assert 0 == worlds.row(rt.engine, "calls", call)["appointment_made"]
    assert "appointment_booked" != worlds.row(rt.engine, "calls", call)["session_outcome"]


def test_a_run_that_dies_is_repeated_and_ends_in_the_same_state(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watermark moves last: what was not finished is done again, nothing twice."""
    call = worlds.add_call(rt.engine, direction=None)

    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(watermarks, "advance", die)
        pipeline.begin(rt, "r1", "check", "test")
        with pytest.raises(KeyboardInterrupt):
            pipeline.check_table(rt, table="calls", run_id="r1")
    nothing = findings(rt)

    run_all(rt, "r1")

    assert set() == nothing
    assert (_DIRECTION, call, "corrected") in findings(rt)
    assert 1 == len(_audit(rt))


def test_a_row_the_database_refuses_goes_to_review_alone(rt: Runtime) -> None:
    """A trigger of somebody else says no to one row: a person sees it, the others are corrected."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(5)]
    worlds.execute(
        rt.engine,
        "CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW"
        f" IF OLD.id = {calls[3]} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF",
    )

    run_all(rt, "r1")

    directions = [worlds.row(rt.engine, "calls", call)["direction"] for call in calls]
    assert ["inbound"] * 3 + [None, "inbound"] == directions
    assert 4 == len(_audit(rt))
    with rt.transaction() as connection:
        items = queue.list_items(connection)
    assert [("database_refused", calls[3])] == [(item.context["why"], item.entity_id) for item in items]


def test_a_change_that_does_not_help_goes_to_review(rt: Runtime) -> None:
    """Verified after the change: a row that still violates its rule is a person's."""
    call = worlds.add_call(rt.engine, direction=None)
    worlds.execute(rt.engine, "CREATE TRIGGER spoil BEFORE UPDATE ON calls FOR EACH ROW SET NEW.direction = 'sideways'")

    run_all(rt, "r1")

    with rt.transaction() as connection:
        assert [("still_violating", call)] == [
            (item.context["why"], item.entity_id) for item in queue.list_items(connection)
        ]
    assert 1 == len(_audit(rt))


def test_a_rule_without_a_correction_cannot_be_applied(rt: Runtime) -> None:
    """The engine names file and rule."""
    suite = rt.suites()["calls"]
    rule = next(rule for rule in suite.rules if rule.correction is None)
    order = Order(suite=suite, rule=rule, run_id="r", actor="test", now=rt.now())

    with rt.engine.begin() as connection, pytest.raises(InvalidRule, match=r"calls\.json.*has no correction"):
        apply(connection, order, [1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1", "header line"),
        ("-- table: calls\nSELECT 1", "header line `-- columns"),
        ("-- table: calls\n-- columns: transcript\nSELECT 1", r"column 'calls\.transcript' may not be corrected"),
        ("-- table: invoices\n-- columns: id\nSELECT 1", "may not be corrected"),
    ],
)
def test_a_correction_file_that_is_wrong_is_named(tmp_path: object, text: str, message: str) -> None:
    """Only columns that hold nothing personal may be written, and the file says which."""
    from pathlib import Path

    project = Project((Path(str(tmp_path)),))
    folder = project.home / "sql" / "corrections"
    folder.mkdir(parents=True)
    (folder / "bad.sql").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidRule, match=message):
        load_correction(project, "bad")
    with pytest.raises(InvalidRule, match=r"corrections|cannot be read|none\.sql"):
        load_correction(project, "none")
