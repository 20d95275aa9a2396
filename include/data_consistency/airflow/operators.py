"""Operators: each is one call into the package. Everything heavy is imported when a task runs, never before.

Every operator takes part in a run of the package, whose id is made of the DAG and the DAG run. What it returns is a
small dict of counts and that id; findings, ids of rows and values stay in the database.
"""

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from data_consistency.airflow.calendar_operators import (
    ConcludeReadingOperator,
    ListCalendarsOperator,
    ReadCalendarOperator,
)
from data_consistency.airflow.runs import (
    BeginRunOperator,
    ConsistencyOperator,
    Counts,
    FinishRunOperator,
    RunEndedRed,
    actor,
    consistency_run_id,
    flag,
    number,
    said,
)
from data_consistency.airflow.whole_run import CheckTablesOperator, CorrectTablesOperator, TellOperator

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from data_consistency.runtime import Runtime

__all__ = [
    "BeginRunOperator",
    "CheckTableOperator",
    "CheckTablesOperator",
    "ConcludeReadingOperator",
    "ConsistencyOperator",
    "CorrectTableOperator",
    "CorrectTablesOperator",
    "FillReviewQueueOperator",
    "FinishRunOperator",
    "ListCalendarsOperator",
    "MaintenanceOperator",
    "NotifyOperator",
    "PlanRangesOperator",
    "ProcessReviewQueueOperator",
    "PublishReportOperator",
    "ReadCalendarOperator",
    "RecheckBookingsOperator",
    "RunEndedRed",
    "SchemaOperator",
    "TellOperator",
    "consistency_run_id",
    "id_ranges",
    "report_day",
]

_MOST_RANGES = 1000  # Airflow maps a task over at most 1024 things


class CheckTableOperator(ConsistencyOperator):
    """Checks one table against its suite and writes verdicts and findings.

    Fails when a rule could not be evaluated; violations are a result, not a failure.

    Args:
        table: of a suite in expectations/.
        kind: `changed` since the last check, `full`, or `range` of ids.
        company_id: only this company.
        first_id: of a range.
        last_id: of a range, inclusive.
    """

    template_fields = (*ConsistencyOperator.template_fields, "table", "kind", "company_id", "first_id", "last_id")
    ui_color = "#dbeafe"

    def __init__(
        self,
        *,
        table: str,
        kind: str = "changed",
        company_id: int | str | None = None,
        first_id: int | str = 0,
        last_id: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.kind = kind
        self.company_id = company_id
        self.first_id = first_id
        self.last_id = last_id

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Check."""
        from data_consistency import pipeline

        counts = pipeline.check_table(
            rt,
            table=self.table,
            run_id=run_id,
            kind=self.kind,
            company_id=number(self.company_id),
            first_id=number(self.first_id) or 0,
            last_id=number(self.last_id),
        )
        return dataclasses.asdict(counts)


class CorrectTableOperator(ConsistencyOperator):
    """Corrects what the open findings of a table allow, within the caps; the rest becomes review items or an incident.

    Args:
        table: of a suite in expectations/.
        company_id: only this company.
        plan_only: True: plan and count only; None: as CONSISTENCY_DRY_RUN says.
    """

    template_fields = (*ConsistencyOperator.template_fields, "table", "company_id", "plan_only")
    ui_color = "#dcfce7"

    def __init__(
        self,
        *,
        table: str,
        company_id: int | str | None = None,
        plan_only: bool | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.company_id = company_id
        self.plan_only = plan_only

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Correct."""
        from data_consistency import pipeline

        counts = pipeline.correct_table(
            rt,
            table=self.table,
            run_id=run_id,
            actor=actor(context),
            dry_run=flag(self.plan_only),
            company_id=number(self.company_id),
        )
        return dataclasses.asdict(counts)


class FillReviewQueueOperator(ConsistencyOperator):
    """Puts the open findings of review rules before people; a finding that is there already is not added again."""

    ui_color = "#fef3c7"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Fill."""
        from data_consistency import pipeline

        return dataclasses.asdict(pipeline.fill_review_queue(rt, run_id=run_id))


class RecheckBookingsOperator(ConsistencyOperator):
    """Looks again at announced bookings that nobody could verify, and does what the verdicts ask for.

    Args:
        plan_only: True: change nothing; None: as CONSISTENCY_DRY_RUN says.
    """

    template_fields = (*ConsistencyOperator.template_fields, "plan_only")
    ui_color = "#fef3c7"

    def __init__(self, *, plan_only: bool | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_only = plan_only

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Look again."""
        from data_consistency import pipeline

        return dict(pipeline.recheck_bookings(rt, actor=actor(context), dry_run=flag(self.plan_only)))


class ProcessReviewQueueOperator(ConsistencyOperator):
    """Closes review items whose finding disappeared, gives back stale claims and adds what is new."""

    ui_color = "#fef3c7"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Process."""
        from data_consistency import pipeline

        return dataclasses.asdict(pipeline.process_review_queue(rt, run_id=run_id))


class NotifyOperator(ConsistencyOperator):
    """Tells people what is new, once, in one grouped mail; mails that could not be sent before are sent again.

    What is new while another run's check is under way is told by that, at its end.
    """

    ui_color = "#fce7f3"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Queue and deliver."""
        from data_consistency import pipeline

        is_left = pipeline.is_left_to_check(rt, run_id=run_id)
        queued = 0 if is_left else pipeline.notify_findings(rt, run_id=run_id)
        delivered = pipeline.deliver_outbox(rt)
        return {"queued": queued, "sent": delivered.sent, "failed": delivered.failed}


class PublishReportOperator(ConsistencyOperator):
    """Full check by Great Expectations, data docs and the report page of the day before the run."""

    ui_color = "#ede9fe"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Publish.

        Raises:
            CheckNotEvaluated: a rule could not be evaluated; the report says which, and is copied all the same.
            NotStored: a page could not be written, or not copied to where CONSISTENCY_REPORT_STORE says.
        """
        from data_consistency import pipeline
        from data_consistency.errors import CheckNotEvaluated

        day = report_day(context["dag_run"].run_after, rt.settings.report_timezone)
        try:
            result = pipeline.daily_report(rt, run_id=run_id, day=day)
        except CheckNotEvaluated:
            self._copy(rt)
            raise
        copied = self._copy(rt)
        return {"day": result.day, "rate": result.rate, "day_rate": result.day_rate, **result.figures, **copied}

    def _copy(self, rt: "Runtime") -> Counts:
        target = rt.settings.report_store
        if target is None:
            return {}
        from data_consistency.airflow.store import copy_site
        from data_consistency.pipeline.daily import site

        place = target.rstrip("/") if rt.source.is_default else f"{target.rstrip('/')}/{rt.source.name}"
        copied = copy_site(site(rt), place)
        self.log.info("Copied %d files of the report to %s", copied, place)
        return {"copied": copied}


class MaintenanceOperator(ConsistencyOperator):
    """Deletes settled rows of our own tables after their retention, in small batches."""

    ui_color = "#e5e7eb"

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Delete."""
        from data_consistency import pipeline

        return {"deleted": pipeline.maintain(rt, run_id=run_id)}


class PlanRangesOperator(ConsistencyOperator):
    """Cuts the ids of a table into ranges, for a mapped check.

    Args:
        table: of a suite in expectations/.
        first_id: where to begin.
        last_id: where to end, inclusive; None: the last row there is.
        step: ids in one range.
    """

    template_fields = (*ConsistencyOperator.template_fields, "table", "first_id", "last_id", "step")

    def __init__(
        self, *, table: str, first_id: int | str = 0, last_id: int | str | None = None, step: int | str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.table = table
        self.first_id = first_id
        self.last_id = last_id
        self.step = step

    def execute(self, context: "Context") -> Any:
        """The ranges, as arguments of CheckTableOperator."""
        return super().execute(context)["ranges"]

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Plan.

        Raises:
            WrongUse: no such table, or more ranges than a task can be mapped over.
        """
        from data_consistency.db import sql
        from data_consistency.errors import WrongUse

        first, last, step = number(self.first_id) or 0, number(self.last_id), number(self.step) or 0
        table = rt.suite_of(self.table).table
        if last is None:
            with rt.transaction() as connection:
                last = int(sql.run(connection, f"last_id_of_{table}").scalar_one() or 0)
        if step < 1 or (last - first) // step >= _MOST_RANGES:
            raise WrongUse(
                f"ids {first} to {last} in steps of {step}: choose a step that makes 1 to {_MOST_RANGES} ranges"
            )
        return {"ranges": id_ranges(first, max(first, last), step)}


class SchemaOperator(ConsistencyOperator):
    """Migrates the schema, takes everything of ours away again, or compares the triggers with their files.

    Args:
        action: migrate, rollback or verify_triggers.
        confirm: must be the name of the schema where anything is changed.
        environment: what a schema is marked as the first time: operational, demo or test.
        to: version; empty: the newest for migrate, nothing of ours left for rollback.
    """

    template_fields = (*ConsistencyOperator.template_fields, "action", "confirm", "environment", "to")
    ui_color = "#fee2e2"

    def __init__(
        self, *, action: str, confirm: str, environment: str = "operational", to: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.action = action
        self.confirm = confirm
        self.environment = environment
        self.to = to

    def work(self, rt: "Runtime", run_id: str, context: "Context") -> Counts:
        """Do the action.

        Raises:
            WrongUse: not confirmed, or no such action.
            SchemaNotReady: a trigger is not as its file has it.
        """
        from data_consistency.errors import WrongUse

        schema = str(rt.engine.url.database)
        if self.action != "verify_triggers" and self.confirm != schema:
            raise WrongUse("param confirm: must be the name of the schema the connection works in; nothing was done")
        actions: dict[str, Callable[[Runtime, str], Counts]] = {
            "migrate": self._migrate,
            "rollback": self._rollback,
            "verify_triggers": self._verify_triggers,
        }
        if self.action not in actions:
            raise WrongUse(f"param action: '{self.action}'; use {', '.join(actions)}")
        return {"action": self.action, **actions[self.action](rt, schema)}

    def _migrate(self, rt: "Runtime", schema: str) -> Counts:
        from data_consistency.db import marker
        from data_consistency.schema import migrations

        with rt.engine.connect() as connection:
            known = marker.read_marker(connection) is not None
        version = migrations.migrate(
            rt.engine, adopt=None if known else schema, environment=self.environment, to=said(self.to) or "head"
        )
        return {"version": version}

    def _rollback(self, rt: "Runtime", _schema: str) -> Counts:
        from data_consistency.schema import migrations

        return {"version": migrations.rollback(rt.engine, to=said(self.to) or "base")}

    def _verify_triggers(self, rt: "Runtime", schema: str) -> Counts:
        from data_consistency.errors import SchemaNotReady
        from data_consistency.schema import triggers

        with rt.transaction() as connection:
            drifts = triggers.verify(connection)
        if drifts:
            names = ", ".join(f"{drift.name} ({drift.kind})" for drift in drifts)
            raise SchemaNotReady(
                f"triggers of schema {schema} differ from their files: {names};"
                " install them anew with `consistency triggers install`"
            )
        return {"drifts": 0}


def report_day(run_after: datetime, zone: tzinfo) -> date:
    """The day a report is about: the one before the run, where the readers live."""
    return run_after.astimezone(zone).date() - timedelta(days=1)


def id_ranges(first: int, last: int, step: int) -> list[dict[str, int]]:
    """Ranges of ids that touch and do not overlap."""
    return [{"first_id": start, "last_id": min(start + step - 1, last)} for start in range(first, last + 1, step)]
