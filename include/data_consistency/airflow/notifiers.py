"""Who is told when a task fails for good, a run is stopped, or checks do not run: on-call, once as long as it lasts."""

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from data_consistency.logs import logger_of

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.pipeline import TaskFailure

logger = logger_of(__name__)

NOT_IN_TIME = "checks_did_not_run"


class _SourceNotifier(BaseNotifier):
    """A notifier for the tasks of one watched database.

    Args:
        source: name of that database; its recipients are told.
    """

    def __init__(self, source: str = "default") -> None:
        super().__init__()
        self.source = source


class TaskFailureNotifier(_SourceNotifier):
    """`on_failure_callback` of a task: puts the failure into the outbox, and tells by itself where that is away.

    One cause is told once as long as it lasts, whatever the number of tasks and runs that fail of it, and once more
    when it is over. The text has the class of the error; its message may quote data and stays in the log.
    """

    def notify(self, context: "Context") -> None:
        """Tell on-call about the failed task of this context."""
        from data_consistency.pipeline import TaskFailure

        ti = context["ti"]
        error = context.get("exception")
        # A task of all tables may fail of several causes.
        errors = [one for one in (error, *getattr(error, "also", ())) if not getattr(one, "told_by_others", False)]
        for name in dict.fromkeys("unknown" if one is None else _class_name(one) for one in errors):
            _tell(
                TaskFailure(
                    dag=ti.dag_id,
                    task=ti.task_id if _not_mapped(ti) else f"{ti.task_id}[{ti.map_index}]",
                    run=ti.run_id,
                    error=name,
                    log_url=getattr(ti, "log_url", None),
                ),
                self.source,
            )


class RunTimeoutNotifier(_SourceNotifier):
    """`on_failure_callback` of a DAG: tells what no task can tell, that the run was stopped or stuck."""

    def notify(self, context: "Context") -> None:
        """Tell on-call when the run timed out or could not go on."""
        from data_consistency.pipeline import TaskFailure

        reason = str(context.get("reason") or "")
        if reason not in {"timed_out", "all_tasks_deadlocked"}:
            return  # a failed task has told
        dag_run = context["dag_run"]
        _tell(TaskFailure(dag=dag_run.dag_id, task="run", run=dag_run.run_id, error=reason), self.source)


async def checks_did_not_run(source: str, context: dict[str, Any] | None = None) -> None:
    """What the deadline of the check calls, in the triggerer, which needs neither a worker nor a place in a pool.

    Args:
        source: name of the watched database.
        context: of Airflow: the run that is late.
    """
    from data_consistency.pipeline import TaskFailure

    run: Any = (context or {}).get("dag_run") or {}
    named = (
        run if isinstance(run, dict) else {name: getattr(run, name, "") for name in ("dag_id", "dag_run_id", "run_id")}
    )
    failure = TaskFailure(
        dag=str(named.get("dag_id") or "consistency_check"),
        task="run",
        run=str(named.get("dag_run_id") or named.get("run_id") or ""),
        error=NOT_IN_TIME,
    )
    # The triggerer serves others meanwhile.
    await asyncio.to_thread(_tell, failure, source)


def _not_mapped(ti: Any) -> bool:
    return ti.map_index is None or ti.map_index < 0


def _class_name(error: object) -> str:
    return error.split("(")[0] if isinstance(error, str) else type(error).__name__


def _tell(failure: "TaskFailure", name: str) -> None:
    """Through the ledger; where that cannot be reached, or itself is what fails, without it."""
    from data_consistency.airflow.hook import ConsistencyHook
    from data_consistency.pipeline import tell_failure

    try:
        rt = ConsistencyHook(name).runtime()
        try:
            done = tell_failure(rt, failure)
        finally:
            rt.engine.dispose()
    except Exception as error:  # a failure is told, whatever keeps it from being written down
        logger.warning("the failure cannot be noted (%s)", type(error).__name__)
        done = _without_ledger(failure, name)
    logger.info("failed: %s.%s: %s", failure.dag, failure.task, done)


def _without_ledger(failure: "TaskFailure", name: str) -> str:
    from data_consistency import config, project, sources
    from data_consistency.airflow.hook import with_mail_server
    from data_consistency.pipeline import tell_without_ledger

    files = project.find()
    settings, source = config.load_settings(files), sources.choose(sources.load_sources(files), name)
    return tell_without_ledger(failure, with_mail_server(settings), source, now=config.utc_now().replace(tzinfo=None))
