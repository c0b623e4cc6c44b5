"""The index of a list in the order of the returns"""

from alembic import op

revision = "rental_0006"
down_revision = "rental_0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_rental_booking_ends_at", "rental_booking", ["structure_id", "ends_at", "id"])


def downgrade():
    op.drop_index("ix_rental_booking_ends_at", "rental_booking")
