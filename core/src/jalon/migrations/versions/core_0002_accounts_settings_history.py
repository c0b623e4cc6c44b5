"""Safe sign-in, dated roles, settings, history"""

import sqlalchemy as sa
from alembic import op

from jalon.rebuild import rebuilding

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _id():
    return sa.Column("id", sa.Integer(), nullable=False)


def _owner(table):
    """The structure whose rows these are."""
    key = sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name=f"fk_{table}_structure_id")
    return sa.Column("structure_id", sa.Integer(), nullable=False), key


def _user(table, *, nullable=False):
    key = sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name=f"fk_{table}_user_id")
    return sa.Column("user_id", sa.Integer(), nullable=nullable), key


def _primary(table):
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def upgrade():
    _change_known_tables()
    _make_member_events()
    _make_sign_in()
    _make_history()
    _make_settings()


def _change_known_tables():
    with rebuilding("jalon_user") as users:
        users.add_column(sa.Column("totp_nonce", sa.String(length=64), nullable=True))
        users.add_column(sa.Column("totp_since", INSTANT, nullable=True))
        users.add_column(sa.Column("totp_last_step", sa.BigInteger(), nullable=False, server_default="0"))
    with rebuilding("jalon_structure") as structures:
        structures.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with rebuilding("jalon_member") as members:
        members.add_column(sa.Column("work_email", sa.String(length=254), nullable=True))
        members.add_column(sa.Column("phone", sa.String(length=32), nullable=True))
        members.add_column(sa.Column("joined_on", sa.Date(), nullable=True))
        members.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with rebuilding("jalon_member_role") as roles:
        roles.add_column(sa.Column("first_day", sa.Date(), nullable=True))
        roles.add_column(sa.Column("last_day", sa.Date(), nullable=True))
        roles.create_check_constraint(op.f("ck_jalon_member_role_period"), "first_day <= last_day")


def _make_member_events():
    op.create_table(
        "jalon_member_event",
        _id(),
        *_owner("jalon_member_event"),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("by_oneself", sa.Boolean(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *_user("jalon_member_event", nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        _primary("jalon_member_event"),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_member_event_member_id_structure_id",
        ),
        sa.CheckConstraint(
            "kind IN ('joined', 'left', 'came_back', 'role_given', 'role_taken', 'seen_as')",
            name=op.f("ck_jalon_member_event_kind"),
        ),
    )
    op.create_index("ix_jalon_member_event_structure_id", "jalon_member_event", ["structure_id"])
    op.create_index("ix_jalon_member_event_at", "jalon_member_event", ["structure_id", "at", "id"])
    op.create_index("ix_jalon_member_event_member", "jalon_member_event", ["member_id", "at", "id"])


def _make_sign_in():
    op.create_table(
        "jalon_attempt",
        _id(),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _primary("jalon_attempt"),
    )
    op.create_index("ix_jalon_attempt_key", "jalon_attempt", ["key", "at"])
    op.create_table(
        "jalon_session",
        _id(),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *_user("jalon_session"),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("unlocked_at", INSTANT, nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        _primary("jalon_session"),
        sa.UniqueConstraint("digest", name="uq_jalon_session_digest"),
    )
    op.create_index("ix_jalon_session_user_id", "jalon_session", ["user_id"])
    op.create_table(
        "jalon_account_link",
        _id(),
        sa.Column("digest", sa.String(length=64), nullable=False),
        *_user("jalon_account_link"),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        _primary("jalon_account_link"),
        sa.UniqueConstraint("digest", name="uq_jalon_account_link_digest"),
        sa.CheckConstraint("purpose IN ('invitation', 'reset')", name=op.f("ck_jalon_account_link_purpose")),
    )
    op.create_index("ix_jalon_account_link_user_id", "jalon_account_link", ["user_id"])
    op.create_table(
        "jalon_recovery_code",
        _id(),
        *_user("jalon_recovery_code"),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        _primary("jalon_recovery_code"),
        sa.UniqueConstraint("digest", name="uq_jalon_recovery_code_digest"),
    )
    op.create_index("ix_jalon_recovery_code_user_id", "jalon_recovery_code", ["user_id"])
    op.create_table(
        "jalon_account_event",
        _id(),
        *_user("jalon_account_event"),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        _primary("jalon_account_event"),
    )
    op.create_index("ix_jalon_account_event_at", "jalon_account_event", ["user_id", "at", "id"])


def _make_history():
    op.create_table(
        "jalon_history",
        _id(),
        *_owner("jalon_history"),
        sa.Column("at", INSTANT, nullable=False),
        *_user("jalon_history", nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        _primary("jalon_history"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_history_structure_id_id"),
        sa.CheckConstraint("action IN ('created', 'changed', 'deleted')", name=op.f("ck_jalon_history_action")),
    )
    op.create_index("ix_jalon_history_structure_id", "jalon_history", ["structure_id"])
    op.create_index("ix_jalon_history_subject", "jalon_history", ["structure_id", "subject_table", "subject_id", "at"])
    op.create_index("ix_jalon_history_at", "jalon_history", ["structure_id", "at", "id"])
    op.create_table(
        "jalon_history_value",
        _id(),
        *_owner("jalon_history_value"),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("permission", sa.String(length=60), nullable=True),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        _primary("jalon_history_value"),
        sa.ForeignKeyConstraint(
            ["entry_id", "structure_id"],
            ["jalon_history.id", "jalon_history.structure_id"],
            name="fk_jalon_history_value_entry_id_structure_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_jalon_history_value_structure_id", "jalon_history_value", ["structure_id"])
    op.create_index("ix_jalon_history_value_entry", "jalon_history_value", ["entry_id"])
    op.create_table(
        "jalon_access",
        _id(),
        *_owner("jalon_access"),
        sa.Column("at", INSTANT, nullable=False),
        *_user("jalon_access", nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        _primary("jalon_access"),
    )
    op.create_index("ix_jalon_access_structure_id", "jalon_access", ["structure_id"])
    op.create_index("ix_jalon_access_at", "jalon_access", ["structure_id", "at", "id"])


def _make_settings():
    op.create_table(
        "jalon_setting",
        _id(),
        *_owner("jalon_setting"),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _primary("jalon_setting"),
        sa.UniqueConstraint(
            "structure_id", "module", "key", "valid_from", name="uq_jalon_setting_structure_id_module_key_valid_from"
        ),
    )
    op.create_index("ix_jalon_setting_structure_id", "jalon_setting", ["structure_id"])
    op.create_table(
        "jalon_logo",
        _id(),
        *_owner("jalon_logo"),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        _primary("jalon_logo"),
        sa.UniqueConstraint("structure_id", name="uq_jalon_logo_structure_id"),
    )
    op.create_index("ix_jalon_logo_structure_id", "jalon_logo", ["structure_id"])
    op.create_table(
        "jalon_closure",
        _id(),
        *_owner("jalon_closure"),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _primary("jalon_closure"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_jalon_closure_period")),
    )
    op.create_index("ix_jalon_closure_structure_id", "jalon_closure", ["structure_id"])
    op.create_table(
        "jalon_school_holiday",
        _id(),
        sa.Column("zone", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _primary("jalon_school_holiday"),
        sa.UniqueConstraint("zone", "first_day", name="uq_jalon_school_holiday_zone_first_day"),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_jalon_school_holiday_period")),
    )


MADE = (
    "jalon_school_holiday",
    "jalon_closure",
    "jalon_logo",
    "jalon_setting",
    "jalon_access",
    "jalon_history_value",
    "jalon_history",
    "jalon_account_event",
    "jalon_recovery_code",
    "jalon_account_link",
    "jalon_session",
    "jalon_attempt",
    "jalon_member_event",
)


def downgrade():
    for table in MADE:
        op.drop_table(table)
    with rebuilding("jalon_member_role") as roles:
        roles.drop_constraint(op.f("ck_jalon_member_role_period"), type_="check")
        roles.drop_column("last_day")
        roles.drop_column("first_day")
    with rebuilding("jalon_member") as members:
        for column in ("version", "joined_on", "phone", "work_email"):
            members.drop_column(column)
    with rebuilding("jalon_structure") as structures:
        structures.drop_column("version")
    with rebuilding("jalon_user") as users:
        for column in ("totp_last_step", "totp_since", "totp_nonce"):
            users.drop_column(column)
