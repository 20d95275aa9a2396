"""The probe, by which everybody can see the triggers and what their account may do."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create it where it is missing."""
    run_file(op.get_bind(), "0012_trigger_probe.up")


def downgrade() -> None:
    """Drop it."""
    run_file(op.get_bind(), "0012_trigger_probe.down")
