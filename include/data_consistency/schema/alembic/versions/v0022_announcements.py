"""Announcements with a key of their own, and a recheck for each announcement of a call."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0022"
down_revision = "0021"

_RECHECKS = "consistency_booking_rechecks"
_TELL = "waiting_for"


def upgrade() -> None:
    """Create and alter what is missing."""
    run_file(op.get_bind(), "0022_announcements.up")
    change_table(op.get_bind(), f"rechecks/{_RECHECKS}.up", table=_RECHECKS, tell=_TELL)


def downgrade() -> None:
    """Take both back: a repeat is a new announcement then, and a call waits once."""
    change_table_back(op.get_bind(), f"rechecks/{_RECHECKS}.down", table=_RECHECKS, tell=_TELL)
    run_file(op.get_bind(), "0022_announcements.down")
