"""The change column of the source tables."""

from alembic import op

from data_consistency.schema.inventory import CHANGE_COLUMNS
from data_consistency.schema.steps import add_to_source, drop_from_source

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it where it is missing."""
    add_to_source(op.get_bind(), CHANGE_COLUMNS)


def downgrade() -> None:
    """Drop it where it is."""
    drop_from_source(op.get_bind(), CHANGE_COLUMNS)
