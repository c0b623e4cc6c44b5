"""A removed block can be put back until its issue is sent."""

import sqlalchemy as sa
from alembic import op

revision = "newsletter_0002"
down_revision = "newsletter_0001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("newsletter_block", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.execute("DELETE FROM newsletter_block WHERE removed_at IS NOT NULL")  # nobody sees them, none comes back
    op.drop_column("newsletter_block", "removed_at")
