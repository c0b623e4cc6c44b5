"""Contracts, with the facts that were signed"""

import sqlalchemy as sa
from alembic import op

revision = "rental_0005"
down_revision = "rental_0004"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("ended_at IS NULL")
KEYS = {
    "booking_id": ("rental_booking", "id"),
    "vehicle_id": ("fleet_vehicle", "id"),
    "beneficiary_id": ("jalon_beneficiary_structure", "beneficiary_id"),
}


def upgrade():
    op.create_table(
        "rental_contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lessor", sa.Text(), nullable=False),
        sa.Column("renter", sa.String(length=260), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("licence", sa.String(length=300), nullable=True),
        sa.Column("cosigned", sa.Boolean(), nullable=False),
        sa.Column("vehicle_kind", sa.String(length=120), nullable=False),
        sa.Column("vehicle_name", sa.String(length=120), nullable=False),
        sa.Column("vehicle_mark", sa.String(length=60), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ending IN ('replaced', 'cancelled')", name=op.f("ck_rental_contract_ending")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_rental_contract_period")),
        sa.CheckConstraint("(ending IS NULL) = (ended_at IS NULL)", name=op.f("ck_rental_contract_ending_at")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_rental_contract_structure_id"),
        *(
            sa.ForeignKeyConstraint(
                [column, "structure_id"],
                [f"{table}.{key}", f"{table}.structure_id"],
                name=f"fk_rental_contract_{column}_structure_id",
            )
            for column, (table, key) in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rental_contract"),
        sa.UniqueConstraint("structure_id", "id", name="uq_rental_contract_structure_id_id"),
        sa.UniqueConstraint("structure_id", "number", name="uq_rental_contract_structure_id_number"),
    )
    op.create_index("ix_rental_contract_structure_id", "rental_contract", ["structure_id"])
    op.create_index(
        "ix_rental_contract_in_force",
        "rental_contract",
        ["booking_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_index("ix_rental_contract_booking", "rental_contract", ["booking_id", "id"])
    op.create_index("ix_rental_contract_beneficiary", "rental_contract", ["beneficiary_id", "structure_id"])
    op.create_index("ix_rental_contract_vehicle", "rental_contract", ["vehicle_id"])


def downgrade():
    op.drop_table("rental_contract")
