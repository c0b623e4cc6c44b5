"""Exports are kept for a day, jobs do imports and exports, and undoing an import erases"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None

CAUSE = "ck_jalon_erasure_cause"


def upgrade():
    op.add_column("jalon_import", sa.Column("job_id", sa.Integer(), nullable=True))
    op.add_column("jalon_export", sa.Column("job_id", sa.Integer(), nullable=True))
    op.add_column("jalon_export", sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jalon_export", sa.Column("file", sa.String(length=64), nullable=True))
    op.execute("UPDATE jalon_export SET made_at = at")
    op.create_index("ix_jalon_export_file", "jalon_export", ["file"])
    _causes("'request', 'retention', 'import_undone'")


def downgrade():
    op.execute("UPDATE jalon_erasure SET cause = 'request' WHERE cause = 'import_undone'")
    _causes("'request', 'retention'")
    op.drop_index("ix_jalon_export_file", "jalon_export")
    op.drop_column("jalon_export", "file")
    op.drop_column("jalon_export", "made_at")
    op.drop_column("jalon_export", "job_id")
    op.drop_column("jalon_import", "job_id")


def _causes(known):
    with rebuilding("jalon_erasure") as erasures:
        erasures.drop_constraint(op.f(CAUSE), type_="check")
        erasures.create_check_constraint(op.f(CAUSE), f"cause IN ({known})")
