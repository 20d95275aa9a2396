"""Who is told when a task fails for good: on-call, once, in a short mail without data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseNotifier
from airflow.sdk.exceptions import AirflowNotFoundException

from data_consistency.logs import logger_of

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.alerts import Message
    from data_consistency.config import Settings
    from data_consistency.sources import Source

logger = logger_of(__name__)

SMTP_CONNECTION = "smtp_default"


class _SourceNotifier(BaseNotifier):
    """A notifier for the tasks of one watched database.

    Args:
        source: name of that database; its recipients are told.
    """

    def __init__(self, source: str = "default") -> None:
        super().__init__()
        self.source = source


class TaskFailureNotifier(_SourceNotifier):
    """`on_failure_callback` of a task: a mail through Airflow's SmtpNotifier, an .eml file where none is configured.

    A run tells once, whatever the number of its failed tasks, and a task that failed in the run before, on the same
    day, was told already. The text has the class of the error; its message may quote data and stays in the log.
    """

    def notify(self, context: "Context") -> None:
        """Tell on-call about the failed task of this context."""
        from data_consistency.alerts.message import failure_message

        ti = context["ti"]
        error = context.get("exception")
        if getattr(error, "told_by_others", False):
            return
        told = _told_already(ti, context["dag_run"])
        if told:
            logger.info("no mail about %s.%s: %s", ti.dag_id, ti.task_id, told)
            return
        _tell(
            failure_message(
                dag_id=ti.dag_id,
                task_id=ti.task_id if _not_mapped(ti) else f"{ti.task_id}[{ti.map_index}]",
                run_id=ti.run_id,
                error_class="unknown" if error is None else _class_name(error),
                try_number=ti.try_number,
                log_url=getattr(ti, "log_url", None),
            ),
            self.source,
        )


class RunTimeoutNotifier(_SourceNotifier):
    """`on_failure_callback` of a DAG: tells what no task can tell, that the run was stopped or stuck."""

    def notify(self, context: "Context") -> None:
        """Tell on-call when the run timed out or could not go on."""
        from data_consistency.alerts.message import failure_message

        reason = str(context.get("reason") or "")
        if reason not in {"timed_out", "all_tasks_deadlocked"}:
            return  # a failed task has told
        dag_run = context["dag_run"]
        _tell(
            failure_message(
                dag_id=dag_run.dag_id,
                task_id="run",
                run_id=dag_run.run_id,
                error_class=reason,
                try_number=1,
                log_url=None,
            ),
            self.source,
        )


def _not_mapped(ti: Any) -> bool:
    return ti.map_index is None or ti.map_index < 0


def _class_name(error: object) -> str:
    return error.split("(")[0] if isinstance(error, str) else type(error).__name__


def _told_already(ti: Any, dag_run: Any) -> str | None:
    """Why nobody needs another mail; None: somebody does."""
    own = ti.task_id if _not_mapped(ti) else f"{ti.task_id}_{ti.map_index}"
    try:
        before = ti.get_previous_dagrun()
        same_day = before is not None and before.run_after.date() == dag_run.run_after.date()
        known = _failed(ti, before.run_id) if same_day else set()
        if own in known:
            return "it failed in the run before, and was told"
        return "another task of this run has told" if _failed(ti, dag_run.run_id) - known - {own} else None
    except Exception as error:  # better twice than never
        logger.warning("cannot see what was told before (%s)", type(error).__name__)
        return None


def _failed(ti: Any, run_id: str) -> set[str]:
    states: Mapping[str, object] = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    return {task for task, state in states.items() if str(state) == "failed"}


def _tell(message: "Message", name: str) -> None:
    from data_consistency import alerts, config, project, sources
    from data_consistency.errors import DeliveryFailed

    files = project.find()
    settings, source = config.load_settings(files), sources.choose(sources.load_sources(files), name)
    if source.recipients and _mail(message, settings, source):
        logger.info("on-call was told by mail: %s", message.subject)
        return
    try:
        delivery = alerts.send(message, settings, source)
    except DeliveryFailed:
        delivery = alerts.send(message, replace(settings, smtp_url=None), source)
    if delivery.written_to is not None:
        logger.warning(
            "no mail was sent, the text is in %s: define the Airflow connection %s and CONSISTENCY_ALERT_EMAILS",
            delivery.written_to,
            SMTP_CONNECTION,
        )


def _mail(message: "Message", settings: "Settings", source: "Source") -> bool:
    """Whether the mail went out through Airflow's own notifier."""
    from data_consistency.alerts.formats import email

    try:
        extra = BaseHook.get_connection(SMTP_CONNECTION).extra_dejson
    except AirflowNotFoundException:
        return False
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    # `notify`, not a call: a call would render the text as a template.
    notifier = SmtpNotifier(
        to=list(source.recipients),
        from_email=extra.get("from_email") or settings.mail_from,
        subject=message.subject,
        html_content=email.render_html(message),
        smtp_conn_id=SMTP_CONNECTION,
    )
    try:
        notifier.notify({})
    except Exception as error:  # a mail server that is down must not hide the failure
        logger.warning("the mail server did not take the mail (%s)", type(error).__name__)
        return False
    return True
