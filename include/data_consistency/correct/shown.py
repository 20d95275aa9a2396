"""Values that a person was shown, before and after: what they decided about is applied, or told why not."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from data_consistency.correct.proposals import Proposal
from data_consistency.db.values import kept
from data_consistency.ledger.plans import Shown
from data_consistency.rules.outcomes import Violation


class Unlike(StrEnum):
    """Why a row is not as it was shown."""

    GONE = "gone"
    SETTLED = "settled"  # it satisfies the rule by now
    CHANGED = "changed"  # other values stand there than were shown
    OTHER_COMPANY = "other_company"
    OTHER_COLUMNS = "other_columns"  # not those that the correction writes


def fitting(
    shown: Mapping[int, Shown],
    violating: Mapping[int, Violation],
    now: Mapping[int, Mapping[str, object]],
    columns: Sequence[str],
) -> tuple[list[Proposal], dict[int, str]]:
    """What is to be written for the rows that are as they were shown, and why others are not.

    Args:
        shown: by id.
        violating: rows that are locked and violate the rule.
        now: values that stand there, of rows that are locked.
        columns: that the correction writes.
    """
    proposals: list[Proposal] = []
    unlike: dict[int, str] = {}
    for entity_id, row in sorted(violating.items()):
        asked = shown[entity_id]
        there = kept({column: now[entity_id][column] for column in asked.before if column in now[entity_id]})
        if asked.company_id != row.company_id:
            unlike[entity_id] = Unlike.OTHER_COMPANY
        elif asked.after is not None and not asked.after.keys() == asked.before.keys() == set(columns):
            unlike[entity_id] = Unlike.OTHER_COLUMNS
        elif there != asked.before:
            unlike[entity_id] = Unlike.CHANGED
        else:
            proposals.append(
                Proposal(
                    entity_id=entity_id,
                    values=asked.after or {},
                    evidence=asked.evidence,
                    refusal=asked.refusal if asked.after is None else None,
                    review=False,
                    candidates=(),
                    before=asked.before,
                )
            )
    return proposals, unlike


def absent(ids: Iterable[int], there: Mapping[int, object], violating: Mapping[int, Violation]) -> dict[int, str]:
    """Rows that are gone, and rows that satisfy the rule by now."""
    return {
        entity_id: Unlike.SETTLED if entity_id in there else Unlike.GONE
        for entity_id in ids
        if entity_id not in violating
    }
