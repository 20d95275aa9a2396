"""### Hourly reconciliation with Cal.com, and once a day the whole horizon

**Does**: reads what was created or updated in the calendars of all connected companies since the last reading, and
once a day every booking from a month back to far ahead; stores it in the mirror, compares both ways, puts what differs
into the review queue and mails what is new. Writes nothing to Cal.com.

**Green**: all calendars were read, or none is connected; differences are a result, not a failure. **Red**: a calendar
could not be read completely, or something not be judged. Nothing is concluded from what was not read; the next run goes
on where this one stopped, and one with `horizon` set to *now* reads everything again.

**When red**: open the red `read` task's log. *key is refused*: set a new key. *circuit breaker … is open*: Cal.com
fails; nothing to do, it is asked again by itself. *list is not complete*: the words after it say why;
docs/reconciliation.md explains each. After three hours without a report the rules that need Cal.com are not evaluated.

**Switch off**: pause this DAG; after three hours the same. **Undo**: nothing of the source is changed; the mirror can
be emptied and read again.
"""

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from data_consistency.airflow import operators as op
from data_consistency.airflow.assets import asset
from data_consistency.airflow.defaults import HORIZON, PARAMS, dag_args, tags, watched

KIND = "{{ ti.xcom_pull(task_ids='conclude')['check'] }}"
HORIZON_NOW, LABEL = "{{ params.horizon }}", {"map_index_template": "company {{ task.company_id }}"}
ALWAYS = {"trigger_rule": TriggerRule.ALL_DONE}

for source in watched():
    findings = asset(source.name, "findings")
    with DAG(
        source.named("consistency_reconcile"),
        schedule="17 * * * *",
        dagrun_timeout=timedelta(minutes=55),
        doc_md=__doc__,
        tags=tags(source, "calendar"),
        params={"company": PARAMS["company"], "horizon": HORIZON},
        **dag_args(source),
    ):
        begin = op.BeginRunOperator(task_id="begin", kind="reconcile")
        calendars = op.ListCalendarsOperator(task_id="calendars", company_id="{{ params.company }}")
        read = op.ReadCalendarOperator.partial(
            task_id="read", horizon=HORIZON_NOW, execution_timeout=timedelta(minutes=45), **LABEL
        ).expand_kwargs(calendars.output)
        conclude = op.ConcludeReadingOperator(task_id="conclude", **ALWAYS)
        check = op.CheckTableOperator.partial(
            task_id="check", kind=KIND, map_index_template="{{ task.table }}", outlets=[findings]
        ).expand(table=["appointments", "consistency_calcom_bookings"])
        fill = op.FillReviewQueueOperator(task_id="fill_review_queue", **ALWAYS)
        notify = op.NotifyOperator(task_id="notify", **ALWAYS)
        finish = op.FinishRunOperator(task_id="finish", company_id="{{ params.company }}", **ALWAYS)
        begin >> calendars >> read >> conclude >> check >> fill >> notify >> finish
