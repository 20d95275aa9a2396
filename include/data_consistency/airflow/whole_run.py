"""The five-minute check as three tasks: check, correct and tell, each of all tables in one process.

What fails is collected and raised at the end, so that it keeps nothing else from being done. A run with nothing to
correct and nothing to hand over ends in its first task; the others are skipped.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import SkipMixin
from airflow.sdk.exceptions import AirflowSkipException

from data_consistency.airflow.runs import (
    ConsistencyOperator,
    Counts,
    RunEndedRed,
    actor,
    end_run,
    failed_tasks,
    flag,
    number,
    told,
)

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.runtime import Runtime

# Key of the XCom that names the tables that were checked to the end; the others are not corrected.
CHECKED = "consistency_checked"
_RESULT = "return_value"
# What may pass is tried again; an incident tells of what was not evaluated, so that another cause is told before it.
_FIRST = ("DatabaseUnavailable", "OutcomeUnknown", "DeliveryFailed")
_LAST = "CheckNotEvaluated"


class _AllTables(ConsistencyOperator):
    """What works on all tables in one process, each in a group of the log.

    Args:
        tables: of suites in expectations/; None: all that have one.
        company_id: only this company.
        plan_only: True: change nothing; None: as CONSISTENCY_DRY_RUN says.
    """

    template_fields = (*ConsistencyOperator.template_fields, "tables", "company_id", "plan_only")

    def __init__(
        self,
        *,
        tables: Sequence[str] | None = None,
        company_id: int | str | None = None,
        plan_only: bool | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tables = tables
        self.company_id = company_id
        self.plan_only = plan_only

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Lines of the log that Airflow folds under a name."""
        self.log.info("::group::%s", name)
        try:
            yield
        finally:
            self.log.info("::endgroup::")


class CheckTablesOperator(_AllTables, SkipMixin):
    """Begins a run, looks again at bookings, and checks what changed in all tables.

    Where there is nothing to correct it also fills the review queue and tells people. If then nothing is to be handed
    over, it ends the run and skips what follows; else it skips the corrections alone. Fails when a rule of some table
    could not be evaluated; the other tables are checked, corrected and told all the same.

    Args:
        correct: id of the task that corrects, in the same DAG.
        tell: id of the task that tells people and ends the run.
    """

    ui_color = "#dbeafe"

    def __init__(self, *, correct: str = "correct", tell: str = "tell", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.correct = correct
        self.tell = tell

    def execute(self, context: "Context") -> Counts:
        """Check; then skip what is not needed.

        Raises:
            DownstreamTasksSkipped: says so to Airflow; the task succeeds.
        """
        counts = super().execute(context)
        skipped = counts.pop("skipped")
        if skipped and self.has_dag():  # type: ignore[no-untyped-call]  # Airflow's
            # Whoever skips returns nothing.
            context["ti"].xcom_push(key=_RESULT, value=counts)
            self.skip(context["ti"], [self.dag.get_task(task) for task in skipped if self.dag.has_task(task)])
        return counts

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Check all tables.

        Raises:
            DataConsistencyError: of what was not done, the one that decides whether it is tried again.
        """
        from data_consistency import pipeline

        dry_run, company = flag(self.plan_only), number(self.company_id)
        pipeline.begin(rt, run_id, "check", actor(context), dry_run=dry_run)
        tables = list(rt.suites() if self.tables is None else self.tables)
        errors: dict[str, Exception] = {}
        bookings: Mapping[str, int] = {}
        with self.group("bookings"), _kept(errors, "bookings"):
            bookings = pipeline.recheck_bookings(rt, actor=actor(context), dry_run=dry_run)
        done = pipeline.check_tables(rt, tables, run_id=run_id, company_id=company, around=self.group)
        context["ti"].xcom_push(key=CHECKED, value=done.whole)
        raise_worst({**errors, **done.errors}, rt)
        counts: Counts = {
            **_sums(dataclasses.asdict(one) for one in done.counts.values()),
            "tables": {table: _plain(dataclasses.asdict(one)) for table, one in done.counts.items()},
            "bookings": dict(bookings),
        }
        return {**counts, **self._rest(rt, run_id, context, tables)}

    def _rest(self, rt: "Runtime", run_id: str, context: "Context", tables: Sequence[str]) -> Counts:
        """What of the rest needs no task of its own, and which tasks are skipped for it."""
        from data_consistency import pipeline

        if pipeline.has_corrections(rt, tables):
            return {"skipped": []}
        with self.group("people"):
            is_over = pipeline.told_all(rt, run_id=run_id)
        if not is_over:
            return {"skipped": [self.correct]}
        ended = end_run(rt, run_id, context, failed=(), company_id=self.company_id)
        return {**ended, "skipped": [self.correct, self.tell]}


class CorrectTablesOperator(_AllTables):
    """Corrects what the open findings of all tables allow, within the caps; the rest is for people.

    Fails when some rule could not be corrected to the end; all others are.

    Args:
        check: id of the task that checked: only tables that it checked to the end are corrected; None: all.
    """

    ui_color = "#dcfce7"

    def __init__(self, *, check: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Correct all tables.

        Raises:
            AirflowSkipException: no table was checked to the end.
            DataConsistencyError: of what was not done, the one that decides whether it is tried again.
        """
        from data_consistency import pipeline

        tables = list(rt.suites() if self.tables is None else self.tables)
        if self.check is not None:
            checked = context["ti"].xcom_pull(task_ids=self.check, key=CHECKED) or ()
            tables = [table for table in tables if table in checked]
        if not tables:
            raise AirflowSkipException("no table was checked to the end, so that nothing is corrected")
        done = pipeline.correct_tables(
            rt,
            tables,
            run_id=run_id,
            actor=actor(context),
            dry_run=flag(self.plan_only),
            company_id=number(self.company_id),
            around=self.group,
        )
        raise_worst(done.errors, rt)
        return {
            **_sums(dataclasses.asdict(one) for one in done.counts.values()),
            "dry_run": all(one.dry_run for one in done.counts.values()),
            "tables": {table: _plain(dataclasses.asdict(one)) for table, one in done.counts.items()},
        }


class TellOperator(ConsistencyOperator):
    """Fills the review queue, tells people what is new, delivers, and ends the run, red when any task of it failed.

    It is the last task of a DAG and runs in every case (`trigger_rule="all_done"`).

    Args:
        company_id: only this company was looked at, so that the run says nothing of the whole.
    """

    template_fields = (*ConsistencyOperator.template_fields, "company_id")
    ui_color = "#fce7f3"

    def __init__(self, *, company_id: int | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.company_id = company_id

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Tell and end.

        Raises:
            DataConsistencyError: of what was not done here, the one that decides whether it is tried again.
            RunEndedRed: names the tasks that failed.
        """
        from data_consistency import pipeline

        errors: dict[str, Exception] = {}
        counts: Counts = {}
        with _kept(errors, "review queue"):
            filled = pipeline.fill_review_queue(rt, run_id=run_id)
            counts |= {"opened": filled.opened, "pending": filled.pending}
        with _kept(errors, "messages"):
            counts["queued"] = pipeline.notify_findings(rt, run_id=run_id)
        with _kept(errors, "outbox"):
            delivered = pipeline.deliver_outbox(rt)
            counts |= {"sent": delivered.sent, "failed": delivered.failed}
        failed = failed_tasks(context)
        with _kept(errors, "end of the run"):
            ours = [self.task_id] if errors else []
            counts |= end_run(rt, run_id, context, failed=[*failed, *ours], company_id=self.company_id)
        raise_worst(errors, rt)
        if failed:
            raise RunEndedRed(f"failed tasks: {', '.join(failed)}; their logs say why")
        return counts


def raise_worst(errors: Mapping[str, Exception], rt: "Runtime") -> None:
    """Raise one of some errors, if there is any: the first that may pass, and last of all what an incident tells of.

    The others stand behind it as `also`, so that each cause is told.
    """
    lines = [told(error, rt) for error in errors.values()]
    if not lines:
        return
    worst, *others = sorted(lines, key=lambda error: _rank(type(error).__name__))
    worst.also = tuple(others)  # type: ignore[attr-defined]  # read by who tells on-call
    raise worst from None


def _sums(parts: Iterable[Counts]) -> Counts:
    """The counts of all tables together."""
    sums: Counts = {}
    for name, value in (item for part in parts for item in part.items()):
        if isinstance(value, Mapping):
            value = sum(value.values()) if name == "violations" else len(value)
        if isinstance(value, int) and not isinstance(value, bool):
            sums[name] = sums.get(name, 0) + value
    return sums


def _plain(part: Counts) -> Counts:
    """What was counted in one table, as short as it can be said: the database has the rest."""
    return {name: value for name, value in part.items() if value and name not in {"table", "dry_run", "left_out"}}


def _rank(name: str) -> int:
    return {**dict.fromkeys(_FIRST, 0), _LAST: 2}.get(name, 1)


@contextmanager
def _kept(errors: dict[str, Exception], what: str) -> Iterator[None]:
    """Keep what fails here, so that the rest is done all the same."""
    try:
        yield
    except Exception as error:  # whatever it is, it is of this part; it is raised at the end
        errors[what] = error
