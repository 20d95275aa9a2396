"""How far each company's calendar has been read."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create them where they are missing."""
    run_file(op.get_bind(), "0009_calcom_readings.up")


def downgrade() -> None:
    """Drop them: the next reading begins anew."""
    run_file(op.get_bind(), "0009_calcom_readings.down")
