"""Events, and an audit that is never updated."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0013"
down_revision = "0012"

_AUDIT = "consistency_corrections"


def upgrade() -> None:
    """Create them where they are missing."""
    run_file(op.get_bind(), "0013_events.up")
    change_table(op.get_bind(), f"audit/{_AUDIT}.up", table=_AUDIT, tell="authority")


def downgrade() -> None:
    """Drop them; the marks of what was taken back go into the audit again."""
    change_table(op.get_bind(), "audit/marks.down", table=_AUDIT, tell="undone_at")
    run_file(op.get_bind(), "audit/fill_marks.down")
    change_table_back(op.get_bind(), "audit/authority.down", table=_AUDIT, tell="authority")
    run_file(op.get_bind(), "0013_events.down")
