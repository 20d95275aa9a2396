"""Incidents ask leave for a plan, row by row."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0016"
down_revision = "0015"

_TABLE = "consistency_incidents"
_TELL = "applied_by"


def upgrade() -> None:
    """Create what is missing."""
    run_file(op.get_bind(), "0016_plans.up")
    change_table(op.get_bind(), f"plans/{_TABLE}.up", table=_TABLE, tell=_TELL)


def downgrade() -> None:
    """Take it away again."""
    change_table_back(op.get_bind(), f"plans/{_TABLE}.down", table=_TABLE, tell=_TELL)
    run_file(op.get_bind(), "0016_plans.down")
