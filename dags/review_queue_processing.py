"""### Hourly care of the review queue

**Does**: closes items whose finding has disappeared, gives back items that somebody claimed and left, adds open
findings that ask for a person. It decides nothing: `consistency queue list`, `approve` and `dismiss` are for people.

**Red** means that the queue was not cared for; people still see it as it was. **When red**: read the last line of the
red task's log. `DatabaseUnavailable`: the next hour catches up. `SchemaNotReady`: run *consistency_schema*.

**Switch off**: pause this DAG; nothing is lost, the next run does what was missed. **Undo**: items are never deleted;
a closed one opens again when its finding comes back.
"""

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.defaults import dag_args, tags, watched

for source in watched():
    with DAG(
        source.named("review_queue_processing"),
        schedule="@hourly",
        dagrun_timeout=timedelta(minutes=50),
        doc_md=__doc__,
        tags=tags(source, "review"),
        **dag_args(source),
    ):
        begin = op.BeginRunOperator(task_id="begin", kind="review")
        process = op.ProcessReviewQueueOperator(task_id="process_review_queue", execution_timeout=timedelta(minutes=20))
        finish = op.FinishRunOperator(task_id="finish", trigger_rule=TriggerRule.ALL_DONE)
        begin >> process >> finish
