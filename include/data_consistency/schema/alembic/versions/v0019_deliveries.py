"""Deliveries: one row a message, channel and recipient."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables where they are missing."""
    run_file(op.get_bind(), "0019_deliveries.up")


def downgrade() -> None:
    """Drop them: messages that wait stay in the outbox."""
    run_file(op.get_bind(), "0019_deliveries.down")
