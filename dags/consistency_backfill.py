"""### Backfill: check old rows again, by ranges of ids

**Does**: cuts the ids of one table into ranges, checks each, then corrects what the findings allow and fills the
review queue. For a new rule, a mended rule, or rows imported behind the back of the change column. The watermark of
the five-minute check is not touched.

**Params**: `table`; `first_id`, `last_id` (empty: the last row); `step` (ids in one range, one task each); `company`;
`dry_run` (**look only unless you say `correct`**: findings are recorded, no source row is changed).

**Red** means that some ranges were not evaluated; the others are done. **When red**: read the last line of the red
task's log, mend the cause, clear the red tasks: repeating a range changes nothing twice.

**Switch off**: mark the run as failed; what is written stays. **Undo**: `consistency undo --run ID`.
"""

from datetime import timedelta

from airflow.sdk import DAG, Param, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.defaults import PARAMS, dag_args, dry_run, tables, tags, watched

DRY_RUN = "{{ params.dry_run }}"
TABLE = {"table": "{{ params.table }}"}
SCOPE = {**TABLE, "company_id": "{{ params.company }}"}
IDS = {name: f"{{{{ params.{name} }}}}" for name in ("first_id", "last_id", "step")}
RANGE = {**SCOPE, "kind": "range", "map_index_template": "{{ task.first_id }} to {{ task.last_id }}"}
LIMITS = {"max_active_tis_per_dagrun": 2, "execution_timeout": timedelta(hours=1)}

for source in watched():
    with DAG(
        source.named("consistency_backfill"),
        schedule=None,
        dagrun_timeout=timedelta(hours=12),
        doc_md=__doc__,
        tags=tags(source, "manual"),
        params={
            "table": Param("calls", enum=tables()),
            "first_id": Param(1, type="integer", minimum=0, description="of the rows that are checked"),
            "last_id": Param(None, type=["null", "integer"], description="empty: to the end"),
            "step": Param(50_000, type="integer", minimum=1, description="ids of a task"),
            **PARAMS,
            "dry_run": dry_run("look only"),
        },
        **dag_args(source),
    ):
        begin = op.BeginRunOperator(task_id="begin", kind="backfill", plan_only=DRY_RUN)
        plan = op.PlanRangesOperator(task_id="plan", **TABLE, **IDS)
        checks = op.CheckTableOperator.partial(task_id="check", **RANGE, **LIMITS).expand_kwargs(plan.output)
        correct = op.CorrectTableOperator(
            task_id="correct", plan_only=DRY_RUN, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS, **SCOPE
        )
        finish = op.FinishRunOperator(task_id="finish", trigger_rule=TriggerRule.ALL_DONE)
        begin >> plan >> checks >> correct >> op.FillReviewQueueOperator(task_id="fill_review_queue") >> finish
