"""Boxes, and the things in them"""

import sqlalchemy as sa
from alembic import op

revision = "scratch_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "scratch_box",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_scratch_box_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scratch_box"),
        sa.UniqueConstraint("structure_id", "id", name="uq_scratch_box_structure_id_id"),
    )
    op.create_index("ix_scratch_box_structure_id", "scratch_box", ["structure_id"])
    op.create_table(
        "scratch_thing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("box_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_scratch_thing_name")),
        sa.ForeignKeyConstraint(
            ["box_id", "structure_id"],
            ["scratch_box.id", "scratch_box.structure_id"],
            name="fk_scratch_thing_box_id_structure_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_scratch_thing_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scratch_thing"),
        sa.UniqueConstraint("structure_id", "id", name="uq_scratch_thing_structure_id_id"),
    )
    op.create_index("ix_scratch_thing_box_id", "scratch_thing", ["box_id"])
    op.create_index("ix_scratch_thing_structure_id", "scratch_thing", ["structure_id"])


def downgrade():
    op.drop_table("scratch_thing")
    op.drop_table("scratch_box")
