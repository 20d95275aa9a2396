"""Mirror: bookings that could not be read, and the links between bookings."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back

revision = "0023"
down_revision = "0022"

_TABLE = "consistency_calcom_bookings"
_TELL = "unreadable"


def upgrade() -> None:
    """Add what is missing."""
    change_table(op.get_bind(), f"mirror/{_TABLE}.up", table=_TABLE, tell=_TELL)


def downgrade() -> None:
    """Drop what is there."""
    change_table_back(op.get_bind(), f"mirror/{_TABLE}.down", table=_TABLE, tell=_TELL)
