"""What is left of a person who is erased, certificates of erasure, and the reason of a copy"""

import sqlalchemy as sa
from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "jalon_personal_column",
        sa.Column("erased_as", sa.String(length=40), server_default="nothing", nullable=False),
    )
    op.add_column("jalon_access", sa.Column("reason", sa.String(length=200), nullable=True))
    op.create_table(
        "jalon_erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cause IN ('request', 'retention')", name=op.f("ck_jalon_erasure_cause")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_erasure_beneficiary_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_erasure_user_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_erasure_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_erasure"),
    )
    op.create_index("ix_jalon_erasure_beneficiary_id", "jalon_erasure", ["beneficiary_id"])
    op.create_index("ix_jalon_erasure_structure_id", "jalon_erasure", ["structure_id"])
    op.create_index("ix_jalon_erasure_swept_at", "jalon_erasure", ["swept_at"])


def downgrade():
    op.drop_table("jalon_erasure")
    with op.batch_alter_table("jalon_access") as access:
        access.drop_column("reason")
    with op.batch_alter_table("jalon_personal_column") as declared:
        declared.drop_column("erased_as")
