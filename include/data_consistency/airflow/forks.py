"""Where tasks are forks of the scheduler, it imports once what every task of ours would import."""

from importlib import import_module

from airflow.listeners import hookimpl

from data_consistency.logs import logger_of

logger = logger_of(__name__)

# Code alone: rules and statements are read by the task, as they are when it runs. Nothing here starts a thread.
MODULES = ("data_consistency.airflow.operators", "data_consistency.pipeline", "data_consistency.runtime")


@hookimpl
def on_starting(component: object) -> None:
    """Called by Airflow in each component and each task; the scheduler of a LocalExecutor starts tasks by forking."""
    if getattr(component, "job_type", None) != "SchedulerJob" or not _forks():
        return
    try:
        for name in MODULES:
            import_module(name)
    except Exception as error:  # whatever it is, the scheduler must start; the task will tell
        logger.warning("what tasks need was not imported ahead (%s)", type(error).__name__)


def _forks() -> bool:
    from airflow.configuration import conf

    return any(name.strip().endswith("LocalExecutor") for name in conf.get("core", "executor", fallback="").split(","))
