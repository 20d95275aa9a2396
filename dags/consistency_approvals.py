"""### Plans that wait for a decision, as required actions

**Does**: a rule that would change more rows than its cap changes none and makes a plan. This DAG puts each plan before
people under *Browse > Required Actions*, with what is wrong, how many rows, and some of them before and after. Page,
command and required action are one decision: whichever is first counts, and the others are told so. What is approved
the next *consistency_check* applies, each row only if it is still as it was.

A run lasts as long as its question; it holds no worker. It looks every ten minutes whether the plan still waits.

**Who may answer**: who may let a plan through on the page, which is who may change the connection of the database.

**Red** means that an answer could not be carried out. **When red**: the last line of the log says why, mostly that the
plan expired or its rule has changed; it waits on, or the next check asks anew. **Switch off**: pause this DAG; page and
command go on. **Undo**: `consistency undo --run ID` with the run that applied the plan.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from data_consistency.airflow import approvals
from data_consistency.airflow.assets import asset
from data_consistency.airflow.defaults import dag_args, tags, watched

for source in watched():
    with DAG(
        source.named("consistency_approvals"),
        # At once by the event; every hour what an event was lost of, or whose run was deleted.
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("@hourly", timezone="UTC"), assets=[asset(source.name, "plans")]
        ),
        dagrun_timeout=timedelta(days=8),  # a plan expires after seven
        doc_md=__doc__,
        tags=tags(source, "review"),
        **{**dag_args(source), "max_active_runs": 32},
    ):
        take = approvals.TakePlansOperator(task_id="take")
        approvals.ApprovePlanOperator.partial(
            task_id="approve", map_index_template="incident {{ task.incident_id }}"
        ).expand(incident_id=take.output)
