"""The tables of the booking guard."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create them where they are missing."""
    run_file(op.get_bind(), "0008_booking_guard.up")


def downgrade() -> None:
    """Drop them: bookings that wait are found by the next check all the same."""
    run_file(op.get_bind(), "0008_booking_guard.down")
