"""Our own tables."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them; those that exist are left alone, so a half-run step can be repeated."""
    run_file(op.get_bind(), "0001_own_tables.up")


def downgrade() -> None:
    """Drop them."""
    run_file(op.get_bind(), "0001_own_tables.down")
