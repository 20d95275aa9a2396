"""What the gate locks and asks: one row a rule, the kill switch as a row, what a check has found."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0014"
down_revision = "0013"

_FINDINGS = "data_consistency_alerts"
_INDEX = "data_consistency_alerts_found_by"


def upgrade() -> None:
    """Create them where they are missing."""
    run_file(op.get_bind(), "0014_gate.up")
    change_table(op.get_bind(), f"gate/{_FINDINGS}.up", table=_FINDINGS, tell=_INDEX)


def downgrade() -> None:
    """Drop the table and the index."""
    change_table_back(op.get_bind(), f"gate/{_FINDINGS}.down", table=_FINDINGS, tell=_INDEX)
    run_file(op.get_bind(), "0014_gate.down")
