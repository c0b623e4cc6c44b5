"""The task that asks for a paper to be renewed"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "fleet_0004"
down_revision = "fleet_0003"
branch_labels = None
depends_on = None

KEY = "fk_fleet_paper_task_id_structure_id"
INDEX = "ix_fleet_paper_task_id"


def upgrade():
    with rebuilding("fleet_paper") as papers:
        papers.add_column(sa.Column("task_id", sa.Integer(), nullable=True))
        papers.create_foreign_key(KEY, "jalon_task", ["task_id", "structure_id"], ["id", "structure_id"])
    op.create_index(INDEX, "fleet_paper", ["task_id"])


def downgrade():
    op.drop_index(INDEX, table_name="fleet_paper")
    with rebuilding("fleet_paper") as papers:
        papers.drop_constraint(KEY, type_="foreignkey")
        papers.drop_column("task_id")
