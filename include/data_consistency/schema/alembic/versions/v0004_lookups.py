"""The lookups of rules that compare a row with others: computed columns and their indexes."""

from alembic import op

from data_consistency.schema.steps import add_lookups, drop_lookups

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them where they are missing."""
    add_lookups(op.get_bind())


def downgrade() -> None:
    """Drop them where they are."""
    drop_lookups(op.get_bind())
