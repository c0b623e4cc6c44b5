"""Numbers without holes, and that of each certificate of an erasure"""

import sqlalchemy as sa
from alembic import op

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "jalon_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_jalon_number_last")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_number_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_number"),
        sa.UniqueConstraint("structure_id", "name", "year", name="uq_jalon_number_structure_id_name_year"),
    )
    op.create_index("ix_jalon_number_structure_id", "jalon_number", ["structure_id"])
    op.add_column("jalon_erasure", sa.Column("number", sa.String(length=40), nullable=True))
    op.create_index("ix_jalon_erasure_number", "jalon_erasure", ["structure_id", "number"], unique=True)


def downgrade():
    op.drop_index("ix_jalon_erasure_number", "jalon_erasure")
    op.drop_column("jalon_erasure", "number")
    op.drop_table("jalon_number")
