"""Asking: which run of the scheduler holds a plan before people, and until when."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back

revision = "0024"
down_revision = "0023"

_TABLE = "consistency_incidents"
_TELL = "asked_until"


def upgrade() -> None:
    """Add what is missing."""
    change_table(op.get_bind(), f"asking/{_TABLE}.up", table=_TABLE, tell=_TELL)


def downgrade() -> None:
    """Drop what is there."""
    change_table_back(op.get_bind(), f"asking/{_TABLE}.down", table=_TABLE, tell=_TELL)
