"""What all DAGs of this project share: pool, owner, retries, failure mail. Light: it is read at every parse."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule
from consistency_notifier import RunTimeoutNotifier, TaskFailureNotifier

POOL = "consistency_mysql"  # bounds what all runs together ask of the operational database
OWNER = "data-engineering"
TAGS = ["data-consistency"]
REPORT_TIMEZONE = os.environ.get("CONSISTENCY_REPORT_TIMEZONE") or "Europe/Berlin"

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[
                "data_consistency.errors.DatabaseUnavailable",
                "data_consistency.errors.DeliveryFailed",
            ],
            action=RetryAction.RETRY,
            reason="the other side may be back in a moment",
        ),
        RetryRule(
            exception="data_consistency.errors.DataConsistencyError",
            action=RetryAction.FAIL,
            reason="repeating it changes nothing: a rule, a setting or the schema must be mended",
        ),
    ]
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "pool": POOL,
    "retries": 2,
    "retry_delay": timedelta(seconds=15),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(minutes=4),
    "on_failure_callback": TaskFailureNotifier(),
}

DAG_ARGS: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,  # a check works from its watermark, never from a missed tick
    "max_active_runs": 1,
    "default_args": DEFAULT_ARGS,
    "on_failure_callback": RunTimeoutNotifier(),
}

PARAMS: dict[str, Param] = {
    "dry_run": Param(
        None,
        type=["null", "boolean"],
        description="true: change no source row; false: correct; empty: as CONSISTENCY_DRY_RUN says",
    ),
    "company": Param(None, type=["null", "integer"], minimum=1, description="only this company id; empty: all"),
}
HORIZON = Param(None, type=["null", "boolean"], description="true: read the whole horizon now; empty: once a day")


def project_root() -> Path:
    """The folder that holds expectations/ and sql/."""
    return Path(os.environ.get("CONSISTENCY_HOME") or Path(__file__).resolve().parents[1])


def tables() -> list[str]:
    """Tables that have a suite, by the names of the files: nothing is loaded or validated here."""
    return sorted(path.stem for path in (project_root() / "expectations").glob("*.json"))
