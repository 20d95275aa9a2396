"""What audit, ledger and review queue are told about a correction; part of its transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.correct.proposals import Proposal
from data_consistency.db import sql
from data_consistency.db.values import to_json
from data_consistency.ledger import queue
from data_consistency.rules import Rule, Suite
from data_consistency.rules.corrections import Correction
from data_consistency.rules.outcomes import Violation, finding_fingerprint

# Why a row is refused that violates the rule, but on other evidence than the correction is made for.
PRECONDITION = "precondition"
# Why all rows are refused: the source lacks a column that the correction needs, or does not let us write it.
OUT_OF_REACH = "out_of_reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who corrects what, and for which run."""

    suite: Suite
    rule: Rule
    run_id: str
    actor: str
    now: datetime


def note(
    connection: Connection,
    order: Order,
    accepted: Sequence[Proposal],
    refused: Sequence[Proposal],
    fixed: Sequence[int],
    unfixed: Sequence[int],
    violating: Mapping[int, Violation],
) -> None:
    """Mark findings as corrected and put before people what was refused, is still wrong, or is to be looked at."""
    if fixed:
        prints = [finding_fingerprint(order.rule.id, order.suite.entity, entity_id) for entity_id in fixed]
        notes = f"Corrected by {order.rule.correction} in run {order.run_id}."
        sql.run(connection, "mark_corrected", fingerprints=prints, now=order.now, notes=notes)
    by_id = {item.entity_id: item for item in accepted}
    items = [_item(order, item, violating, item.refusal or "refused") for item in refused]
    items += [_item(order, by_id[entity_id], violating, "still_violating") for entity_id in unfixed]
    items += [_item(order, by_id[i], violating, "corrected", priority=1) for i in fixed if by_id[i].review]
    queue.open_items(connection, items, run_id=order.run_id, now=order.now)


def audit(
    connection: Connection,
    order: Order,
    correction: Correction,
    changed: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
    after: Mapping[int, Mapping[str, object]],
    violating: Mapping[int, Violation],
) -> None:
    """Store what was changed, so that it can be taken back."""
    rows = []
    for item in changed:
        old, new = before[item.entity_id], after[item.entity_id]
        # Triggers may add to a change; what really differs is audited, so that undo restores the whole row.
        differing = [column for column in old if old[column] != new[column]]
        rows.append(
            {
                "run_id": order.run_id,
                "rule": order.rule.id,
                "rule_fingerprint": order.rule.fingerprint,
                "correction": correction.name,
                "table_name": correction.table,
                "entity_id": item.entity_id,
                "company_id": violating[item.entity_id].company_id,
                "before_values": to_json({column: old[column] for column in differing}),
                "after_values": to_json({column: new[column] for column in differing}),
                "evidence": item.evidence[:255],
                "actor": order.actor,
                "now": order.now,
            }
        )
    sql.run_many(connection, "insert_correction", rows)


def _item(
    order: Order, item: Proposal, violating: Mapping[int, Violation], why: str, priority: int | None = None
) -> queue.NewItem:
    return queue.NewItem(
        rule_id=order.rule.id,
        entity=order.suite.entity,
        entity_id=item.entity_id,
        company_id=violating[item.entity_id].company_id,
        priority=priority or (1 if item.candidates else order.rule.priority),
        context={"why": why, "evidence": item.evidence, "candidates": list(item.candidates)},
        proposal=None if why in {"corrected", PRECONDITION, OUT_OF_REACH} else json.loads(to_json(item.values)),
        after_correction=why == "corrected",
    )
