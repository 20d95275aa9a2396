"""A review run: what waits for people is brought up to date."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.booking.records import CONTRADICTION, ROLLBACK
from data_consistency.db import sql
from data_consistency.ledger import due, findings, queue, transitions
from data_consistency.logs import logger_of
from data_consistency.review.both_sides import both_sides
from data_consistency.review.proposing import proposals_of, question_of
from data_consistency.rules import Mode, Rule, Suite
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def fill_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Put the open findings of review rules before people."""
    counts = queue.QueueCounts()
    asking = [(suite, rule) for suite in rt.suites().values() for rule in suite.rules if rule.mode is Mode.REVIEW]
    for suite, rule in _with_open_findings(rt, asking):
        with rt.transaction() as connection:
            found = findings.open_findings(connection, rule, corrected_since=rt.now())
        if not found:
            continue
        ids = [candidate.entity_id for candidate in found]
        sides = both_sides(rt, rule, suite.entity, ids)
        proposed = proposals_of(rt, suite, rule, found, run_id=run_id)
        items = [
            question_of(
                rule,
                suite.entity,
                candidate,
                proposed.get(candidate.entity_id),
                sides.get(candidate.entity_id, {}),
            )
            for candidate in found
        ]
        opened = rt.repeated(partial(queue.open_items, items=items, run_id=run_id, now=rt.now()))
        counts = queue.add(counts, opened)
    with rt.transaction() as connection:
        pending = queue.count_pending(connection)
    logger.info("review queue filled opened=%d reopened=%d pending=%d", counts.opened, counts.reopened, pending)
    return queue.add(counts, queue.QueueCounts(pending=pending))


def _with_open_findings(rt: Runtime, rules: Sequence[tuple[Suite, Rule]]) -> list[tuple[Suite, Rule]]:
    """Those that there is anything to ask about; mostly none, so that they are not asked about one by one."""
    names = [rule.id for _, rule in rules]
    if not names:
        return []
    with rt.transaction() as connection:
        found = {str(rule) for (rule,) in sql.run(connection, "rules_with_open_findings", rules=names)}
    return [(suite, rule) for suite, rule in rules if rule.id in found]


def process_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Close items whose finding disappeared, give back stale claims, open what is new."""
    now = rt.now()
    rt.repeated(lambda connection: _settle_orphans(connection, rt, run_id))
    closed = rt.repeated(partial(queue.close_settled, run_id=run_id, now=now))
    released = rt.repeated(partial(queue.release_stale_claims, run_id=run_id, now=now))
    rt.repeated(partial(due.forget, now=now))
    filled = fill_review_queue(rt, run_id=run_id)
    counts = queue.add(filled, queue.QueueCounts(closed=closed, released=released))
    logger.info("review queue processed closed=%d released=%d pending=%d", closed, released, counts.pending)
    return counts


def _settle_orphans(connection: Connection, rt: Runtime, run_id: str) -> None:
    """End findings that no check will ever see gone: their rule judges no more, or the guard's call is deleted."""
    judging = {rule.id for suite in rt.suites().values() for rule in suite.rules if rule.mode is not Mode.SHADOW}
    found = [str(rule) for (rule,) in sql.run(connection, "rules_with_unsettled_findings")]
    for rule in (rule for rule in found if rule not in judging):
        ids = [int(finding) for (finding,) in sql.run(connection, "unsettled_of_rule", rule=rule)]
        _resolve(connection, ids, "Its rule judges no more.", run_id, rt)
    ids = [
        int(finding) for (finding,) in sql.run(connection, "unsettled_without_call", rules=[ROLLBACK, CONTRADICTION])
    ]
    _resolve(connection, ids, "The call is gone.", run_id, rt)


def _resolve(connection: Connection, ids: Sequence[int], notes: str, run_id: str, rt: Runtime) -> None:
    if ids:
        logger.info("findings settled findings=%d why=%s run=%s", len(ids), notes, run_id)
        transitions.resolve(connection, ids, notes=notes, run_id=run_id, now=rt.now())
