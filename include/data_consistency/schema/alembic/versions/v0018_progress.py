"""Watermarks of rules, signs of life of runs, and the way from a time to the bookings of the calendar."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back

revision = "0018"
down_revision = "0017"

# Each table's changes come and go in one statement; one of them tells whether they are there.
_TELLS = {
    "consistency_watermarks": "rule",
    "consistency_runs": "alive_at",
    "consistency_calcom_bookings": "consistency_calcom_bookings_start",
}


def upgrade() -> None:
    """Add what is missing."""
    for table, tell in _TELLS.items():
        change_table(op.get_bind(), f"progress/{table}.up", table=table, tell=tell)


def downgrade() -> None:
    """Drop what is there."""
    for table, tell in _TELLS.items():
        change_table_back(op.get_bind(), f"progress/{table}.down", table=table, tell=tell)
