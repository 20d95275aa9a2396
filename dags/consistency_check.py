"""### Five-minute check of calls, appointments and customers

**Does**: per table reads what changed since the last check, corrects what is safe by evidence (nothing while dry-run is
on, the default), fills the review queue, mails what is new once, and looks again at bookings nobody could verify.

**Green**: looked at everything; wrong rows are a result, not a failure. **Red**: something could not be evaluated or
delivered; other tables were done all the same.

**When red**: open the red task's log, the last line says what to do. `CheckNotEvaluated`: mend column, facts file or
rule. `DatabaseUnavailable`: the next run catches up. `SchemaNotReady`: run *consistency_schema*. A cause is told once.

**Look first**: trigger with *look only*. **Switch corrections off**: `consistency switch corrections_enabled off`.
**Undo a run**: `consistency undo --run ID`; the id is in every task's XCom. Pausing this DAG stops all of it.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetAlias, TriggerRule, task_group

from data_consistency.airflow import operators as op
from data_consistency.airflow.assets import asset
from data_consistency.airflow.defaults import PARAMS, dag_args, deadline, tables, tags, watched
from data_consistency.sources import Source

COMPANY, DRY_RUN = "{{ params.company }}", "{{ params.dry_run }}"
OF_TABLE = {"company_id": COMPANY, "map_index_template": "{{ task.table }}"}


def _build(source: Source) -> None:
    findings, corrections = asset(source.name, "findings"), asset(source.name, "corrections")
    asked = AssetAlias(source.named("consistency_asked"))  # what is asked of people stands behind it, only when it is
    with DAG(
        source.named("consistency_check"),
        schedule="*/5 * * * *",
        dagrun_timeout=timedelta(minutes=4, seconds=45),
        deadline=deadline(source),
        doc_md=__doc__,
        tags=tags(source, "check"),
        params=PARAMS,
        **dag_args(source),
    ):

        @task_group
        def per_table(table: str) -> None:
            check = op.CheckTableOperator(task_id="check", table=table, outlets=[findings], **OF_TABLE)
            check >> op.CorrectTableOperator(
                task_id="correct", table=table, plan_only=DRY_RUN, outlets=[corrections, asked], **OF_TABLE
            )

        begin = op.BeginRunOperator(task_id="begin", kind="check", plan_only=DRY_RUN)
        fill = op.FillReviewQueueOperator(task_id="fill_review_queue", trigger_rule=TriggerRule.ALL_DONE)
        notify = op.NotifyOperator(task_id="notify", trigger_rule=TriggerRule.ALL_DONE)
        finish = op.FinishRunOperator(task_id="finish", company_id=COMPANY, trigger_rule=TriggerRule.ALL_DONE)
        recheck = op.RecheckBookingsOperator(task_id="recheck_bookings", plan_only=DRY_RUN)
        begin >> [recheck, per_table.expand(table=tables())] >> fill >> notify >> finish


for watched_source in watched():
    _build(watched_source)
