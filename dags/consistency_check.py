"""### Five-minute check of calls, appointments and customers

**Does**: `check` reads what changed since the last check, in every table, and looks again at bookings nobody could
verify; `correct` corrects what is safe by evidence (nothing while dry-run is on, the default); `tell` fills the review
queue, mails what is new once, and ends the run. Where there is nothing to correct and nothing to send, `check` ends the
run and the others are skipped. The log has a group for each table.

**Green**: looked at everything; wrong rows are a result, not a failure. **Red**: something could not be evaluated or
delivered; other tables were done all the same.

**When red**: open the log of `check` or `correct` if they are red, else of `tell`; the last line says what to do.
`CheckNotEvaluated`: mend column, facts file or rule. `DatabaseUnavailable`: the next run catches up. `SchemaNotReady`:
run *consistency_schema*. A cause is told once.

**Look first**: trigger with *look only*. **Switch corrections off**: `consistency switch corrections_enabled off`.
**Undo a run**: `consistency undo --run ID`; the id is in every task's XCom. Pausing this DAG stops all of it.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetAlias, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.assets import asset
from data_consistency.airflow.defaults import PARAMS, dag_args, deadline, tags, watched

COMPANY, DRY_RUN = "{{ params.company }}", "{{ params.dry_run }}"
ALL = {"company_id": COMPANY, "plan_only": DRY_RUN}

for source in watched():
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
        check = op.CheckTablesOperator(task_id="check", outlets=[findings], **ALL)
        correct = op.CorrectTablesOperator(
            task_id="correct", check="check", outlets=[corrections, asked], trigger_rule=TriggerRule.ALL_DONE, **ALL
        )
        tell = op.TellOperator(task_id="tell", company_id=COMPANY, trigger_rule=TriggerRule.ALL_DONE)
        check >> [correct, tell]
        correct >> tell
