"""A renter whose name can be read, or was erased"""

from alembic import op

from jalon.rebuild import rebuilding

revision = "rental_0002"
down_revision = "rental_0001"
branch_labels = None
depends_on = None

NAMED = "ck_rental_booking_renter"


def upgrade():
    op.execute("UPDATE rental_booking SET renter_name = NULL WHERE trim(renter_name) = ''")
    with rebuilding("rental_booking") as bookings:
        bookings.create_check_constraint(op.f(NAMED), "trim(renter_name) <> ''")


def downgrade():
    with rebuilding("rental_booking") as bookings:
        bookings.drop_constraint(op.f(NAMED), type_="check")
