"""### Schema: our tables, change columns and triggers, up, down and compared

**Does**: `migrate` brings the schema up to date, can be repeated and finishes what was begun; `verify_triggers`
compares the triggers with their files and changes nothing; `rollback` takes **everything of ours away, findings and
audit included**, and leaves the source tables exactly as they were found.

**Params**: `action`; `confirm` must be the name of the schema for `migrate` and `rollback`, so that nobody takes the
wrong one; `environment` is what a schema is marked as the first time; `to` a version (empty: the newest, or nothing
left).

**Red** means that nothing or only a part was done; the last line of the log says which. **When red**: mend the cause
and run `migrate` again. Pause *consistency_check* first when you roll back, else it turns red.

**Undo** a migration by `rollback` with `to` set to the version before; a rollback to nothing cannot be undone.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param

from data_consistency.airflow import operators as op
from data_consistency.airflow.defaults import dag_args, tags, watched

for source in watched():
    with DAG(
        source.named("consistency_schema"),
        schedule=None,
        dagrun_timeout=timedelta(hours=6),
        doc_md=__doc__,
        tags=tags(source, "manual"),
        params={
            "action": Param("verify_triggers", enum=["verify_triggers", "migrate", "rollback"]),
            "confirm": Param(None, type=["null", "string"], description="name of the schema; not asked for to compare"),
            "environment": Param("operational", enum=["operational", "demo", "test"]),
            "to": Param(None, type=["null", "string"], description="version; empty: the newest, or nothing left"),
        },
        **dag_args(source),
    ):
        op.SchemaOperator(
            task_id="schema",
            action="{{ params.action }}",
            confirm="{{ params.confirm }}",
            environment="{{ params.environment }}",
            to="{{ params.to }}",
            execution_timeout=timedelta(hours=6),
        )
