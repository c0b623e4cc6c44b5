"""Who follows a booking"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "rental_0003"
down_revision = "rental_0002"
branch_labels = None
depends_on = None

KEY = "fk_rental_booking_member_id_structure_id"


def upgrade():
    with rebuilding("rental_booking") as bookings:
        bookings.add_column(sa.Column("member_id", sa.Integer(), nullable=True))
        bookings.create_foreign_key(KEY, "jalon_member", ["member_id", "structure_id"], ["id", "structure_id"])
    op.create_index("ix_rental_booking_member", "rental_booking", ["member_id", "state"])


def downgrade():
    op.drop_index("ix_rental_booking_member", "rental_booking")
    with rebuilding("rental_booking") as bookings:
        bookings.drop_constraint(KEY, type_="foreignkey")
        bookings.drop_column("member_id")
