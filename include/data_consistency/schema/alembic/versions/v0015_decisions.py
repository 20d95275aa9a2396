"""Decisions: what a person is shown, and what came of it."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0015"
down_revision = "0014"

_TABLE = "manual_review_queue"
_TELL = "decision_run_id"


def upgrade() -> None:
    """Create what is missing."""
    change_table(op.get_bind(), f"decisions/{_TABLE}.up", table=_TABLE, tell=_TELL)
    run_file(op.get_bind(), "0015_decisions.up")


def downgrade() -> None:
    """Take it away again."""
    change_table_back(op.get_bind(), f"decisions/{_TABLE}.down", table=_TABLE, tell=_TELL)
    run_file(op.get_bind(), "0015_decisions.down")
