"""Bookings are for persons, from the request on; licences checked, exceptions made"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "rental_0004"
down_revision = "rental_0003"
branch_labels = None
depends_on = None

CATEGORIES = "category IN ('car', 'light_car', 'scooter_50', 'scooter_125', 'ebike', 'bike', 'kick_scooter')"
REASONS = "reason IN ('no_vehicle', 'licence', 'not_eligible', 'unpaid', 'need_gone', 'other')"
STATES = "state IN ('booked', 'out', 'returned', 'cancelled', 'no_show')"
ALL_STATES = "state IN ('requested', 'optioned', 'booked', 'out', 'returned', 'refused', 'cancelled', 'no_show')"
PROMISE = "occupation_id IS NOT NULL OR state NOT IN ('booked', 'out')"
FULL_PROMISE = "occupation_id IS NOT NULL OR state NOT IN ('optioned', 'booked', 'out')"
NEW_CHECKS = {
    "category": CATEGORIES,
    "reason": REASONS,
    "given_up_by": "given_up_by IN ('renter', 'structure')",
    "vehicle": "vehicle_id IS NOT NULL OR state IN ('requested', 'refused', 'cancelled')",
    "wish": "vehicle_id IS NOT NULL OR category IS NOT NULL",
    "option": "option_until IS NOT NULL OR state <> 'optioned'",
    "refusal": "reason IS NOT NULL OR state <> 'refused'",
    "person": "beneficiary_id IS NOT NULL OR renter_name IS NOT NULL"
    " OR state NOT IN ('requested', 'optioned', 'booked', 'out')",
}
COLUMNS = {
    "beneficiary_id": sa.Integer(),
    "category": sa.String(length=24),
    "commune_insee": sa.String(length=5),
    "option_until": sa.DateTime(timezone=True),
    "reason": sa.String(length=24),
    "given_up_by": sa.String(length=24),
}
PERSON = "fk_rental_booking_beneficiary_id_structure_id"
COMMUNE = "fk_rental_booking_commune_insee"
LINK = (["beneficiary_id", "structure_id"], ["beneficiary_id", "structure_id"])


def upgrade():
    # what rental_0002 erased of a booking that still runs: it needs a name until somebody chooses the person
    op.execute("UPDATE rental_booking SET renter_name = '—' WHERE renter_name IS NULL AND state IN ('booked', 'out')")
    with rebuilding("rental_booking") as bookings:
        for name, kind in COLUMNS.items():
            bookings.add_column(sa.Column(name, kind, nullable=True))
        bookings.alter_column("vehicle_id", existing_type=sa.Integer(), nullable=True)
        bookings.create_foreign_key(PERSON, "jalon_beneficiary_structure", *LINK)
        bookings.create_foreign_key(COMMUNE, "jalon_commune", ["commune_insee"], ["insee"])
        _checks(bookings, {"state": ALL_STATES, "promise": FULL_PROMISE}, drop_first=True)
        _checks(bookings, NEW_CHECKS)
    op.create_index("ix_rental_booking_beneficiary", "rental_booking", ["beneficiary_id", "structure_id", "starts_at"])
    _licence_checks()
    _waivers()


def _checks(bookings, checks, *, drop_first=False):
    for name, rule in checks.items():
        if drop_first:
            bookings.drop_constraint(op.f(f"ck_rental_booking_{name}"), type_="check")
        bookings.create_check_constraint(op.f(f"ck_rental_booking_{name}"), rule)


def _licence_checks():
    op.create_table(
        "rental_licence_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=24), nullable=False),
        sa.Column("adcs_number", sa.String(length=40), nullable=True),
        sa.Column("licence_state", sa.String(length=24), nullable=False),
        sa.Column("categories", sa.String(length=60), nullable=False),
        sa.Column("obtained_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("mode IN ('adcs', 'original')", name=op.f("ck_rental_licence_check_mode")),
        sa.CheckConstraint(
            "licence_state IN ('valid', 'suspended')", name=op.f("ck_rental_licence_check_licence_state")
        ),
        sa.CheckConstraint(
            "adcs_number IS NOT NULL OR mode <> 'adcs'", name=op.f("ck_rental_licence_check_adcs_number")
        ),
        sa.CheckConstraint("obtained_on <= verified_on", name=op.f("ck_rental_licence_check_obtained_on")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_rental_licence_check_structure_id"),
        sa.ForeignKeyConstraint(
            LINK[0],
            [f"jalon_beneficiary_structure.{name}" for name in LINK[1]],
            name="fk_rental_licence_check_beneficiary_id_structure_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rental_licence_check"),
        sa.UniqueConstraint("structure_id", "id", name="uq_rental_licence_check_structure_id_id"),
    )
    op.create_index("ix_rental_licence_check_structure_id", "rental_licence_check", ["structure_id"])
    op.create_index(
        "ix_rental_licence_check_latest",
        "rental_licence_check",
        ["beneficiary_id", "structure_id", "verified_on", "id"],
    )


def _waivers():
    op.create_table(
        "rental_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("guard", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("granted_by", sa.String(length=120), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("guard IN ('age', 'seniority', 'length')", name=op.f("ck_rental_waiver_guard")),
        sa.CheckConstraint("trim(reason) <> ''", name=op.f("ck_rental_waiver_reason")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_rental_waiver_structure_id"),
        sa.ForeignKeyConstraint(
            ["booking_id", "structure_id"],
            ["rental_booking.id", "rental_booking.structure_id"],
            name="fk_rental_waiver_booking_id_structure_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rental_waiver"),
        sa.UniqueConstraint("structure_id", "id", name="uq_rental_waiver_structure_id_id"),
        sa.UniqueConstraint("booking_id", "guard", name="uq_rental_waiver_booking_id_guard"),
    )
    op.create_index("ix_rental_waiver_structure_id", "rental_waiver", ["structure_id"])


def downgrade():
    op.drop_table("rental_waiver")
    op.drop_table("rental_licence_check")
    op.drop_index("ix_rental_booking_beneficiary", "rental_booking")
    _tell_as_before()
    with rebuilding("rental_booking") as bookings:
        for name in NEW_CHECKS:
            bookings.drop_constraint(op.f(f"ck_rental_booking_{name}"), type_="check")
        _checks(bookings, {"state": STATES, "promise": PROMISE}, drop_first=True)
        bookings.drop_constraint(PERSON, type_="foreignkey")
        bookings.drop_constraint(COMMUNE, type_="foreignkey")
        for name in COLUMNS:
            bookings.drop_column(name)
        bookings.alter_column("vehicle_id", existing_type=sa.Integer(), nullable=False)


def _tell_as_before():
    """What the former tables cannot say, as nearly as they can: no row is lost.

    A request without vehicle where there is no vehicle at all cannot be told: the database then refuses, and nothing
    is undone.
    """
    op.execute(
        "UPDATE rental_booking SET renter_name = (SELECT code FROM jalon_beneficiary"
        " WHERE jalon_beneficiary.id = rental_booking.beneficiary_id) WHERE renter_name IS NULL"
    )
    any_vehicle = (
        "SELECT min(fleet_vehicle.id) FROM fleet_vehicle WHERE fleet_vehicle.structure_id = rental_booking.structure_id"
    )
    op.execute(f"UPDATE rental_booking SET vehicle_id = ({any_vehicle}) WHERE vehicle_id IS NULL")  # noqa: S608
    op.execute(
        "UPDATE jalon_occupation SET blocking = (1 = 0) WHERE id IN"
        " (SELECT occupation_id FROM rental_booking WHERE state = 'optioned')"
    )
    op.execute("UPDATE rental_booking SET state = 'cancelled' WHERE state IN ('requested', 'optioned', 'refused')")
