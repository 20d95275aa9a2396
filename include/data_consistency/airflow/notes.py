"""A note on every run of our DAGs, such as "121 found, 31 corrected, 2 stopped", so that green runs differ.

A task cannot write a note: the interface of tasks has none. So a task leaves its sentence as an XCom, and the
scheduler, which ends the run, puts the last one on the run in its own transaction.
"""

from typing import TYPE_CHECKING

from airflow.listeners import hookimpl

from data_consistency.logs import logger_of

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

logger = logger_of(__name__)

NOTE = "consistency_note"  # key of the XCom
_LONGEST = 1000  # of a note


@hookimpl
def on_dag_run_success(dag_run: "DagRun", msg: str) -> None:  # noqa: ARG001  # named so by Airflow
    """A run ended green."""
    _write(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: "DagRun", msg: str) -> None:  # noqa: ARG001  # named so by Airflow
    """A run ended red."""
    _write(dag_run)


def _write(dag_run: "DagRun") -> None:
    """Put the sentence on the run; a note that somebody wrote stays."""
    from airflow.models.xcom import XComModel
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    try:
        session = object_session(dag_run)
        if session is None or dag_run.note:
            return
        # No savepoint: the scheduler lets nobody commit, and to leave one counts as that.
        with session.no_autoflush:
            asked = select(XComModel).where(
                XComModel.dag_id == dag_run.dag_id, XComModel.run_id == dag_run.run_id, XComModel.key == NOTE
            )
            found = session.scalars(asked.order_by(XComModel.timestamp.desc()).limit(1)).first()
            if found is not None:
                dag_run.note = str(XComModel.deserialize_value(found))[:_LONGEST]
    except Exception as error:  # whatever it is, the run must end
        logger.warning("no note was put on the run %s (%s)", dag_run.run_id, type(error).__name__)
