"""The life of alerts, and the index by which open findings are counted."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0020"
down_revision = "0019"

_TABLE = "data_consistency_alerts"
_TELL = "data_consistency_alerts_told"


def upgrade() -> None:
    """Create what is missing."""
    run_file(op.get_bind(), "0020_alerts.up")
    change_table(op.get_bind(), f"alerts/{_TABLE}.up", table=_TABLE, tell=_TELL)


def downgrade() -> None:
    """Take it away again: what is open is told as new after the next migration."""
    change_table_back(op.get_bind(), f"alerts/{_TABLE}.down", table=_TABLE, tell=_TELL)
    run_file(op.get_bind(), "0020_alerts.down")
