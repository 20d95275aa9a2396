"""What lets a check follow rows elsewhere: change times, ways back, a note of what was removed."""

from alembic import op

from data_consistency.schema import inventory
from data_consistency.schema.steps import add_to_source, drop_from_source, run_file

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add what is missing."""
    run_file(op.get_bind(), "0017_following.up")
    add_to_source(op.get_bind(), inventory.STAMPS)
    add_to_source(op.get_bind(), inventory.KEYS)


def downgrade() -> None:
    """Drop what is there."""
    drop_from_source(op.get_bind(), inventory.KEYS)
    drop_from_source(op.get_bind(), inventory.STAMPS)
    run_file(op.get_bind(), "0017_following.down")
