"""Vehicles"""

import sqlalchemy as sa
from alembic import op

revision = "fleet_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "fleet_vehicle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("make", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("plate", sa.String(length=12), nullable=True),
        sa.Column("serial_number", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "category IN ('car', 'light_car', 'scooter_50', 'scooter_125', 'ebike', 'bike', 'kick_scooter')",
            name=op.f("ck_fleet_vehicle_category"),
        ),
        sa.CheckConstraint(
            "plate IS NOT NULL OR category IN ('ebike', 'bike', 'kick_scooter')", name=op.f("ck_fleet_vehicle_plate")
        ),
        sa.CheckConstraint("plate IS NOT NULL OR serial_number IS NOT NULL", name=op.f("ck_fleet_vehicle_identity")),
        sa.ForeignKeyConstraint(
            ["resource_id", "structure_id"],
            ["jalon_resource.id", "jalon_resource.structure_id"],
            name="fk_fleet_vehicle_resource_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_fleet_vehicle_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fleet_vehicle"),
        sa.UniqueConstraint("resource_id", name="uq_fleet_vehicle_resource_id"),
        sa.UniqueConstraint("structure_id", "id", name="uq_fleet_vehicle_structure_id_id"),
        sa.UniqueConstraint("structure_id", "plate", name="uq_fleet_vehicle_structure_id_plate"),
        sa.UniqueConstraint("structure_id", "serial_number", name="uq_fleet_vehicle_structure_id_serial_number"),
    )
    op.create_index("ix_fleet_vehicle_structure_id", "fleet_vehicle", ["structure_id"])


def downgrade():

    op.drop_table("fleet_vehicle")
