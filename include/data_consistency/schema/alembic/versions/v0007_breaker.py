"""What the circuit breaker needs to be decided in the database."""

from alembic import op

from data_consistency.schema.steps import add_breaker_columns, drop_breaker_columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns where they are missing."""
    add_breaker_columns(op.get_bind())


def downgrade() -> None:
    """Drop them where they are."""
    drop_breaker_columns(op.get_bind())
