"""Papers of vehicles, and what a vehicle asks of its driver"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "fleet_0003"
down_revision = "fleet_0002"
branch_labels = None
depends_on = None

ASKED = {
    "gearbox": (sa.String(length=24), "gearbox IN ('manual', 'automatic')"),
    "minimum_age": (sa.Integer(), "minimum_age BETWEEN 14 AND 99"),
    "licence_years": (sa.Integer(), "licence_years BETWEEN 0 AND 50"),
}


def upgrade():
    with rebuilding("fleet_vehicle") as vehicles:
        for name, (kind, rule) in ASKED.items():
            vehicles.add_column(sa.Column(name, kind, nullable=True))
            vehicles.create_check_constraint(op.f(f"ck_fleet_vehicle_{name}"), rule)
    op.create_table(
        "fleet_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('inspection', 'insurance')", name=op.f("ck_fleet_paper_kind")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_fleet_paper_structure_id"),
        sa.ForeignKeyConstraint(
            ["vehicle_id", "structure_id"],
            ["fleet_vehicle.id", "fleet_vehicle.structure_id"],
            name="fk_fleet_paper_vehicle_id_structure_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fleet_paper"),
        sa.UniqueConstraint("structure_id", "id", name="uq_fleet_paper_structure_id_id"),
        sa.UniqueConstraint("vehicle_id", "kind", "valid_until", name="uq_fleet_paper_vehicle_id_kind_valid_until"),
    )
    op.create_index("ix_fleet_paper_structure_id", "fleet_paper", ["structure_id"])
    op.create_index("ix_fleet_paper_valid_until", "fleet_paper", ["structure_id", "kind", "valid_until"])


def downgrade():
    op.drop_table("fleet_paper")
    with rebuilding("fleet_vehicle") as vehicles:
        for name in ASKED:
            vehicles.drop_constraint(op.f(f"ck_fleet_vehicle_{name}"), type_="check")
            vehicles.drop_column(name)
