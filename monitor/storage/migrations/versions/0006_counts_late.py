"""Counts tell which tickets came after their hour had been closed and judged."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("counts", sa.Column("late", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("counts", "late")
