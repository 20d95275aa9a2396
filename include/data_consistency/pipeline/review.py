"""A review run: what waits for people is brought up to date."""

from functools import partial

from data_consistency.ledger import findings, queue
from data_consistency.logs import logger_of
from data_consistency.review.both_sides import both_sides
from data_consistency.rules import Mode
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def fill_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Put the open findings of review rules before people."""
    counts = queue.QueueCounts()
    for suite in rt.suites().values():
        for rule in suite.rules:
            if rule.mode is Mode.REVIEW:
                with rt.transaction() as connection:
                    found = findings.open_findings(connection, rule, corrected_since=rt.now())
                if not found:
                    continue
                sides = both_sides(rt, rule, suite.entity, [candidate.entity_id for candidate in found])
                items = [
                    queue.NewItem(
                        rule_id=rule.id,
                        entity=suite.entity,
                        entity_id=candidate.entity_id,
                        company_id=candidate.company_id,
                        priority=rule.priority,
                        context={"why": "rule asks for review", **sides.get(candidate.entity_id, {})},
                        proposal=None,
                    )
                    for candidate in found
                ]
                opened = rt.repeated(partial(queue.open_items, items=items, run_id=run_id, now=rt.now()))
                counts = queue.add(counts, opened)
    with rt.transaction() as connection:
        pending = queue.count_pending(connection)
    logger.info("review queue filled opened=%d reopened=%d pending=%d", counts.opened, counts.reopened, pending)
    return queue.add(counts, queue.QueueCounts(pending=pending))


def process_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Close items whose finding disappeared, give back stale claims, open what is new."""
    now = rt.now()
    closed, released = rt.repeated(
        lambda connection: (queue.close_settled(connection, now=now), queue.release_stale_claims(connection, now=now))
    )
    filled = fill_review_queue(rt, run_id=run_id)
    counts = queue.add(filled, queue.QueueCounts(closed=closed, released=released))
    logger.info("review queue processed closed=%d released=%d pending=%d", closed, released, counts.pending)
    return counts
