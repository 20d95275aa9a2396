"""The mirror of the calendar's bookings."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create it where it is missing."""
    run_file(op.get_bind(), "0006_calcom_bookings.up")


def downgrade() -> None:
    """Drop it; it can be read again from the calendar."""
    run_file(op.get_bind(), "0006_calcom_bookings.down")
