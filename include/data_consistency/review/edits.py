"""Values of a person in place of proposed ones: which columns, and what may stand there."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.project import Project
from data_consistency.rules import Rule
from data_consistency.rules.corrections import load_correction

# An address, and texts in which a name may stand: what a person types would be kept in audit and events for good.
_NOT_TYPED = frozenset({"email", "booking_failure_reason", "disconnection_reason"})
_MAX_TEXT = 255


def editable(project: Project, rule: Rule) -> frozenset[str]:
    """Columns in which a person's values may stand: those that the correction writes, without what nobody may type.

    None of a correction that is decided by people.
    """
    assert rule.correction is not None
    correction = load_correction(project, rule.correction)
    # What is decided by people was judged as a whole: whether a typed time is free, nobody has asked.
    return frozenset() if correction.by_people else frozenset(correction.columns) - _NOT_TYPED


def edited(
    connection: Connection, rule: Rule, proposal: Mapping[str, object], edits: Mapping[str, object] | None
) -> Mapping[str, object]:
    """The proposal with a person's values in it.

    Raises:
        WrongUse: a column that the correction does not write or nobody may type, or a value that cannot be one.
    """
    if not edits:
        return proposal
    columns = editable(sql.project_of(connection), rule)
    for column, value in edits.items():
        if column not in columns:
            known = ", ".join(sorted(columns)) or "none"
            raise WrongUse(f"edit of '{column}': correction '{rule.correction}' lets a person choose {known}")
        if not _may_stand(value):
            raise WrongUse(f"edit of '{column}': use a number, a text of up to {_MAX_TEXT} characters, or null")
    return {**proposal, **edits}


def _may_stand(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT and value.isprintable()
    return value is None or (isinstance(value, int) and -(2**63) <= value < 2**64)
