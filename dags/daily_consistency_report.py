"""### Daily report: everything checked in full, data docs, the page of yesterday

**Does**: at 02:00 where the readers live (`CONSISTENCY_REPORT_TIMEZONE`, once also on the days the clocks change)
checks every row of every table by Great Expectations, builds the data docs and writes the report of the day before. It
corrects nothing; what it finds is corrected by the next five-minute check.

**Red** means that there is no complete report: a rule could not be evaluated, or a page could not be written. **When
red**: read the last line of the red task's log, mend the cause, clear the task. A report can be made again at any
time.

**Switch off**: pause this DAG; the five-minute check goes on, but rows that change without a trace (foreign keys that
cascade) are then seen by nobody. **Undo**: reports are files under `var/`; delete what you do not want.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.assets import asset
from data_consistency.airflow.defaults import REPORT_TIMEZONE, dag_args, tags, watched

for source in watched():
    report = asset(source.name, "report")
    with DAG(
        source.named("daily_consistency_report"),
        schedule=CronTriggerTimetable("0 2 * * *", timezone=REPORT_TIMEZONE),
        dagrun_timeout=timedelta(hours=4),
        doc_md=__doc__,
        tags=tags(source, "report"),
        **dag_args(source),
    ):
        begin = op.BeginRunOperator(task_id="begin", kind="report")
        publish = op.PublishReportOperator(
            task_id="publish_report", execution_timeout=timedelta(hours=3), outlets=[report]
        )
        finish = op.FinishRunOperator(task_id="finish", trigger_rule=TriggerRule.ALL_DONE)
        begin >> publish >> finish
