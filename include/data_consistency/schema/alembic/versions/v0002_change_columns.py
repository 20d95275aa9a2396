"""The change column of the source tables."""

from alembic import op

from data_consistency.schema.steps import add_change_columns, drop_change_columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it where it is missing."""
    add_change_columns(op.get_bind())


def downgrade() -> None:
    """Drop it where it is."""
    drop_change_columns(op.get_bind())
