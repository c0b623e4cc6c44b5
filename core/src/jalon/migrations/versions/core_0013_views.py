"""Saved views of lists, changes of many records at once, and the indexes of what lists are filtered by"""

import sqlalchemy as sa
from alembic import op

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "jalon_saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("page_size", sa.Integer(), nullable=True),
        sa.Column("opens_with_id", sa.Integer(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> '' OR user_id IS NOT NULL", name=op.f("ck_jalon_saved_view_name")),
        sa.CheckConstraint("opens_with_id IS NULL OR name = ''", name=op.f("ck_jalon_saved_view_opens_with")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_saved_view_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_saved_view_user_id"),
        sa.ForeignKeyConstraint(
            ["opens_with_id", "structure_id"],
            ["jalon_saved_view.id", "jalon_saved_view.structure_id"],
            name="fk_jalon_saved_view_opens_with_id_structure_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_saved_view"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_saved_view_structure_id_id"),
        sa.UniqueConstraint(
            "structure_id", "screen", "user_id", "name", name="uq_jalon_saved_view_structure_id_screen_user_id_name"
        ),
    )
    for name in ("structure_id", "user_id", "opens_with_id"):
        op.create_index(f"ix_jalon_saved_view_{name}", "jalon_saved_view", [name])
    op.create_table(
        "jalon_bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("screen", sa.String(length=60), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("journal", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_bulk_change_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_bulk_change_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_bulk_change"),
    )
    op.create_index("ix_jalon_bulk_change_structure_id", "jalon_bulk_change", ["structure_id"])
    op.create_index("ix_jalon_bulk_change_at", "jalon_bulk_change", ["structure_id", "screen", "at"])
    op.create_index("ix_jalon_beneficiary_created_at", "jalon_beneficiary", ["created_at", "id"])
    op.create_index("ix_jalon_organisation_active", "jalon_organisation", ["active", "folded", "id"])
    op.create_index("ix_jalon_organisation_first_contact_on", "jalon_organisation", ["first_contact_on", "id"])


def downgrade():
    op.drop_index("ix_jalon_organisation_first_contact_on", "jalon_organisation")
    op.drop_index("ix_jalon_organisation_active", "jalon_organisation")
    op.drop_index("ix_jalon_beneficiary_created_at", "jalon_beneficiary")
    op.drop_table("jalon_bulk_change")
    op.drop_table("jalon_saved_view")
