"""The views that we offer to others; every later migration replaces them by what their files say."""

from alembic import op

from data_consistency.schema import views

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create them."""
    views.install(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    views.drop(op.get_bind())
