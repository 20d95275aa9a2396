"""What all DAGs of this project share: pool, owner, retries, failure mail. Light: it is read at every parse."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from data_consistency import project, sources
from data_consistency.airflow.notifiers import RunTimeoutNotifier, TaskFailureNotifier, checks_did_not_run
from data_consistency.sources import Source

OWNER = "data-engineering"
TAGS = ["data-consistency"]
REPORT_TIMEZONE = os.environ.get("CONSISTENCY_REPORT_TIMEZONE") or "Europe/Berlin"

# Three checks would have been due meanwhile.
_LATE_AFTER = timedelta(minutes=15)

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            # A commit that was not answered is among them: every step finds what is done already.
            exception=[
                "data_consistency.errors.DatabaseUnavailable",
                "data_consistency.errors.DeliveryFailed",
            ],
            action=RetryAction.RETRY,
            reason="the other side may be back in a moment",
        ),
        RetryRule(
            exception="data_consistency.errors.Unforeseen",
            action=RetryAction.DEFAULT,
            reason="nobody knows whether it helps",
        ),
        RetryRule(
            exception="data_consistency.errors.DataConsistencyError",
            action=RetryAction.FAIL,
            reason="repeating it changes nothing: a rule, a setting, a right, the schema or a disk must be mended",
        ),
    ]
)


def dry_run(default: str) -> Param:
    """Whether a run changes source rows, in three words: a form cannot leave a switch open."""
    return Param(
        default,
        type="string",
        enum=["as configured", "look only", "correct"],
        description="look only: change no source row; as configured: what CONSISTENCY_DRY_RUN says",
    )


PARAMS: dict[str, Param] = {
    "dry_run": dry_run("as configured"),
    "company": Param(None, type=["null", "integer"], minimum=1, description="only this company id; empty: all"),
}
HORIZON = Param(
    "once a day",
    type="string",
    enum=["once a day", "now"],
    description="when the whole horizon of the calendar is read",
)


def watched() -> list[Source]:
    """The watched databases, by name; each has DAGs of its own. Nothing is connected."""
    return list(sources.load_sources(project.find()).values())


def tags(source: Source, *more: str) -> list[str]:
    """Tags of a DAG; where several databases are watched, one names the database."""
    return [*TAGS, *more, *([] if source.is_default else [source.name])]


def dag_args(source: Source) -> dict[str, Any]:
    """What all DAGs of a watched database share."""
    return {
        "start_date": datetime(2026, 1, 1, tzinfo=UTC),
        "catchup": False,  # a check works from its watermark, never from a missed tick
        "max_active_runs": 1,
        "default_args": _task_args(source),
        "on_failure_callback": RunTimeoutNotifier(source.name),
    }


def deadline(source: Source) -> DeadlineAlert:
    """Tells on-call that a check did not end in time, or did not even begin: no task of it could."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=_LATE_AFTER,
        callback=AsyncCallback(checks_did_not_run, kwargs={"source": source.name}),
    )


def _task_args(source: Source) -> dict[str, Any]:
    return {
        "owner": OWNER,
        "source": source.name,
        "pool": source.pool,  # bounds what all runs together ask of the operational database
        "retries": 2,
        "retry_delay": timedelta(seconds=15),
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(minutes=4),
        "on_failure_callback": TaskFailureNotifier(source.name),
    }


def tables() -> list[str]:
    """Tables that have a suite, by the names of the files: nothing is loaded or validated here."""
    return list(project.find().suites())
