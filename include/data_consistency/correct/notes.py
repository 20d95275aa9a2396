"""What audit, ledger and review queue are told about a correction; part of its transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data_consistency.correct.beside import Along
from data_consistency.correct.gate import Leave
from data_consistency.correct.proposals import Proposal
from data_consistency.correct.warrant import REHEARSAL, Warrant
from data_consistency.db.values import kept
from data_consistency.ledger import audit, queue, transitions
from data_consistency.ledger.audit import Change
from data_consistency.ledger.items import NewItem
from data_consistency.rules import Rule, Suite
from data_consistency.rules.corrections import Correction
from data_consistency.rules.outcomes import Violation, finding_fingerprint

# Why a row is refused that violates the rule, but on other evidence than the correction is made for.
PRECONDITION = "precondition"
# Why all rows are refused: the source lacks a column that the correction needs, or does not let us write it.
OUT_OF_REACH = "out_of_reach"
# Why one row is refused: a trigger of somebody else, a constraint, a value that does not fit.
DATABASE = "database_refused"
STILL_VIOLATING = "still_violating"
CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who corrects what, by what right, and for which run."""

    suite: Suite
    rule: Rule
    run_id: str
    actor: str
    now: datetime
    warrant: Warrant = REHEARSAL


def note(
    leave: Leave,
    order: Order,
    refused: Sequence[Proposal],
    fixed: Sequence[Proposal],
    unfixed: Sequence[Proposal],
    violating: Mapping[int, Violation],
) -> None:
    """Put before people what was refused, is still wrong, or is to be looked at, and mark findings as corrected."""
    items = [item_of(order, item, violating, item.refusal or "refused") for item in refused]
    items += [item_of(order, item, violating, STILL_VIOLATING) for item in unfixed]
    items += [item_of(order, item, violating, CORRECTED, priority=1) for item in fixed if item.review]
    queue.open_items(leave.connection, items, run_id=order.run_id, now=order.now, actor=order.actor)
    if fixed:
        transitions.corrected(
            leave.connection,
            [finding_fingerprint(order.rule.id, order.suite.entity, item.entity_id) for item in fixed],
            notes=f"Corrected by {order.rule.correction} in run {order.run_id}.",
            run_id=order.run_id,
            now=order.now,
            actor=order.actor,
        )


def store(
    leave: Leave,
    order: Order,
    correction: Correction,
    changed: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
    after: Mapping[int, Mapping[str, object]],
    violating: Mapping[int, Violation],
    along: Mapping[int, Along],
) -> None:
    """Store what was changed, and what the database has changed along with it, so that it can be taken back."""
    changes = []
    for item in changed:
        beside = along.get(item.entity_id, Along())
        old = {**before[item.entity_id], **beside.before}
        new = {**after.get(item.entity_id, before[item.entity_id]), **beside.after}
        # Triggers may add to a change; what really differs is audited, so that undo restores the whole row.
        differing = [column for column in old if old[column] != new[column]]
        changes.append(
            Change(
                rule=order.rule.id,
                rule_fingerprint=order.rule.fingerprint,
                correction=correction.name,
                table=correction.table,
                entity=order.suite.entity,
                entity_id=item.entity_id,
                company_id=violating[item.entity_id].company_id,
                before={column: old[column] for column in differing},
                after={column: new[column] for column in differing},
                evidence=item.evidence,
                authority=order.warrant.authority.value,
                detail={**leave.told, **beside.told},
            )
        )
    audit.record(leave.connection, changes, run_id=order.run_id, actor=order.actor, now=order.now)


def item_of(
    order: Order, item: Proposal, violating: Mapping[int, Violation], why: str, priority: int | None = None
) -> NewItem:
    """The question about one row: what the correction would write, over which values, and on what evidence."""
    is_question = why not in {CORRECTED, STILL_VIOLATING, PRECONDITION, OUT_OF_REACH}
    shows_values = is_question and bool(item.values) and bool(item.before)
    return NewItem(
        rule_id=order.rule.id,
        entity=order.suite.entity,
        entity_id=item.entity_id,
        company_id=violating[item.entity_id].company_id,
        priority=priority or (1 if item.candidates else order.rule.priority),
        context={"why": why, "evidence": item.evidence, "candidates": list(item.candidates)},
        proposal=kept(item.values) if shows_values else None,
        before=kept(item.before) if shows_values else None,
        rule_fingerprint=order.rule.fingerprint,
        after_correction=why == CORRECTED,
    )
