"""Trend hours can be signed, a page goes out in its reader's language, complainants are found quickly."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("language", sa.Text(), nullable=True))
    op.create_table(
        "trend_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trend_signatures")),
    )
    op.create_index(op.f("ix_trend_signatures_hour"), "trend_signatures", ["hour"], unique=False)
    op.create_index(
        "ix_tickets_complainant",
        "tickets",
        ["complainant", "node_id"],
        unique=False,
        sqlite_where=sa.text("complainant IS NOT NULL"),
        postgresql_where=sa.text("complainant IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_complainant", table_name="tickets")
    op.drop_index("ix_trend_signatures_hour", table_name="trend_signatures")
    op.drop_table("trend_signatures")
    op.drop_column("outbox", "language")
