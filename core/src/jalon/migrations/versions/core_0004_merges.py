"""Links that lead to the person a file was merged into, and pairs of persons who only look alike"""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "jalon_beneficiary_structure",
        sa.Column("absorbed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "jalon_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["jalon_beneficiary.id"], name="fk_jalon_apart_one_id"),
        sa.ForeignKeyConstraint(["other_id"], ["jalon_beneficiary.id"], name="fk_jalon_apart_other_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_apart_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_apart"),
        sa.UniqueConstraint("structure_id", "one_id", "other_id", name="uq_jalon_apart_structure_id_one_id_other_id"),
    )
    for column in ("one_id", "other_id", "structure_id"):
        op.create_index(f"ix_jalon_apart_{column}", "jalon_apart", [column])


def downgrade():
    op.drop_table("jalon_apart")
    op.drop_column("jalon_beneficiary_structure", "absorbed")
