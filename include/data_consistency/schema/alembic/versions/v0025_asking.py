"""Asking: which run holds a plan before people, and until when; a way to the open items of one rule."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back

revision = "0025"
down_revision = "0024"

# By table, a part that tells whether its change was made.
_CHANGES = {"consistency_incidents": "asked_until", "manual_review_queue": "manual_review_queue_rule"}


def upgrade() -> None:
    """Add what is missing."""
    for table, tell in _CHANGES.items():
        change_table(op.get_bind(), f"asking/{table}.up", table=table, tell=tell)


def downgrade() -> None:
    """Drop what is there."""
    for table, tell in _CHANGES.items():
        change_table_back(op.get_bind(), f"asking/{table}.down", table=table, tell=tell)
