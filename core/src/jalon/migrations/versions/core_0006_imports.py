"""Imports of files line by line, and exports of lists"""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "jalon_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("importable", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("for_all", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('sent', 'checking', 'checked', 'writing', 'done', 'undone')", name="state"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_import_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_import_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_import"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_import_structure_id_id"),
    )
    op.create_index("ix_jalon_import_digest", "jalon_import", ["structure_id", "digest"])
    op.create_index("ix_jalon_import_structure_id", "jalon_import", ["structure_id"])
    op.create_table(
        "jalon_import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("answer", sa.String(length=24), nullable=True),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("notices", sa.Text(), nullable=False),
        sa.Column("matches", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=40), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("answer IN ('skip', 'same', 'different')", name="answer"),
        sa.CheckConstraint(
            "state IN ('ready', 'double', 'refused', 'known', 'done', 'skipped', 'undone')",
            name="state",
        ),
        sa.ForeignKeyConstraint(
            ["import_id", "structure_id"],
            ["jalon_import.id", "jalon_import.structure_id"],
            name="fk_jalon_import_row_import_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_import_row_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_import_row"),
        sa.UniqueConstraint("import_id", "line", name="uq_jalon_import_row_import_id_line"),
    )
    op.create_index("ix_jalon_import_row_digest", "jalon_import_row", ["structure_id", "digest"])
    op.create_index("ix_jalon_import_row_structure_id", "jalon_import_row", ["structure_id"])
    op.create_index("ix_jalon_import_row_subject", "jalon_import_row", ["structure_id", "subject_table", "subject_id"])
    op.create_table(
        "jalon_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("importable", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_export_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_export_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_export"),
    )
    op.create_index("ix_jalon_export_at", "jalon_export", ["structure_id", "at", "id"])
    op.create_index("ix_jalon_export_structure_id", "jalon_export", ["structure_id"])


def downgrade():
    op.drop_table("jalon_export")
    op.drop_table("jalon_import_row")
    op.drop_table("jalon_import")
