"""One waiting referral of a person to a structure, and forms that were received"""

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'sent'")


def upgrade():
    op.create_index(
        "uq_jalon_referral_waiting",
        "jalon_referral",
        ["beneficiary_id", "from_structure_id", "to_structure_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "jalon_sent_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("led_to", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_sent_form_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_sent_form"),
        sa.UniqueConstraint("structure_id", "digest", name="uq_jalon_sent_form_structure_id_digest"),
    )
    op.create_index("ix_jalon_sent_form_at", "jalon_sent_form", ["structure_id", "at"])
    op.create_index("ix_jalon_sent_form_structure_id", "jalon_sent_form", ["structure_id"])


def downgrade():
    op.drop_table("jalon_sent_form")
    op.drop_index("uq_jalon_referral_waiting", "jalon_referral")
