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

from airflow.sdk import DAG, Asset, CronTriggerTimetable, TriggerRule
from consistency_defaults import DAG_ARGS, REPORT_TIMEZONE, TAGS
from consistency_operators import BeginRunOperator, FinishRunOperator, PublishReportOperator

REPORT = Asset(name="consistency_report", uri="x-consistency://report")

with DAG(
    "daily_consistency_report",
    schedule=CronTriggerTimetable("0 2 * * *", timezone=REPORT_TIMEZONE),
    dagrun_timeout=timedelta(hours=4),
    doc_md=__doc__,
    tags=[*TAGS, "report"],
    **DAG_ARGS,
):
    begin = BeginRunOperator(task_id="begin", kind="report")
    publish = PublishReportOperator(task_id="publish_report", execution_timeout=timedelta(hours=3), outlets=[REPORT])
    finish = FinishRunOperator(task_id="finish", trigger_rule=TriggerRule.ALL_DONE)
    begin >> publish >> finish
