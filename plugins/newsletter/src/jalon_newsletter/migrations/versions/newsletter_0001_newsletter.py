"""Subscribers, their proofs, issues and blocks"""

import sqlalchemy as sa
from alembic import op

revision = "newsletter_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "newsletter_subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.String(length=24),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_word_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("email IS NOT NULL OR state = 'erased'", name=op.f("ck_newsletter_subscriber_address")),
        sa.CheckConstraint(
            "state IN ('waiting', 'subscribed', 'unsubscribed', 'stopped', 'erased')",
            name=op.f("ck_newsletter_subscriber_state"),
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_newsletter_subscriber_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_newsletter_subscriber"),
        sa.UniqueConstraint("structure_id", "digest", name="uq_newsletter_subscriber_structure_id_digest"),
        sa.UniqueConstraint("structure_id", "id", name="uq_newsletter_subscriber_structure_id_id"),
    )
    op.create_index("ix_newsletter_subscriber_state", "newsletter_subscriber", ["structure_id", "state", "id"])
    op.create_index("ix_newsletter_subscriber_email", "newsletter_subscriber", ["structure_id", "email"])
    op.create_index(
        "ix_newsletter_subscriber_last_word_at", "newsletter_subscriber", ["structure_id", "last_word_at", "id"]
    )
    op.create_index("ix_newsletter_subscriber_structure_id", "newsletter_subscriber", ["structure_id"])
    op.create_table(
        "newsletter_proof",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column(
            "fact",
            sa.String(length=24),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.String(length=24),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("network", sa.String(length=43), nullable=True),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "fact <> 'entered' OR (given_on IS NOT NULL AND way IN ('paper', 'spoken', 'work'))",
            name=op.f("ck_newsletter_proof_source"),
        ),
        sa.CheckConstraint(
            "fact IN ('asked', 'confirmed', 'entered', 'stayed', 'left', 'came_back', 'stopped', 'erased')",
            name=op.f("ck_newsletter_proof_fact"),
        ),
        sa.CheckConstraint(
            "way IN ('page', 'mail', 'paper', 'spoken', 'work', 'none')", name=op.f("ck_newsletter_proof_way")
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_newsletter_proof_structure_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id", "structure_id"],
            ["newsletter_subscriber.id", "newsletter_subscriber.structure_id"],
            name="fk_newsletter_proof_subscriber_id_structure_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_newsletter_proof"),
        sa.UniqueConstraint("structure_id", "id", name="uq_newsletter_proof_structure_id_id"),
    )
    op.create_index("ix_newsletter_proof_structure_id", "newsletter_proof", ["structure_id"])
    op.create_index("ix_newsletter_proof_subscriber", "newsletter_proof", ["subscriber_id", "id"])
    op.create_table(
        "newsletter_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.String(length=24),
            nullable=False,
        ),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(length=120), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("sent_at IS NOT NULL OR state = 'draft'", name=op.f("ck_newsletter_issue_sent")),
        sa.CheckConstraint("state IN ('draft', 'sending', 'sent', 'stopped')", name=op.f("ck_newsletter_issue_state")),
        sa.CheckConstraint("trim(title) <> ''", name=op.f("ck_newsletter_issue_title")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["jalon_user.id"], name="fk_newsletter_issue_approved_by_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_newsletter_issue_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_newsletter_issue"),
        sa.UniqueConstraint("structure_id", "id", name="uq_newsletter_issue_structure_id_id"),
    )
    op.create_index("ix_newsletter_issue_state", "newsletter_issue", ["structure_id", "state", "sent_at"])
    op.create_index("ix_newsletter_issue_structure_id", "newsletter_issue", ["structure_id"])
    op.create_table(
        "newsletter_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=24),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'button' OR (trim(label) <> '' AND trim(address) <> '')", name=op.f("ck_newsletter_block_button")
        ),
        sa.CheckConstraint(
            "kind <> 'event' OR (trim(label) <> '' AND starts_at IS NOT NULL)", name=op.f("ck_newsletter_block_event")
        ),
        sa.CheckConstraint("kind <> 'live' OR trim(source) <> ''", name=op.f("ck_newsletter_block_live")),
        sa.CheckConstraint(
            "kind IN ('heading', 'text', 'button', 'event', 'live')", name=op.f("ck_newsletter_block_kind")
        ),
        sa.CheckConstraint(
            "kind NOT IN ('heading', 'text') OR trim(words) <> ''", name=op.f("ck_newsletter_block_words")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id", "structure_id"],
            ["newsletter_issue.id", "newsletter_issue.structure_id"],
            name="fk_newsletter_block_issue_id_structure_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_newsletter_block_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_newsletter_block"),
        sa.UniqueConstraint("structure_id", "id", name="uq_newsletter_block_structure_id_id"),
    )
    op.create_index("ix_newsletter_block_issue", "newsletter_block", ["issue_id", "position", "id"])
    op.create_index("ix_newsletter_block_structure_id", "newsletter_block", ["structure_id"])


def downgrade():
    op.drop_table("newsletter_block")
    op.drop_table("newsletter_issue")
    op.drop_table("newsletter_proof")
    op.drop_table("newsletter_subscriber")
