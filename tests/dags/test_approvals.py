"""Plans as required actions: what the task does with an answer, with none, and with what was decided elsewhere."""

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType, TaskAwaitingInput
from airflow.sdk.execution_time.comms import ErrorResponse

from data_consistency import pipeline
from data_consistency.airflow import approvals
from data_consistency.airflow.approvals import APPROVE, REJECT, ApprovePlanOperator, TakePlansOperator
from data_consistency.errors import WrongUse
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN

_RULE = "call_direction_present"
_ANN = {"id": "7", "name": "ann"}


class _Run:
    """What Airflow hands to a task; keeps what the task leaves."""

    id = "ti"

    def __init__(self, name: str = "asset__1", try_number: int = 1) -> None:
        self.try_number = try_number
        self.left: dict[str, object] = {}
        self.dag_run = SimpleNamespace(dag_id="consistency_approvals", run_id=name)

    def xcom_push(self, *, key: str, value: object) -> None:
        self.left[key] = value

    def context(self) -> Any:
        return {"dag_run": self.dag_run, "ti": self, "outlet_events": {}}


@pytest.fixture
def asked(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> tuple[Runtime, int]:
    """A plan that waits, in the database that the environment names."""
    url = rt.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CONSISTENCY_DB_URL", url)
    strict = worlds.runtime(url, MAX_CORRECTIONS="1")
    for _ in range(3):
        worlds.add_call(strict.engine, direction=None)
    pipeline.begin(strict, "r", "check", "test")
    pipeline.check_table(strict, table="calls", run_id="r", kind="full")
    pipeline.correct_table(strict, table="calls", run_id="r", actor="test", rule_id=_RULE)
    return strict, decisions.list_incidents(strict)[-1].id


def _task(incident: int) -> ApprovePlanOperator:
    return ApprovePlanOperator(task_id="approve", incident_id=incident)


def _answer(*chosen: str) -> dict[str, Any]:
    return {"chosen_options": list(chosen), "params_input": {}, "responded_at": None, "responded_by_user": _ANN}


_NO_ANSWER = {"error": "The response timeout has passed without a response.", "error_type": "timeout"}


def test_two_runs_share_no_plan(asked: tuple[Runtime, int]) -> None:
    """The first takes it, the second finds nothing; both say so on their run."""
    _, incident = asked
    first, second = _Run(), _Run("asset__2")
    take = TakePlansOperator(task_id="take")

    taken = [take.execute(run.context()) for run in (first, second)]

    assert [[incident], []] == taken
    assert ["asks about 1 plan", "no plan waits"] == [run.left["consistency_note"] for run in (first, second)]


@pytest.mark.parametrize(("option", "status"), [(APPROVE, "approved"), (REJECT, "rejected")])
def test_an_answer_is_carried_out_in_the_name_of_who_gave_it(
    asked: tuple[Runtime, int], option: str, status: str
) -> None:
    """The run says what came of it."""
    rt, incident = asked
    run = _Run()

    said = _task(incident).execute_complete(run.context(), _answer(option))

    decided = decisions.show_incident(rt, incident, ADMIN).incident
    assert (status, "ann") == (decided.status, decided.decided_by)
    assert f"incident {incident} {status} by ann: 3 rows" in said == run.left["consistency_note"]


def test_without_an_answer_it_goes_on_waiting(asked: tuple[Runtime, int]) -> None:
    """As long as the plan waits; the question is not put anew, which would wipe out an answer that comes now."""
    _, incident = asked

    with pytest.raises(TaskAwaitingInput) as waits:
        _task(incident).execute_complete(_Run().context(), _NO_ANSWER)

    assert "execute_complete" == waits.value.method_name
    assert waits.value.timeout is not None


def test_what_the_page_decided_ends_the_question(asked: tuple[Runtime, int]) -> None:
    """Green, and says by whom; also where the question was not yet put."""
    rt, incident = asked
    decisions.reject_incident(rt, incident, ADMIN)

    ended = [_task(incident).execute_complete(_Run().context(), _NO_ANSWER), _task(incident).execute(_Run().context())]

    assert [f"incident {incident}: rejected by test"] * 2 == ended


def test_an_answer_of_an_earlier_try_is_not_asked_for_again(
    asked: tuple[Runtime, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever kept it from being carried out: it is carried out now, in the name of who gave it."""
    rt, incident = asked
    given = SimpleNamespace(chosen_options=[REJECT], responded_by_user=SimpleNamespace(id="7", name="ann"))
    monkeypatch.setattr(approvals, "get_hitl_detail_content_detail", lambda ti_id: given if ti_id == "ti" else None)

    said = _task(incident).execute(_Run(try_number=2).context())

    decided = decisions.show_incident(rt, incident, ADMIN).incident
    assert ("rejected", "ann") == (decided.status, decided.decided_by)
    assert f"incident {incident} rejected by ann: 3 rows" in said


@pytest.mark.parametrize("found", [None, SimpleNamespace(chosen_options=None, responded_by_user=None)])
def test_a_later_try_without_an_answer_asks(
    asked: tuple[Runtime, int], monkeypatch: pytest.MonkeyPatch, found: object
) -> None:
    """Also where the first one did not come to ask."""
    _, incident = asked
    asking: list[str] = []

    def look(ti_id: object) -> object:
        if found is None:
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))
        return found

    monkeypatch.setattr(approvals, "get_hitl_detail_content_detail", look)
    monkeypatch.setattr(HITLOperator, "execute", lambda task, _context: asking.append(task.subject))

    _task(incident).execute(_Run(try_number=2).context())

    assert [f"Correct 3 rows of calls? (incident {incident}, rule {_RULE})"] == asking


def test_an_answer_that_came_too_late_says_so(asked: tuple[Runtime, int]) -> None:
    """Green: nothing is wrong, and nothing was done twice."""
    rt, incident = asked
    decisions.approve_incident(rt, incident, ADMIN)

    said = _task(incident).execute_complete(_Run().context(), _answer(REJECT))

    assert f"incident {incident} was approved by test before; this answer changed nothing" == said


def test_an_approval_that_is_none_is_red_in_words(asked: tuple[Runtime, int]) -> None:
    """Who pressed the button must not believe that it was done."""
    rt, incident = asked
    worlds.execute(rt.engine, "UPDATE consistency_incidents SET rule_fingerprint = REPEAT('0', 64)")

    with pytest.raises(WrongUse, match="cannot be approved"):
        _task(incident).execute_complete(_Run().context(), _answer(APPROVE))
    assert "open" == decisions.show_incident(rt, incident, ADMIN).incident.status


def test_a_word_that_was_not_offered_decides_nothing(asked: tuple[Runtime, int]) -> None:
    """Airflow refuses it before; here it is refused again."""
    rt, incident = asked

    with pytest.raises(ValueError, match="Perhaps"):
        _task(incident).execute_complete(_Run().context(), _answer("Perhaps"))
    assert "open" == decisions.show_incident(rt, incident, ADMIN).incident.status
