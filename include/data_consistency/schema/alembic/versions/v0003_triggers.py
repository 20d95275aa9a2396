"""The triggers on the source tables."""

from alembic import op

from data_consistency.schema import triggers
from data_consistency.schema.steps import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing yet: they are installed at the end, when everything is there that they write to."""


def downgrade() -> None:
    """Drop ours and no other, and the probe that was made with them, whatever version has come since."""
    triggers.drop(op.get_bind())
    run_file(op.get_bind(), "0012_trigger_probe.down")
