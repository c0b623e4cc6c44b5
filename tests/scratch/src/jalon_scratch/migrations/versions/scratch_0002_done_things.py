"""Done things are found quickly"""

from alembic import op

revision = "scratch_0002"
down_revision = "scratch_0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_scratch_thing_done", "scratch_thing", ["structure_id", "done", "id"])


def downgrade():
    op.drop_index("ix_scratch_thing_done", "scratch_thing")
