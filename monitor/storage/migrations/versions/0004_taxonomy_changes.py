"""Labels mean nodes of a category table, and counts follow what becomes of the tree."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "taxonomy_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxonomy_changes")),
    )
    op.add_column("tickets", sa.Column("label_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("tickets", "label_id")
    op.drop_table("taxonomy_changes")
