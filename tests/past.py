"""What happened before a test: complete checks of earlier days, a breaker that was told, messages that lie about."""

from datetime import datetime, timedelta

from data_consistency.breaker import records
from data_consistency.breaker.policy import Mode
from data_consistency.db import sql
from data_consistency.ledger import outbox
from data_consistency.runtime import Runtime

BREAKER = "calcom:company:1"


def judge(rt: Runtime, rule_id: str, at: datetime, violations: int | None, *, scope: str = "full") -> None:
    """The verdict of a rule in a check of an earlier time; None: it could not be evaluated."""
    rule = next(rule for suite in rt.suites().values() for rule in suite.rules if rule.id == rule_id)
    outcome = "not_evaluated" if violations is None else "failed" if violations else "passed"
    row = {
        **{"run_id": f"past-{at:%m%d%H%M}", "table_name": rule.table, "rule": rule.id, "catalogue": rule.catalogue},
        **{"severity": rule.severity.value, "mode": rule.mode.value, "rule_fingerprint": rule.fingerprint},
        **{"outcome": outcome, "rows_checked": None if violations is None else 400, "violations": violations},
        **{"reason": "no calendar" if violations is None else None, "scope": scope, "company_id": None, "now": at},
    }
    with rt.transaction() as connection:
        sql.run_many(connection, "insert_rule_result", [row])


def give_history(rt: Runtime, *, days: int = 28) -> None:
    """A complete check of every day for two rules: one that gets better, one that was not evaluated for a while."""
    for back in range(1, days):
        at = rt.now() - timedelta(days=back)
        judge(rt, "call_direction_present", at, back * 3 % 17)
        judge(rt, "booking_claim_has_appointment", at, None if 8 <= back <= 12 else back)


def tell_breaker(rt: Runtime) -> None:
    """A breaker that a person holds open."""
    with rt.transaction() as connection:
        records.set_mode(
            connection, BREAKER, Mode.FORCED_OPEN, reason="the calendar moves house", actor="cli:ann", new=True
        )


def leave_message(rt: Runtime) -> int:
    """A message that is set aside, on a channel that fails; the id of its delivery."""
    now = rt.now()
    with rt.transaction() as connection:
        outbox.put(
            connection, key=f"k{now}", kind="findings", severity="critical", subject="2 calls", body="{}", now=now
        )
        (entry,) = outbox.unaddressed(connection)
        outbox.address(connection, entry.id, [("mail", "x1")], now=now)
        (delivery,) = outbox.due(connection, now=now)
        token = outbox.lease(connection, delivery.id, now=now)
        assert token is not None
        outbox.hold_channel(connection, delivery, token, error="connection refused", now=now)
        token = outbox.lease(connection, delivery.id, now=now)
        assert token is not None
        outbox.set_aside(connection, delivery, token, error="no such mailbox")
    return delivery.id
