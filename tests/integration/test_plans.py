"""Approvals are plans: those rows, those values, once; what is left out is told."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.correct import applying, planned
from data_consistency.errors import CorrectionFailed, WrongUse
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN, ANN

_DIRECTION = "call_direction_present"


def _check(rt: Runtime, run_id: str, company_id: int | None = None) -> None:
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full", company_id=company_id)


def _correct(rt: Runtime, run_id: str, company_id: int | None = None) -> pipeline.CorrectionCounts:
    return pipeline.correct_table(
        rt, table="calls", run_id=run_id, actor="test", rule_id=_DIRECTION, company_id=company_id
    )


@pytest.fixture
def strict(rt: Runtime) -> Runtime:
    """The same database, where a run may change three rows of a rule."""
    return worlds.runtime(rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="3")


def _asked(strict: Runtime, count: int = 4, **values: object) -> tuple[int, list[int]]:
    """An incident about that many calls without direction."""
    calls = [worlds.add_call(strict.engine, **{"direction": None, **values}) for _ in range(count)]
    _check(strict, "asked")
    _correct(strict, "asked")
    return decisions.list_incidents(strict)[-1].id, calls


def _became(rt: Runtime, incident: int) -> dict[int, tuple[str | None, str | None]]:
    rows = decisions.show_incident(rt, incident, ADMIN).rows
    return {row.entity_id: (row.outcome, row.why) for row in rows}


def _status(rt: Runtime, incident: int) -> str:
    return decisions.show_incident(rt, incident, ADMIN).incident.status


def _inbound(rt: Runtime) -> set[int]:
    return {int(str(call)) for (call,) in worlds.execute(rt.engine, "SELECT id FROM calls WHERE direction = 'inbound'")}


def test_a_plan_names_rows_and_values(strict: Runtime) -> None:
    """Before and after of each, the version of the rule, whose rows they are, and until when."""
    incident, calls = _asked(strict)

    shown = decisions.show_incident(strict, incident, ADMIN)

    assert [(call, 1, {"direction": None}, {"direction": "inbound"}) for call in calls] == [
        (row.entity_id, row.company_id, dict(row.before), row.after and dict(row.after)) for row in shown.rows
    ]
    rule = next(rule for rule in strict.suites()["calls"].rules if rule.id == _DIRECTION)
    assert (1, rule.fingerprint) == (shown.incident.company_id, shown.incident.rule_fingerprint)
    assert shown.incident.expires_at is not None
    assert planned.PLAN_DAYS == (shown.incident.expires_at - shown.incident.opened_at).days


def test_what_was_approved_is_applied_once(strict: Runtime) -> None:
    """Rows that came later ask again, however few; the events tell the life of the approval."""
    incident, calls = _asked(strict)
    decisions.approve_incident(strict, incident, ADMIN)
    later = [worlds.add_call(strict.engine, direction=None) for _ in range(4)]
    _check(strict, "r1")

    first = _correct(strict, "r1")
    second = _correct(strict, "r2")

    assert (4, 0, 1, 0) == (first.corrected, first.left_out, first.incidents, second.corrected)
    assert set(calls) == _inbound(strict)
    assert dict.fromkeys(calls, ("applied", None)) == _became(strict, incident)
    assert [set(later)] == [set(_became(strict, open_.id)) for open_ in decisions.list_incidents(strict)]
    assert [("open",), ("approved",), ("applying",), ("closed",)] == worlds.execute(
        strict.engine,
        "SELECT state_to FROM consistency_events WHERE kind = 'incident' AND subject_id = :id ORDER BY id",
        id=incident,
    )
    assert [("plan", 4)] == worlds.execute(
        strict.engine, "SELECT authority, COUNT(*) FROM consistency_corrections GROUP BY authority"
    )


def test_rows_that_are_not_as_they_were_shown_are_left_out_and_told(strict: Runtime) -> None:
    """Changed, fine, gone, moved to another company, touched a moment ago: each with its reason."""
    incident, calls = _asked(strict, 6)
    changed, fine, gone, moved, refused, good = calls
    decisions.approve_incident(strict, incident, ADMIN)
    keep = "consistency_changed_at = consistency_changed_at"
    for statement, call in (
        (f"UPDATE calls SET direction = 'sideways', {keep} WHERE id = :id", changed),
        (f"UPDATE calls SET direction = 'outbound', {keep} WHERE id = :id", fine),
        ("DELETE FROM calls WHERE id = :id", gone),
        (f"UPDATE calls SET company_id = 2, {keep} WHERE id = :id", moved),
    ):
        worlds.execute(strict.engine, statement, id=call)
    worlds.execute(
        strict.engine,
        "CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW"
        f" IF OLD.id = {refused} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF",
    )

    counts = _correct(strict, "r1")

    assert {
        changed: ("left_out", "changed"),
        fine: ("left_out", "settled"),
        gone: ("left_out", "gone"),
        moved: ("left_out", "other_company"),
        refused: ("to_review", "database_refused"),
        good: ("applied", None),
    } == _became(strict, incident)
    assert 4 == counts.left_out
    assert "closed" == _status(strict, incident)
    assert [(good,)] == worlds.execute(
        strict.engine, "SELECT entity_id FROM consistency_corrections WHERE authority = 'plan'"
    )


def test_a_plan_of_one_company_corrects_no_others_row(rt: Runtime) -> None:
    """Neither by its number nor in a run about another company."""
    strict = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="3")
    incident, calls = _asked(strict, 4, company_id=2)
    decisions.approve_incident(strict, incident, ADMIN)
    others = [worlds.add_call(strict.engine, direction=None) for _ in range(4)]
    _check(strict, "r1", company_id=1)

    of_one = _correct(strict, "r1", company_id=1)
    still = _status(strict, incident)
    of_all = _correct(strict, "r2")

    assert (0, "approved") == (of_one.corrected, still)
    assert 4 == of_all.corrected
    assert set(calls) == _inbound(strict)
    assert {None} == {worlds.row(strict.engine, "calls", call)["direction"] for call in others}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ("UPDATE consistency_incidents SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND", "it has expired"),
        ("UPDATE consistency_incidents SET rule_fingerprint = REPEAT('0', 64)", "the rule has changed"),
        (
            'UPDATE consistency_plan_rows SET after_values = \'{"direction": "outbound"}\'',
            "its plan is not what was approved; `consistency audit verify`",
        ),
        ("DELETE FROM consistency_plan_rows LIMIT 1", "its plan is not what was approved; `consistency audit verify`"),
    ],
    ids=["expired", "rule changed", "values forged", "rows deleted"],
)
def test_an_approval_that_is_not_what_it_was_changes_nothing(strict: Runtime, spoil: str, why: str) -> None:
    """It is closed, says why, and the rows are asked about anew."""
    incident, calls = _asked(strict)
    decisions.approve_incident(strict, incident, ADMIN)
    worlds.execute(strict.engine, spoil)

    counts = _correct(strict, "r1")

    assert (0, "closed") == (counts.corrected, _status(strict, incident))
    assert set() == _inbound(strict)
    assert {("left_out", why)} == set(_became(strict, incident).values())
    (again,) = decisions.list_incidents(strict)
    assert set(calls) == set(_became(strict, again.id))


def test_an_approval_ends_with_the_run_that_was_killed(strict: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had not done is not done by the next run; the same run, repeated, goes on."""
    monkeypatch.setattr(planned, "BATCH_ROWS", 2)
    incident, calls = _asked(strict, 6)
    decisions.approve_incident(strict, incident, ADMIN)
    pipeline.begin(strict, "killed", "check", "test")

    def die_after(batches: int) -> None:
        real, done = planned.apply_next, []

        def die(*args: object) -> object:
            if len(done) == batches:
                raise CorrectionFailed("killed")
            done.append(1)
            return real(*args)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(planned, "apply_next", die)
            with pytest.raises(CorrectionFailed):
                _correct(strict, "killed")

    die_after(1)
    while_it_runs = _correct(strict, "another").corrected
    die_after(1)
    pipeline.finish(strict, "killed", error="killed")

    after = _correct(strict, "next")

    assert (0, 0) == (while_it_runs, after.corrected - after.planned)
    outcomes = _became(strict, incident)
    assert [("applied", None)] * 4 == [outcomes[call] for call in calls[:4]]
    assert {("left_out", "run killed, which applied it, has ended")} == {outcomes[call] for call in calls[4:]}
    assert set(calls) == _inbound(strict)  # two rows are within the cap of a run, with nobody's approval


def test_a_run_that_is_silent_is_dead(strict: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nobody has noted its end."""
    monkeypatch.setattr(planned, "BATCH_ROWS", 2)
    incident, _ = _asked(strict, 6)
    decisions.approve_incident(strict, incident, ADMIN)
    pipeline.begin(strict, "r1", "check", "test")
    with strict.transaction() as connection:
        order = _order(strict, "r1")
        planned.apply_next(connection, order, incident)
    assert "applying" == _status(strict, incident)
    worlds.execute(strict.engine, "UPDATE consistency_incidents SET last_seen_at = last_seen_at - INTERVAL 1 HOUR")

    _correct(strict, "r2")

    assert "closed" == _status(strict, incident)


def _order(rt: Runtime, run_id: str) -> applying.Order:
    from data_consistency.correct.warrant import Authority, Warrant

    suite = rt.suites()["calls"]
    rule = next(rule for rule in suite.rules if rule.id == _DIRECTION)
    warrant = Warrant(authority=Authority.AUTOMATIC, source=rt.source)
    return applying.Order(suite=suite, rule=rule, run_id=run_id, actor="test", now=rt.now(), warrant=warrant)


def test_rows_that_a_correction_refuses_are_put_before_people_when_the_plan_is_approved(rt: Runtime) -> None:
    """They stand in the plan with the reason; nobody is asked a hundred questions instead of one."""
    booked = {"session_outcome": "appointment_booked", "appointment_made": 0}
    strict = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="1")
    calls = [worlds.add_call(rt.engine, **booked, booking_id=f"b{n}") for n in range(2)]
    meant = [worlds.add_appointment(rt.engine, calcom_v2_booking_uid=f"b{n}") for n in range(2)]
    _check(strict, "r1")
    rule = "booking_claim_has_appointment"
    pipeline.correct_table(strict, table="calls", run_id="r1", actor="test", rule_id=rule)
    incident = next(item for item in decisions.list_incidents(strict) if item.rule == rule)
    before = decisions.list_questions(strict, ADMIN)
    decisions.approve_incident(strict, incident.id, ADMIN)

    pipeline.correct_table(strict, table="calls", run_id="r2", actor="test", rule_id=rule)

    assert [] == before
    assert dict.fromkeys(calls, ("to_review", "candidate_found")) == _became(strict, incident.id)
    asked = {item.entity_id: item.context["candidates"] for item in decisions.list_questions(strict, ADMIN)}
    assert {call: [appointment] for call, appointment in zip(calls, meant, strict=True)} == asked


def test_a_plan_asks_people_to_look_at_what_a_run_would_ask_them(rt: Runtime) -> None:
    """A retracted claim is looked at, whoever allowed it to be retracted."""
    booked = {"appointment_made": 1, "session_outcome": "appointment_booked", "appointment_link_status": "linked"}
    strict = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="1")
    calls = [worlds.add_call(rt.engine, **booked) for _ in range(2)]
    rule = "booking_claim_has_appointment"
    _check(strict, "r1")
    pipeline.correct_table(strict, table="calls", run_id="r1", actor="test", rule_id=rule)
    for incident in decisions.list_incidents(strict):
        decisions.approve_incident(strict, incident.id, ADMIN)

    done = pipeline.correct_table(strict, table="calls", run_id="r2", actor="test", rule_id=rule)

    assert 2 == done.corrected
    assert set(calls) == {item.entity_id for item in decisions.list_confirmations(strict, ADMIN)}


def test_all_that_was_approved_is_applied_by_one_run(strict: Runtime) -> None:
    """Also where one plan, of companies that are too many together only, holds the rule's others until it is closed."""
    worlds.execute(strict.engine, "INSERT INTO companies (id, name) VALUES (3, 'third')")
    calls = [worlds.add_call(strict.engine, direction=None, company_id=company) for company in (1, 1, 1, 1, 2, 2, 2, 2)]
    for call in calls[6:]:
        worlds.execute(strict.engine, "UPDATE calls SET company_id = 3 WHERE id = :id", id=call)
    _check(strict, "asked")
    _correct(strict, "asked")
    asked = decisions.list_incidents(strict)
    for incident in asked:
        decisions.approve_incident(strict, incident.id, ADMIN)

    done = _correct(strict, "r1")

    assert [1, None] == [incident.company_id for incident in sorted(asked, key=lambda incident: incident.id)]
    assert 8 == done.corrected
    assert set(calls) == _inbound(strict)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ("UPDATE consistency_incidents SET expires_at = UTC_TIMESTAMP(6)", "its plan expired"),
        ("UPDATE consistency_incidents SET rule_fingerprint = REPEAT('0', 64)", "is not what it was|has changed since"),
        ("UPDATE consistency_incidents SET rule = 'rule_of_yesterday'", "corrects nothing any more"),
        ("UPDATE consistency_plan_rows SET entity_id = entity_id + 100", "is not what it was when it was opened"),
        ("DELETE FROM consistency_plan_rows", "names no rows"),
        ("UPDATE consistency_incidents SET status = 'rejected'", "is not open but rejected"),
        ("UPDATE consistency_incidents SET kind = 'not_evaluated'", "asks for nothing"),
        ("DELETE FROM consistency_incidents", "does not exist"),
    ],
)
def test_a_plan_that_cannot_be_approved_says_why(strict: Runtime, spoil: str, message: str) -> None:
    """Nothing is decided."""
    incident, _ = _asked(strict)
    worlds.execute(strict.engine, spoil)

    with pytest.raises(WrongUse, match=message):
        decisions.approve_incident(strict, incident, ADMIN)

    assert [] == worlds.execute(strict.engine, "SELECT id FROM consistency_incidents WHERE status = 'approved'")


def test_incidents_are_an_administrators(strict: Runtime) -> None:
    """A reviewer decides rows, not rules."""
    incident, _ = _asked(strict)
    decide: list[Callable[..., object]] = [decisions.approve_incident, decisions.reject_incident]
    for each in decide:
        with pytest.raises(WrongUse, match="ann is a reviewer"):
            each(strict, incident, ANN)


def test_rejected_rows_never_pass_in_silence(strict: Runtime) -> None:
    """A day later they ask again, also where so few are left that the cap would let them pass."""
    incident, calls = _asked(strict)
    decisions.reject_incident(strict, incident, ADMIN)
    worlds.execute(strict.engine, "UPDATE calls SET direction = 'outbound' WHERE id = :id", id=calls[0])
    _check(strict, "r1")
    at_once = _correct(strict, "r1")
    worlds.execute(strict.engine, "UPDATE consistency_incidents SET decided_at = decided_at - INTERVAL 25 HOUR")

    a_day_later = _correct(strict, "r2")

    assert (0, 3, 0) == (at_once.corrected, at_once.waiting, at_once.incidents)
    assert (0, 1) == (a_day_later.corrected, a_day_later.incidents)
    assert set() == _inbound(strict)


def test_the_plan_is_read_and_decided_by_command(strict: Runtime) -> None:
    """Row by row, before and after the decision; every answer names the incident."""
    incident, calls = _asked(strict)
    environment = {
        "CONSISTENCY_DB_URL": strict.engine.url.render_as_string(hide_password=False),
        "CONSISTENCY_DRY_RUN": "false",
    }

    def said(*words: str) -> str:
        return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False).stdout

    shown = said("incident", "show", str(incident))
    approved = said("incident", "approve", str(incident))
    said("apply", "--rule", _DIRECTION)
    document = json.loads(said("incident", "show", str(incident), "--json"))

    assert f"next: consistency incident approve {incident}" in shown
    assert all(f"\n{call}" in shown for call in calls)
    assert "{'direction': 'inbound'}" in shown
    assert f"incident {incident} approved: the next run applies its plan of 4 rows" in approved
    assert {"applied"} == {row["outcome"] for row in document["rows"]}
