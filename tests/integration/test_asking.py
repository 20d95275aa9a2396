"""Plans as questions of a scheduler: asked by one run at a time, answered once, wherever the answer comes from."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.errors import WrongUse
from data_consistency.review import asking, decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN

_RULE = "call_direction_present"
_HOLD = timedelta(minutes=30)
_PAGE = "https://air.example.org/consistency/default/incidents/1"


@pytest.fixture
def strict(rt: Runtime) -> Runtime:
    """The same database, where a run may change three rows of a rule."""
    return worlds.runtime(rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="3")


def _plan(rt: Runtime, run_id: str = "asked", **values: object) -> int:
    """A plan about five calls."""
    for _ in range(5):
        worlds.add_call(rt.engine, **{"direction": None, **values})
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full")
    pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", rule_id=_RULE)
    return decisions.list_incidents(rt)[-1].id


def _look(rt: Runtime, incident: int, run_id: str = "a") -> asking.Question:
    return asking.look(rt, incident, run_id, hold=_HOLD, page=_PAGE)


def test_a_correction_says_when_it_began_to_ask(strict: Runtime) -> None:
    """Once: a plan that waits on is no news."""
    for _ in range(5):
        worlds.add_call(strict.engine, direction=None)
    pipeline.begin(strict, "r", "check", "test")
    pipeline.check_table(strict, table="calls", run_id="r", kind="full")
    counts = [
        pipeline.correct_table(strict, table="calls", run_id="r", actor="test", rule_id=_RULE, dry_run=dry)
        for dry in (True, False, False)
    ]

    assert [(1, 0), (1, 1), (1, 0)] == [(count.incidents, count.asked) for count in counts]


def test_a_question_says_what_is_wrong_what_is_done_and_shows_rows(strict: Runtime) -> None:
    """Nothing of it is about a person, and it leads to the page and the command."""
    incident = _plan(strict, customer_name="Zacharias Unverkennbar", from_number="+4915112345678")

    asked = _look(strict, incident)

    assert asked.why is None
    assert f"Correct 5 rows of calls? (incident {incident}, rule {_RULE})" == asked.subject
    assert asked.body.startswith("**")
    assert "5 rows of company 1, more than the 3 that may be corrected" in asked.body
    assert "writes 5 rows exactly as planned" in asked.body
    assert 5 == asked.body.count("direction `NULL` → `inbound`")
    assert f"]({_PAGE})" in asked.body
    assert f"`consistency incident show {incident}`" in asked.body
    assert not any(word in asked.body for word in ("Zacharias", "Unverkennbar", "+49", "12345678"))


def test_values_stay_one_line_of_code(strict: Runtime) -> None:
    """Whatever stands in a column that is shown: no markup of it reaches a reader."""
    evil = "`x`\n# [click](https://evil.example.org) <b>"
    incident = _plan(strict)
    worlds.execute(
        strict.engine, "UPDATE consistency_plan_rows SET before_values = JSON_OBJECT('direction', :evil)", evil=evil
    )

    lines = [line for line in _look(strict, incident).body.splitlines() if "evil" in line]

    assert 5 == len(lines)
    assert all(line.count("`") == 4 and line.startswith("- row ") for line in lines)


def test_one_run_asks_about_a_plan(strict: Runtime) -> None:
    """A second run is given nothing while the first looks again; one that died loses the plan, and asks no more."""
    incident = _plan(strict)

    first = asking.take(strict, "a", hold=_HOLD)
    second = asking.take(strict, "b", hold=_HOLD)
    again = asking.take(strict, "a", hold=_HOLD)  # a task of the first that was repeated
    worlds.execute(strict.engine, "UPDATE consistency_incidents SET asked_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
    third = asking.take(strict, "b", hold=_HOLD)

    assert ([incident], [], [incident], [incident]) == (first, second, again, third)


def test_who_looks_again_holds_on(strict: Runtime) -> None:
    """The hold is counted from the last look."""
    incident = _plan(strict)
    asking.take(strict, "a", hold=timedelta(0))
    _look(strict, incident)

    assert [] == asking.take(strict, "b", hold=_HOLD)


@pytest.mark.parametrize(("is_approved", "status", "said"), [(True, "approved", "next check"), (False, "rejected", "")])
def test_an_answer_decides(strict: Runtime, is_approved: bool, status: str, said: str) -> None:
    """As the page does, in the name of who answered; the next run applies what was approved."""
    incident = _plan(strict)

    told = asking.answer(strict, incident, ADMIN, is_approved=is_approved)
    shown = decisions.show_incident(strict, incident, ADMIN).incident
    applied = pipeline.correct_table(strict, table="calls", run_id="asked", actor="test", rule_id=_RULE)

    assert f"incident {incident} {status} by test: 5 rows" in told
    assert said in told
    assert (status, "test") == (shown.status, shown.decided_by)
    assert (5 if is_approved else 0) == applied.corrected


@pytest.mark.parametrize("elsewhere", [decisions.approve_incident, decisions.reject_incident])
def test_what_was_decided_elsewhere_is_asked_no_longer(
    strict: Runtime, elsewhere: Callable[..., decisions.IncidentDecided]
) -> None:
    """Who looks is told by whom; an answer that comes all the same changes nothing and is told so."""
    incident = _plan(strict)
    asking.take(strict, "a", hold=_HOLD)
    status = elsewhere(strict, incident, ADMIN).status

    assert f"{status} by test" == _look(strict, incident).why
    assert f"was {status} by test before; this answer changed nothing" in asking.answer(
        strict, incident, ADMIN, is_approved=status == "rejected"
    )
    assert status == decisions.show_incident(strict, incident, ADMIN).incident.status
    assert [] == asking.take(strict, "b", hold=_HOLD)


def test_a_plan_that_can_be_approved_no_more_is_told(strict: Runtime) -> None:
    """An expired plan is not taken; where it expires between question and answer, the answer is an error in words."""
    incident = _plan(strict)
    worlds.execute(strict.engine, "UPDATE consistency_incidents SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")

    assert [] == asking.take(strict, "a", hold=_HOLD)
    assert "its plan expired; the next run asks anew" == _look(strict, incident).why
    with pytest.raises(WrongUse, match=f"incident {incident} cannot be approved: its plan expired"):
        asking.answer(strict, incident, ADMIN, is_approved=True)
    assert "open" == decisions.show_incident(strict, incident, ADMIN).incident.status


def test_other_incidents_are_no_questions(rt: Runtime) -> None:
    """What closes when something is mended asks for nothing."""
    now = rt.now()
    worlds.execute(
        rt.engine,
        "INSERT INTO consistency_incidents (kind, rule, table_name, status, found, cap, detail, run_id, opened_at,"
        " last_seen_at) VALUES ('drift', 'x', 'calls', 'open', 1, 0, 'd', 'r', :now, :now)",
        now=now,
    )
    (incident,) = decisions.list_incidents(rt)

    assert [] == asking.take(rt, "a", hold=_HOLD)
    assert "it has no plan" == _look(rt, incident.id).why
