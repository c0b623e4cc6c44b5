"""Jobs: work done after the page was answered, and the upkeep of the installation"""

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
UNFINISHED = sa.text("finished_at IS NULL")


def upgrade():
    op.create_table(
        "jalon_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("once", sa.String(length=160), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'refused', 'cancelled')", name=op.f("ck_jalon_job_state")
        ),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (state IN ('waiting', 'running'))", name=op.f("ck_jalon_job_finished")
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_job_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_job_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_job"),
        sa.UniqueConstraint("structure_id", "once", name="uq_jalon_job_structure_id_once"),
    )
    op.create_index("ix_jalon_job_structure_id", "jalon_job", ["structure_id"])
    op.create_index(
        "ix_jalon_job_due", "jalon_job", ["due_at", "id"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
    op.create_index("ix_jalon_job_listed", "jalon_job", ["structure_id", "state", "id"])
    op.create_index("ix_jalon_job_finished_at", "jalon_job", ["finished_at"])
    op.create_table(
        "jalon_upkeep",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_for", INSTANT, nullable=True),
        sa.Column("tried_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jalon_upkeep"),
    )


def downgrade():
    op.drop_table("jalon_upkeep")
    op.drop_table("jalon_job")
