"""What a review rule puts before people: the row, and what its correction would write, if it has one.

Nothing is locked or changed. Whether what is proposed here still holds is asked again when somebody approves it.
"""

from collections.abc import Mapping, Sequence

from data_consistency.correct.applying import BATCH_ROWS, Order, preview
from data_consistency.correct.proposals import Proposal
from data_consistency.db.values import kept
from data_consistency.detect.evidence import silent_rules
from data_consistency.errors import CorrectionFailed
from data_consistency.ledger.items import NewItem
from data_consistency.logs import logger_of
from data_consistency.rules import Rule, Suite
from data_consistency.rules.outcomes import Candidate
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

WHY = "rule asks for review"


def proposals_of(
    rt: Runtime, suite: Suite, rule: Rule, rows: Sequence[Candidate], *, run_id: str
) -> dict[int, Proposal]:
    """What the correction of a review rule would do with some rows, by id; nothing where it cannot be said now."""
    if rule.correction is None:
        return {}
    with rt.transaction() as connection:
        silence = silent_rules(connection, [rule], rt.now()).get(rule.id)
    ids = [row.entity_id for row in rows if silence is None or not silence.covers(row.company_id)]
    order = Order(suite=suite, rule=rule, run_id=run_id, actor="review", now=rt.now())
    found: dict[int, Proposal] = {}
    try:
        for start in range(0, len(ids), BATCH_ROWS):
            with rt.transaction() as connection:
                proposals = preview(connection, order, ids[start : start + BATCH_ROWS])
            found |= {item.entity_id: item for item in proposals}
    except CorrectionFailed as error:
        # What the rule needs is silent: the question stays, with nothing to approve.
        logger.warning("nothing is proposed rule=%s reason=%s", rule.id, error)
    return found


def question_of(
    rule: Rule, entity: str, row: Candidate, proposal: Proposal | None, sides: Mapping[str, object]
) -> NewItem:
    """The question about a row that a review rule has found.

    Args:
        rule: in mode review.
        entity: of the rule's suite.
        row: that was found.
        proposal: of the rule's correction; None: there is none.
        sides: what both sides say, of a difference to the calendar.
    """
    said: dict[str, object] = {"why": WHY}
    if proposal is not None:
        said = {
            "why": proposal.refusal or WHY,
            "evidence": proposal.evidence,
            "candidates": list(proposal.candidates),
        }
    is_offered = proposal is not None and proposal.refusal is None and bool(proposal.before)
    return NewItem(
        rule_id=rule.id,
        entity=entity,
        entity_id=row.entity_id,
        company_id=row.company_id,
        priority=rule.priority,
        context={**said, **sides},
        proposal=kept(proposal.values) if is_offered and proposal is not None else None,
        before=kept(proposal.before) if is_offered and proposal is not None else None,
        rule_fingerprint=rule.fingerprint,
    )
