"""Permits of the circuit breakers that were settled."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create them where they are missing."""
    run_file(op.get_bind(), "0010_breaker_permits.up")


def downgrade() -> None:
    """Drop them."""
    run_file(op.get_bind(), "0010_breaker_permits.down")
