"""The use cases, in order: check, correct, fill the queue, report, tell people. Every step can be repeated.

Each function takes the runtime, does one thing in its own transactions and returns counts. A run that dies anywhere
is repeated from its watermark and ends in the same state.
"""

from data_consistency.health import Sign, examine
from data_consistency.pipeline.bookings import recheck_bookings
from data_consistency.pipeline.check import check_table, open_by_severity
from data_consistency.pipeline.correct import CorrectionCounts, correct_table, plan_rule, preview_rule
from data_consistency.pipeline.daily import full_check
from data_consistency.pipeline.failures import TaskFailure, settle_failures, tell_failure, tell_without_ledger
from data_consistency.pipeline.keeping import AUDIT_DAYS, Pruned, prune_audit, verify_audit
from data_consistency.pipeline.mail import DeliveryCounts, deliver_outbox
from data_consistency.pipeline.publish import ReportResult, daily_report, write_report
from data_consistency.pipeline.replay import Replay, replay_rule
from data_consistency.pipeline.review import fill_review_queue, process_review_queue
from data_consistency.pipeline.runs import check_run, correction_run, report_run
from data_consistency.pipeline.session import begin, finish
from data_consistency.pipeline.tables import Done, check_tables, correct_tables, has_corrections, told_all
from data_consistency.pipeline.telling import is_left_to_check, notify_findings
from data_consistency.pipeline.totals import Totals, totals_of
from data_consistency.pipeline.upkeep import maintain

__all__ = [
    "AUDIT_DAYS",
    "CorrectionCounts",
    "DeliveryCounts",
    "Done",
    "Pruned",
    "Replay",
    "ReportResult",
    "Sign",
    "TaskFailure",
    "Totals",
    "begin",
    "check_run",
    "check_table",
    "check_tables",
    "correct_table",
    "correct_tables",
    "correction_run",
    "daily_report",
    "deliver_outbox",
    "examine",
    "fill_review_queue",
    "finish",
    "full_check",
    "has_corrections",
    "is_left_to_check",
    "maintain",
    "notify_findings",
    "open_by_severity",
    "plan_rule",
    "preview_rule",
    "process_review_queue",
    "prune_audit",
    "recheck_bookings",
    "replay_rule",
    "report_run",
    "settle_failures",
    "tell_failure",
    "tell_without_ledger",
    "told_all",
    "totals_of",
    "verify_audit",
    "write_report",
]
