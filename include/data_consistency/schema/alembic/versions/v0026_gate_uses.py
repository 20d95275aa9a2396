"""What rules have changed by themselves, counted by transaction."""

from alembic import op

from data_consistency.schema.steps import run_file

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Create it, with what was changed lately."""
    run_file(op.get_bind(), "0026_gate_uses.up")


def downgrade() -> None:
    """Drop it."""
    run_file(op.get_bind(), "0026_gate_uses.down")
