"""Items of the review queue as values (table manual_review_queue)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import RowMapping

from data_consistency.db.digests import digest
from data_consistency.rules.outcomes import finding_fingerprint

# Stands where nothing is due, so that what is due comes first in the order of an index.
NEVER = datetime(9999, 12, 31)  # noqa: DTZ001  # as the database has it
_TOKEN_LENGTH = 12
_AFTER_CORRECTION = "after_correction:"


class ItemKind(StrEnum):
    """What a person is asked."""

    QUESTION = "question"  # what is to be done about a finding
    CONFIRMATION = "confirmation"  # whether a correction that was made is right


class Status(StrEnum):
    """Where an item stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"  # somebody has claimed it
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


OPEN = frozenset({Status.PENDING, Status.IN_PROGRESS})


class Decision(StrEnum):
    """How an item ended."""

    APPROVED = "approved"  # the values that were shown were written
    EDITED = "edited"  # values of the person were written
    CONFIRMED = "confirmed"  # the correction that was made is right
    DISMISSED = "dismissed"
    ACCEPTED = "accepted"  # right as it is
    SETTLED = "settled"  # by nobody: its finding is gone, or its row
    UNDONE = "undone"  # the correction it asked about was taken back


class Reason(StrEnum):
    """Why a person dismisses a finding."""

    FALSE_POSITIVE = "false_positive"  # the rule is wrong about this row
    KNOWN = "known"  # it is known, and nothing is to be done
    MENDED_BY_HAND = "mended_by_hand"  # the row has been put right
    RIGHT_AS_IT_IS = "right_as_it_is"  # an exception that stands
    DUPLICATE = "duplicate"  # another finding says the same
    OTHER = "other"  # said in words


def after_correction_fingerprint(rule_id: str, entity: str, entity_id: int) -> str:
    """Identity of the question whether a correction that was made is right."""
    return finding_fingerprint(_AFTER_CORRECTION + rule_id, entity, entity_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to be opened."""

    rule_id: str
    entity: str
    entity_id: int
    company_id: int | None
    priority: int
    context: Mapping[str, object]  # ids and codes only
    proposal: Mapping[str, object] | None  # values as the audit keeps them
    before: Mapping[str, object] | None = None  # what stands there now, of the same columns
    rule_fingerprint: str | None = None
    after_correction: bool = False  # the row is corrected already; a person should look all the same

    @property
    def fingerprint(self) -> str:
        """Identity of the question, apart from the finding's own where the row is corrected already."""
        if self.after_correction:
            return after_correction_fingerprint(self.rule_id, self.entity, self.entity_id)
        return finding_fingerprint(self.rule_id, self.entity, self.entity_id)

    @property
    def kind(self) -> ItemKind:
        """What the person is asked."""
        return ItemKind.CONFIRMATION if self.after_correction else ItemKind.QUESTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as a reviewer sees it; no personal data."""

    id: int
    company_id: int | None
    entity: str
    entity_id: int
    rule_id: str
    priority: int
    status: str
    kind: ItemKind
    context: Mapping[str, object]
    before: Mapping[str, object] | None  # what stood there when the values were proposed
    proposal: Mapping[str, object] | None  # what would stand there
    rule_fingerprint: str | None  # the version of the rule that proposes them
    fingerprint: str
    assigned_to: str | None
    snoozed_until: datetime | None
    decision: str | None
    decision_reason: str | None
    decided_by: str | None
    decision_run_id: str | None
    reopened: int
    created_at: datetime
    due_at: datetime | None  # start of the appointment that it is about, if that is to come

    @property
    def is_open(self) -> bool:
        """Whether it still asks."""
        return self.status in OPEN

    @property
    def token(self) -> str:
        """What a person hands back with a decision, to say which values they have seen."""
        why = self.context.get("why")
        said = (self.id, self.kind, self.rule_fingerprint, self.before, self.proposal, why)
        return digest(said)[:_TOKEN_LENGTH]


def item_of(row: RowMapping) -> Item:
    """An item as its row says it."""
    return Item(
        id=int(row["id"]),
        company_id=None if row["company_id"] is None else int(row["company_id"]),
        entity=str(row["entity_type"]),
        entity_id=int(row["entity_id"]),
        rule_id=str(row["reason"]),
        priority=int(row["priority"]),
        status=str(row["status"]),
        kind=_kind(row["kind"]),
        context=_document(row["context"]) or {},
        before=_document(row["before_values"]),
        proposal=_document(row["proposal"]),
        rule_fingerprint=_text(row["rule_fingerprint"]),
        fingerprint=str(row["fingerprint"]),
        assigned_to=_text(row["assigned_to"]),
        snoozed_until=row["snoozed_until"],
        decision=_text(row["decision"]),
        decision_reason=_text(row["decision_reason"]),
        decided_by=_text(row["decided_by"]),
        decision_run_id=_text(row["decision_run_id"]),
        reopened=int(row["reopened"]),
        created_at=row["created_at"],
        due_at=None if row["due_at"] >= NEVER else row["due_at"],
    )


def _kind(value: object) -> ItemKind:
    """What is asked; whatever else somebody has written there is a question."""
    return ItemKind.CONFIRMATION if value == ItemKind.CONFIRMATION else ItemKind.QUESTION


def _document(value: object) -> Mapping[str, object] | None:
    """An object; None: there is none, or somebody has written something else there."""
    found = None if value is None else json.loads(str(value))
    return found if isinstance(found, dict) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
