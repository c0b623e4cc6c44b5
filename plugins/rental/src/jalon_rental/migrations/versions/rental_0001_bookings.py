"""Bookings"""

import sqlalchemy as sa
from alembic import op

revision = "rental_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "rental_booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("occupation_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("renter_name", sa.String(length=120), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "occupation_id IS NOT NULL OR state NOT IN ('booked', 'out')", name=op.f("ck_rental_booking_promise")
        ),
        sa.CheckConstraint(
            "state IN ('booked', 'out', 'returned', 'cancelled', 'no_show')", name=op.f("ck_rental_booking_state")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_rental_booking_period")),
        sa.ForeignKeyConstraint(
            ["occupation_id", "structure_id"],
            ["jalon_occupation.id", "jalon_occupation.structure_id"],
            name="fk_rental_booking_occupation_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_rental_booking_structure_id"),
        sa.ForeignKeyConstraint(
            ["vehicle_id", "structure_id"],
            ["fleet_vehicle.id", "fleet_vehicle.structure_id"],
            name="fk_rental_booking_vehicle_id_structure_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rental_booking"),
        sa.UniqueConstraint("occupation_id", name="uq_rental_booking_occupation_id"),
        sa.UniqueConstraint("structure_id", "id", name="uq_rental_booking_structure_id_id"),
    )
    op.create_index("ix_rental_booking_starts_at", "rental_booking", ["structure_id", "starts_at", "id"])
    op.create_index("ix_rental_booking_state", "rental_booking", ["structure_id", "state", "starts_at"])
    op.create_index("ix_rental_booking_structure_id", "rental_booking", ["structure_id"])
    op.create_index("ix_rental_booking_vehicle_id", "rental_booking", ["vehicle_id"])


def downgrade():

    op.drop_table("rental_booking")
