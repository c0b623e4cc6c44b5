"""The task that asks for a paper to be renewed"""

import sqlalchemy as sa

from jalon.rebuild import rebuilding

revision = "fleet_0004"
down_revision = "fleet_0003"
branch_labels = None
depends_on = None

KEY = "fk_fleet_paper_task_id_structure_id"


def upgrade():
    with rebuilding("fleet_paper") as papers:
        papers.add_column(sa.Column("task_id", sa.Integer(), nullable=True))
        papers.create_foreign_key(KEY, "jalon_task", ["task_id", "structure_id"], ["id", "structure_id"])
        papers.create_index("ix_fleet_paper_task_id", ["task_id"])


def downgrade():
    with rebuilding("fleet_paper") as papers:
        papers.drop_index("ix_fleet_paper_task_id")
        papers.drop_constraint(KEY, type_="foreignkey")
        papers.drop_column("task_id")
