"""A whole run of a DAG in this process."""

from typing import TYPE_CHECKING, Any

from data_consistency.config import utc_now

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


_UNSAID: dict[str, dict[str, object]] = {
    "consistency_check": {"dry_run": "as configured", "company": None},
    "consistency_reconcile": {"horizon": "once a day", "company": None},
}


class Run:
    """A finished run: state, states of its tasks, what they returned."""

    def __init__(self, dagbag: "DagBag", dag_id: str, **conf: object) -> None:
        dag: Any = dagbag.dags[dag_id]
        # A test run leaves its conf in the DAG's params, where the next one would find it as a default.
        unsaid = _UNSAID.get(dag_id, {})
        # dag.test of Airflow 3.3 takes deadlines for their ids when a run has succeeded.
        deadline, dag.deadline = dag.deadline, None
        try:
            run = dag.test(run_conf={**unsaid, **conf}, run_after=utc_now())
        finally:
            dag.deadline = deadline
        self.id = f"{dag_id}__{run.run_id}"
        self.state = str(run.state)
        instances = run.get_task_instances()
        self.tasks = {_key(ti): str(ti.state) for ti in instances}
        self.labels = {_key(ti): ti.rendered_map_index for ti in instances}
        self.results = {_key(ti): _returned(ti) for ti in instances if str(ti.state) == "success"}


def _key(ti: Any) -> str:
    return str(ti.task_id) if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"


def _returned(ti: Any) -> Any:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.scalars(
            XComModel.get_many(
                run_id=ti.run_id, dag_ids=ti.dag_id, task_ids=ti.task_id, map_indexes=ti.map_index, key="return_value"
            )
        ).first()
        return None if found is None else XComModel.deserialize_value(found)
