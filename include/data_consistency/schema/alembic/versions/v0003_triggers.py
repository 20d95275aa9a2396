"""The triggers on the source tables."""

from alembic import op

from data_consistency.schema import triggers
from data_consistency.schema.steps import is_skipped

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Install them, unless the operator wants none; those that exist are replaced."""
    if not is_skipped(op.get_bind(), "triggers"):
        triggers.install(op.get_bind())


def downgrade() -> None:
    """Drop ours and no other."""
    triggers.drop(op.get_bind())
