"""Slots that no session's zone can change, and numbers that hold every letter: the lookups of before are replaced."""

from alembic import op

from data_consistency.schema.inventory import LOOKUPS
from data_consistency.schema.steps import add_to_source

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Replace those that are not computed as the types of the source's columns want it."""
    add_to_source(op.get_bind(), LOOKUPS)


def downgrade() -> None:
    """Leave them: those of before could break the source's indexes, and version 0004 drops either."""
