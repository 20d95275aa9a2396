"""### Daily upkeep of our own tables

**Does**: deletes what is settled and older than its retention (findings and verdicts 90 days; corrections, runs,
review items and incidents a year; mails 30 days), in small batches. What is open stays for ever; source rows are never
touched.

**Red** means that old rows are still there, nothing worse. **When red**: read the last line of the red task's log; the
next day catches up.

**Switch off**: pause this DAG; the tables grow. **Undo**: deleted rows come back from a backup only, and a correction
whose audit was deleted cannot be undone any more.
"""

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.defaults import dag_args, tags, watched

for source in watched():
    with DAG(
        source.named("consistency_maintenance"),
        schedule="30 3 * * *",
        dagrun_timeout=timedelta(hours=4),
        doc_md=__doc__,
        tags=tags(source, "maintenance"),
        **dag_args(source),
    ):
        begin = op.BeginRunOperator(task_id="begin", kind="maintenance")
        maintain = op.MaintenanceOperator(task_id="maintain", execution_timeout=timedelta(hours=3))
        finish = op.FinishRunOperator(task_id="finish", trigger_rule=TriggerRule.ALL_DONE)
        begin >> maintain >> finish
