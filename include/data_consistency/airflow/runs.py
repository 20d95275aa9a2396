"""What every operator has in common: its run, the database of its run, its errors; and the two ends of a run."""

import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from data_consistency.airflow.assets import asset
from data_consistency.airflow.hook import ConsistencyHook
from data_consistency.airflow.links import QueueLink, RunLink, run_id_of
from data_consistency.airflow.notes import NOTE

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.runtime import Runtime

Counts = dict[str, Any]

_EMPTY = {"", "none", "null"}
# As the forms have it, and as code says it.
_SAID = {
    "as configured": None,
    "look only": True,
    "correct": False,
    "once a day": False,
    "now": True,
    "true": True,
    "false": False,
}
_MOST = 2**63 - 1  # of an id


class RunEndedRed(AirflowFailException):  # says what happened
    """Some task of the run failed; it has told on-call, this one only keeps the run from looking green."""

    told_by_others = True


class ConsistencyOperator(BaseOperator):
    """What all operators have in common: the runtime, the id of the run, errors without data.

    Args:
        source: name of the watched database.
        consistency_conn_id: Airflow connection that takes the place of the source's own; it must exist.
    """

    template_fields: Sequence[str] = ("source", "consistency_conn_id")
    operator_extra_links = (RunLink(), QueueLink())
    ui_color = "#e8f0e9"

    def __init__(self, *, source: str = "default", consistency_conn_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.consistency_conn_id = consistency_conn_id

    def execute(self, context: "Context") -> Counts:
        """Do the operator's part of the run.

        Raises:
            DataConsistencyError: one line; the errors of the driver, which may quote data, are left out.
        """
        run_id = consistency_run_id(context)
        rt = ConsistencyHook(self.source, self.consistency_conn_id).runtime()
        try:
            with rt.one_run():
                counts = {"run_id": run_id, **self.work(rt, run_id, context)}
        except Exception as error:
            raise told(error, rt) from None
        finally:
            rt.engine.dispose()
        self._tell_assets(counts, context)
        return counts

    def _tell_assets(self, counts: Counts, context: "Context") -> None:
        """Events of assets carry the counts: who is started by one need not ask for them."""
        plain = {name: value for name, value in counts.items() if isinstance(value, int | float | str)}
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra.update(plain)
            elif isinstance(outlet, AssetAlias) and counts.get("asked"):
                # An event of its own, which only a run that asks people makes: it starts who puts it before them.
                context["outlet_events"][outlet].add(asset(self.source, "plans"), extra={"asked": counts["asked"]})

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """The operator's own part; returns counts only."""
        raise NotImplementedError


def told(error: Exception, rt: "Runtime") -> Exception:
    """An error as one line without data: those of a driver, a library or the system may quote what they met."""
    from sqlalchemy.exc import SQLAlchemyError

    from data_consistency.db import server_errors
    from data_consistency.errors import DataConsistencyError, Unforeseen
    from data_consistency.storage import not_stored

    if isinstance(error, DataConsistencyError | AirflowException):
        return error
    if isinstance(error, SQLAlchemyError) and (ours := server_errors.translated(error)) is not None:
        return ours
    if isinstance(error, OSError) and (unwritten := not_stored(error, rt.settings.var)) is not None:
        return unwritten
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Unforeseen(
        f"{type(error).__name__} at {frame.filename}:{frame.lineno}; repeat the step by the command `consistency`,"
        " whose log has the trace"
    )


class BeginRunOperator(ConsistencyOperator):
    """Notes that a run begins: who, what, which rules.

    Args:
        kind: check, report, review, backfill or maintenance.
        plan_only: noted with the run as its dry-run; None: as CONSISTENCY_DRY_RUN says.
    """

    template_fields = (*ConsistencyOperator.template_fields, "plan_only")

    def __init__(self, *, kind: str, plan_only: bool | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind
        self.plan_only = plan_only

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Note the run."""
        from data_consistency import pipeline

        pipeline.begin(rt, run_id, self.kind, actor(context), dry_run=flag(self.plan_only))
        return {}


class FinishRunOperator(ConsistencyOperator):
    """Notes how a run ended and is red when any task of it failed.

    It is the last task of a DAG and runs in every case (`trigger_rule="all_done"`): without its error a failed task
    followed by a successful one would make a green run.

    Args:
        company_id: only this company was looked at, so that the run says nothing of the whole.
    """

    template_fields = (*ConsistencyOperator.template_fields, "company_id")

    def __init__(self, *, company_id: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company_id = company_id

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Note the end.

        Raises:
            RunEndedRed: names the tasks that failed.
        """
        failed = failed_tasks(context)
        found = end_run(rt, run_id, context, failed=failed, company_id=self.company_id)
        if failed:
            raise RunEndedRed(f"failed tasks: {', '.join(failed)}; their logs say why")
        return found


def end_run(
    rt: "Runtime", run_id: str, context: "Context", *, failed: Sequence[str], company_id: int | str | None
) -> Counts:
    """Note how a run ended, and leave the sentence for its note.

    Args:
        rt: the runtime.
        run_id: of the run.
        context: of Airflow.
        failed: tasks of it that failed.
        company_id: only this company was looked at.
    """
    from data_consistency import pipeline

    error = f"failed tasks: {', '.join(failed)}" if failed else None
    pipeline.finish(rt, run_id, error=error, is_whole=number(company_id) is None)
    totals = pipeline.totals_of(rt, run_id)
    # Also of a run that ended red: its note says what was done all the same.
    if totals.said:
        context["ti"].xcom_push(key=NOTE, value=totals.said)
    if not failed:
        pipeline.settle_failures(rt, context["dag_run"].dag_id)
    return {"found": totals.found, "corrected": totals.corrected, "stopped": totals.stopped}


def failed_tasks(context: "Context") -> list[str]:
    """Tasks of the run that failed, this one left out."""
    dag_run, ti = context["dag_run"], context["ti"]
    states: Mapping[str, object] = ti.get_task_states(dag_id=dag_run.dag_id, run_ids=[dag_run.run_id]).get(
        dag_run.run_id, {}
    )
    return sorted(task for task, state in states.items() if str(state) == "failed" and task != ti.task_id)


def consistency_run_id(context: "Context") -> str:
    """Id of the package's run: the DAG and its run, so that two DAGs never share one; shortened to fit its column."""
    dag_run = context["dag_run"]
    return run_id_of(dag_run.dag_id, dag_run.run_id)


def actor(context: "Context") -> str:
    """Who is named in the audit: the user who triggered the run, else the DAG."""
    dag_run = context["dag_run"]
    return f"airflow:{getattr(dag_run, 'triggering_user_name', None) or dag_run.dag_id}"[:100]


def flag(value: bool | str | None) -> bool | None:
    """A param after templating: yes, no, or not said."""
    text = str(value).strip().lower()
    if text in _EMPTY:
        return None
    if text not in _SAID:
        raise _wrong(f"param '{text[:40]}': use one of {', '.join(_SAID)}")
    return _SAID[text]


def said(value: str | None) -> str:
    """A param after templating: a word, or nothing."""
    text = str(value).strip()
    return "" if text.lower() in _EMPTY else text


def number(value: int | str | None) -> int | None:
    """A param after templating: a whole number, or not said."""
    text = str(value).strip().lower()
    if text in _EMPTY:
        return None
    if not text.isascii() or not text.removeprefix("-").isdigit() or not abs(int(text[:20])) <= _MOST:
        raise _wrong(f"param '{text[:40]}': use a whole number")
    return int(text)


def _wrong(message: str) -> Exception:
    from data_consistency.errors import WrongUse

    return WrongUse(message)
