"""Broken states of runs, heartbeats and watermarks."""

from tests.broken.world import INCIDENT, NOW, RUN, State, ago, beat

_CALENDAR = f"INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', {NOW})"
_OLD_RUNS = tuple(f"{RUN}('f{n}', 'check', 'failed', 'a', 0, {NOW}, {NOW}, {NOW}, 'InvalidRule')" for n in range(3))
_CHECKS_GONE = "DELETE FROM consistency_heartbeats WHERE name IN ('check', 'full')"


STATES = {
    "no check was ever done": State(
        sign="heartbeat check", said="never done", remedy="the DAG consistency_check", sql=(_CHECKS_GONE,)
    ),
    "the last check is old": State(
        sign="heartbeat check", said="last done", remedy="`consistency pools`", sql=(beat("check", 0.5),)
    ),
    "a check was done in the future": State(
        sign="heartbeat check", said="in the future", remedy="NTP", sql=(beat("check", -1),)
    ),
    "the queue is not cared for": State(
        sign="heartbeat review", said="last done", remedy="review_queue_processing", sql=(beat("review", 3),)
    ),
    "no report was made": State(
        sign="heartbeat report", said="last done", remedy="daily_consistency_report", sql=(beat("report", 30),)
    ),
    "nothing is deleted": State(
        sign="heartbeat maintenance",
        said="last done",
        remedy="consistency_maintenance",
        sql=(beat("maintenance", 30),),
    ),
    "the calendar fell silent": State(
        sign="source calcom",
        said="no Cal.com source has reported in the last 3 hours",
        remedy="consistency_reconcile",
        sql=(_CALENDAR, beat("calcom", 4)),
    ),
    "one company's calendar is not read": State(
        sign="calendars",
        said="company 1 (horizon, last ",
        remedy="`read` task",
        sql=(
            _CALENDAR,
            "INSERT INTO consistency_calcom_readings (company_id, kind, completed_at, run_id, created_at, updated_at)"
            f" VALUES (1, 'horizon', {ago(40)}, 'r', {ago(90)}, {NOW})",
        ),
    ),
    "a run died": State(
        sign="runs stuck",
        said="check dead gave no sign of life since",
        remedy="the next run ends a dead one",
        sql=(f"{RUN}('dead', 'check', 'running', 'a', 0, {ago(2)}, {ago(1)}, NULL, NULL)",),
    ),
    "a run is far slower than usual": State(
        sign="runs stuck",
        said="check slow runs since",
        remedy="look at its task in Airflow",
        sql=(f"{RUN}('slow', 'check', 'running', 'a', 0, {ago(2)}, {NOW}, NULL, NULL)",),
    ),
    "every check fails": State(
        sign="runs failing check",
        said="the last 3 all failed: InvalidRule",
        remedy="mend what the newest error names",
        sql=_OLD_RUNS,
    ),
    "machines have other rules": State(
        sign="rules elsewhere",
        said="had rule set 000000000000",
        remedy="deploy one version",
        sql=(f"UPDATE consistency_runs SET rule_set = '{'0' * 64}'",),
    ),
    "no full check for a day": State(
        sign="full check",
        said="not within 26 hours: appointments, calls",
        remedy="`consistency check --full`",
        sql=("UPDATE consistency_rule_results SET evaluated_at = evaluated_at - INTERVAL 2 DAY",),
    ),
    "a watermark is ahead": State(
        sign="watermarks",
        said="ahead of the server's clock: calls",
        remedy="`consistency check`",
        sql=(f"UPDATE consistency_watermarks SET changed_until = {ago(-5)} WHERE table_name = 'calls'",),
    ),
    "a watermark does not move": State(
        sign="watermarks",
        said="behind: calls (",
        remedy="`consistency check`",
        sql=(f"UPDATE consistency_watermarks SET changed_until = {ago(5)} WHERE table_name = 'calls'",),
    ),
    "a table was never checked": State(
        sign="watermarks",
        said="never checked: customers",
        remedy="`consistency check`",
        sql=("DELETE FROM consistency_watermarks WHERE table_name = 'customers'",),
    ),
    "a rule is not evaluated": State(
        sign="not evaluated",
        said="calls.some_rule since",
        remedy="mend what the reason names",
        sql=(
            f"{INCIDENT}('not_evaluated', 'some_rule', 'calls', 'open', 0, 0, 'no column x', 'r', {ago(3)}, {NOW},"
            f" NULL, NULL, {NOW})",
        ),
    ),
}
