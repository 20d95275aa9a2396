"""Plans as required actions of Airflow: each is answered there, on the page or by command, whichever is first."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowRuntimeError, TaskAwaitingInput
from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail

from data_consistency.airflow.hook import ConsistencyHook
from data_consistency.airflow.links import IncidentLink, QueueLink, page_of
from data_consistency.airflow.notes import NOTE
from data_consistency.airflow.runs import ConsistencyOperator, consistency_run_id, told

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.review.asking import Question
    from data_consistency.runtime import Runtime

_T = TypeVar("_T")

APPROVE, REJECT = "Approve", "Reject"
# Without an answer the task wakes up this often; a run that did not look three times in a row is taken for dead.
_LOOK_AGAIN = timedelta(minutes=10)
_HOLD = 3 * _LOOK_AGAIN
_NAME_LENGTH = 100  # of a viewer


class TakePlansOperator(ConsistencyOperator):
    """Takes the plans that wait for a decision and that no other run asks about; returns the ids of their incidents."""

    ui_color = "#fef3c7"

    def execute(self, context: "Context") -> Any:
        """Take them."""
        return super().execute(context)["incidents"]

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> dict[str, Any]:
        """Take them."""
        from data_consistency.review import asking

        taken = asking.take(rt, run_id, hold=_HOLD)
        context["ti"].xcom_push(key=NOTE, value=_said(len(taken)))
        return {"incidents": taken}


def _answered_before(context: "Context") -> tuple[list[str], str] | None:
    """What people chose in an earlier try, and who; asking again would wipe it out.

    The database may have been away when it was to be carried out. And Airflow 3.3 takes an answer that comes in the
    second in which the task begins to wait for the end of a failed one, and has it tried again.
    """
    ti = context["ti"]
    if ti.try_number < 2:
        return None
    try:
        found = get_hitl_detail_content_detail(ti_id=ti.id)
    except AirflowRuntimeError:  # nothing was asked yet
        return None
    person = found.responded_by_user
    if person is None or not found.chosen_options:
        return None
    return list(found.chosen_options), person.name or person.id


def _said(plans: int) -> str:
    return "no plan waits" if plans == 0 else "asks about 1 plan" if plans == 1 else f"asks about {plans} plans"


class ApprovePlanOperator(HITLOperator):
    """Asks people to approve or reject the plan of an incident, and carries out what they answer.

    It waits in no worker. Every ten minutes it looks whether the plan still waits: what was decided on the page or by
    command is asked no longer. Who may answer is decided by Airflow's auth manager, as for the page (see `door.py`).

    Args:
        incident_id: whose plan.
        source: name of the watched database.
        consistency_conn_id: Airflow connection that takes the place of the source's own; it must exist.
    """

    template_fields = ("source", "consistency_conn_id", "incident_id")
    operator_extra_links = (IncidentLink(), QueueLink())
    ui_color = "#fef3c7"

    def __init__(
        self, *, incident_id: int | str, source: str = "default", consistency_conn_id: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(
            subject="A plan waits for a decision", options=[APPROVE, REJECT], response_timeout=_LOOK_AGAIN, **kwargs
        )
        self.incident_id = incident_id
        self.source = source
        self.consistency_conn_id = consistency_conn_id

    def execute(self, context: "Context") -> str:
        """Ask, unless it was answered in an earlier try, or there is nothing to ask any more."""
        if (earlier := _answered_before(context)) is not None:
            return self._end(context, self._answer(*earlier))
        found = self._look(context)
        if found.why is not None:
            return self._end(context, f"incident {found.incident_id}: {found.why}")
        self.subject, self.body = found.subject, found.body
        return str(super().execute(context))  # leaves by an exception: it waits

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> str:
        """Carry out an answer; without one, look whether the plan still waits, and go on waiting."""
        person = event.get("responded_by_user")
        if event.get("error_type") == "timeout":
            return self._wait_on(context)
        if not person:
            self.process_trigger_event_error(event)  # leaves by an exception
            return ""
        return self._end(context, self._answer(event["chosen_options"], str(person["name"] or person["id"])))

    def _wait_on(self, context: "Context") -> str:
        found = self._look(context)
        if found.why is not None:
            return self._end(context, f"incident {found.incident_id}: {found.why}")
        # Not asked anew: that would wipe out an answer that came while this looked.
        raise TaskAwaitingInput(method_name="execute_complete", timeout=self.response_timeout)

    def _look(self, context: "Context") -> "Question":
        from data_consistency.review import asking

        page = page_of(self, f"incidents/{self.incident_id}")
        return self._with(lambda rt: asking.look(rt, self._id(), consistency_run_id(context), hold=_HOLD, page=page))

    def _answer(self, chosen: list[str], name: str) -> str:
        from data_consistency.review import asking
        from data_consistency.review.viewers import Role, Viewer

        self.validate_chosen_options(chosen)
        # Airflow took the answer: the door lets nobody answer who may not decide on the page.
        viewer = Viewer(name=name[:_NAME_LENGTH], role=Role.ADMIN)
        return self._with(lambda rt: asking.answer(rt, self._id(), viewer, is_approved=chosen == [APPROVE]))

    def _with(self, work: "Callable[[Runtime], _T]") -> "_T":
        rt = ConsistencyHook(self.source, self.consistency_conn_id).runtime()
        try:
            return work(rt)
        except Exception as error:
            raise told(error, rt) from None
        finally:
            rt.engine.dispose()

    def _id(self) -> int:
        return int(self.incident_id)

    def _end(self, context: "Context", said: str) -> str:
        self.log.info("%s", said)
        context["ti"].xcom_push(key=NOTE, value=said)
        return said
