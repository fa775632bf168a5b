"""Tickets without a category are placed by their text; where, how surely, and by which group."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placements",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("model", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.Integer(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("emerged_at", sa.BigInteger(), nullable=True),
        sa.Column("corrected_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_placements_source_id")),
        sa.ForeignKeyConstraint(["node_id"], ["nodes.id"], name=op.f("fk_placements_node_id")),
        sa.PrimaryKeyConstraint("source_id", "ticket_id", name=op.f("pk_placements")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_placements_cluster",
        "placements",
        ["cluster"],
        unique=False,
        sqlite_where=sa.text("cluster IS NOT NULL"),
        postgresql_where=sa.text("cluster IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_placements_cluster", table_name="placements")
    op.drop_table("placements")
