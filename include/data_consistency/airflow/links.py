"""Links from tasks to our pages: to the run that they took part in, and to the questions that came of it."""

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from airflow.sdk import BaseOperatorLink

from data_consistency.airflow.plugin import PATH

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

_RUN_ID_LENGTH = 64  # of the column


def run_id_of(dag_id: str, dag_run_id: str) -> str:
    """Id of the package's run: the DAG and its run, so that two DAGs never share one; shortened to fit its column."""
    run_id = f"{dag_id}__{dag_run_id}"
    if len(run_id) <= _RUN_ID_LENGTH:
        return run_id
    digest = hashlib.sha256(run_id.encode()).hexdigest()[:12]
    return f"{run_id[: _RUN_ID_LENGTH - 13]}_{digest}"


class RunLink(BaseOperatorLink):
    """What the run has changed, with its way back."""

    name = "Corrections of this run"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:
        """The page of the run."""
        return page_of(operator, f"run?{urlencode({'id': run_id_of(ti_key.dag_id, ti_key.run_id)})}")


class QueueLink(BaseOperatorLink):
    """What people are asked."""

    name = "Review queue"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # Airflow's
        """The list of open questions."""
        return page_of(operator, "items")


class IncidentLink(BaseOperatorLink):
    """The plan that is asked about."""

    name = "Plan"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # Airflow's
        """The page of the incident; of a question not yet asked, their list."""
        incident_id = str(getattr(operator, "incident_id", ""))
        return page_of(operator, f"incidents/{incident_id}" if incident_id.isdigit() else "incidents")


def page_of(operator: "BaseOperator", page: str) -> str:
    """Its address, below the path under which Airflow is known; the browser knows the host."""
    from airflow.configuration import conf

    root = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return f"{root}{PATH}/{getattr(operator, 'source', 'default')}/{page}"
