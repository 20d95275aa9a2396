"""Urgency: when an item of the review queue presses, and one way through the open ones in that order."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back

revision = "0021"
down_revision = "0020"

_TABLE = "manual_review_queue"
_TELL = "due_at"


def upgrade() -> None:
    """Add what is missing."""
    change_table(op.get_bind(), f"urgency/{_TABLE}.up", table=_TABLE, tell=_TELL)


def downgrade() -> None:
    """Drop what is there."""
    change_table_back(op.get_bind(), f"urgency/{_TABLE}.down", table=_TABLE, tell=_TELL)
