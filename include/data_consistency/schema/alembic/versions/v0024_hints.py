"""Hints of providers, and leases of rechecks."""

from alembic import op

from data_consistency.schema.steps import change_table, change_table_back, run_file

revision = "0024"
down_revision = "0023"

_RECHECKS = "consistency_booking_rechecks"
_TELL = "lease_until"


def upgrade() -> None:
    """Create and alter what is missing."""
    run_file(op.get_bind(), "0024_hints.up")
    change_table(op.get_bind(), f"leases/{_RECHECKS}.up", table=_RECHECKS, tell=_TELL)


def downgrade() -> None:
    """Take both back: nothing is found later than by the runs of the scheduler."""
    change_table_back(op.get_bind(), f"leases/{_RECHECKS}.down", table=_RECHECKS, tell=_TELL)
    run_file(op.get_bind(), "0024_hints.down")
