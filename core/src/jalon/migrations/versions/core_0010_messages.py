"""Messages: what is written to somebody, and a structure's own words"""

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ONE_RECIPIENT = (
    "(CASE WHEN beneficiary_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN member_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN referrer_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN address IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade():
    op.create_table(
        "jalon_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("referrer_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("asked", sa.String(length=24), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=160), nullable=True),
        sa.Column("good_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("asked IN ('mail', 'sms', 'letter')", name=op.f("ck_jalon_message_asked")),
        sa.CheckConstraint("channel IN ('mail', 'sms', 'letter')", name=op.f("ck_jalon_message_channel")),
        sa.CheckConstraint(
            "state IN ('queued', 'to_print', 'sent', 'failed', 'refused', 'cancelled')",
            name=op.f("ck_jalon_message_state"),
        ),
        sa.CheckConstraint(ONE_RECIPIENT, name=op.f("ck_jalon_message_recipient")),
        sa.ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
            name="fk_jalon_message_beneficiary_id_structure_id",
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_message_member_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["referrer_id"], ["jalon_referrer.id"], name="fk_jalon_message_referrer_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_message_user_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_message_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_message"),
        sa.UniqueConstraint("structure_id", "once", name="uq_jalon_message_structure_id_once"),
        sa.UniqueConstraint("reference", name="uq_jalon_message_reference"),
    )
    for column in ("beneficiary_id", "member_id", "referrer_id", "structure_id"):
        op.create_index(f"ix_jalon_message_{column}", "jalon_message", [column])
    op.create_index("ix_jalon_message_listed", "jalon_message", ["structure_id", "state", "id"])
    op.create_table(
        "jalon_message_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("short", sa.String(length=480), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_message_text_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_message_text"),
        sa.UniqueConstraint("structure_id", "template", name="uq_jalon_message_text_structure_id_template"),
    )
    op.create_index("ix_jalon_message_text_structure_id", "jalon_message_text", ["structure_id"])


def downgrade():
    op.drop_table("jalon_message_text")
    op.drop_table("jalon_message")
