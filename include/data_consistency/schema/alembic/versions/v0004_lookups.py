"""The lookups of rules that compare a row with others: computed columns and their indexes."""

from alembic import op

from data_consistency.schema.inventory import LOOKUPS
from data_consistency.schema.steps import add_to_source, drop_from_source

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them where they are missing."""
    add_to_source(op.get_bind(), LOOKUPS)


def downgrade() -> None:
    """Drop them where they are."""
    drop_from_source(op.get_bind(), LOOKUPS)
