"""The core's tables"""

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


# Frozen text: a migration must say in five years what it said today.
TRIGGERS = (
    """CREATE TRIGGER occupation_promise_insert BEFORE INSERT ON jalon_occupation WHEN NEW.blocking
    BEGIN
      SELECT RAISE(ABORT, 'constraint occupation_promise') WHERE EXISTS (
        SELECT 1 FROM jalon_occupation o WHERE o.resource_id = NEW.resource_id AND o.id IS NOT NEW.id AND o.blocking AND o.starts_at < NEW.blocked_until AND NEW.starts_at < o.blocked_until);
    END""",
    """CREATE TRIGGER occupation_promise_update BEFORE UPDATE OF resource_id, starts_at, blocked_until, blocking ON jalon_occupation WHEN NEW.blocking
    BEGIN
      SELECT RAISE(ABORT, 'constraint occupation_promise') WHERE EXISTS (
        SELECT 1 FROM jalon_occupation o WHERE o.resource_id = NEW.resource_id AND o.id IS NOT NEW.id AND o.blocking AND o.starts_at < NEW.blocked_until AND NEW.starts_at < o.blocked_until);
    END""",
    """CREATE TRIGGER occupation_fact_insert BEFORE INSERT ON jalon_occupation WHEN NEW.departed_at IS NOT NULL
    BEGIN
      SELECT RAISE(ABORT, 'constraint occupation_fact') WHERE EXISTS (
        SELECT 1 FROM jalon_occupation o WHERE o.resource_id = NEW.resource_id AND o.id IS NOT NEW.id AND o.departed_at IS NOT NULL AND (NEW.returned_at IS NULL OR o.departed_at < NEW.returned_at) AND (o.returned_at IS NULL OR NEW.departed_at < o.returned_at));
    END""",
    """CREATE TRIGGER occupation_fact_update BEFORE UPDATE OF resource_id, departed_at, returned_at ON jalon_occupation WHEN NEW.departed_at IS NOT NULL
    BEGIN
      SELECT RAISE(ABORT, 'constraint occupation_fact') WHERE EXISTS (
        SELECT 1 FROM jalon_occupation o WHERE o.resource_id = NEW.resource_id AND o.id IS NOT NEW.id AND o.departed_at IS NOT NULL AND (NEW.returned_at IS NULL OR o.departed_at < NEW.returned_at) AND (o.returned_at IS NULL OR NEW.departed_at < o.returned_at));
    END""",
)


def _no_overlap():
    """No two promises, and no two uses, of one resource at one time."""
    if op.get_bind().dialect.name == "sqlite":
        for trigger in TRIGGERS:
            op.execute(trigger)
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for name, period, where in (
        ("occupation_promise", "tstzrange(starts_at, blocked_until)", "blocking"),
        ("occupation_fact", "tstzrange(departed_at, returned_at)", "departed_at IS NOT NULL"),
    ):
        op.create_exclude_constraint(
            name,
            "jalon_occupation",
            (sa.literal_column(period), "&&"),
            ("resource_id", "="),
            where=sa.text(where),
            using="gist",
        )


def upgrade():
    op.create_table(
        "jalon_commune",
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("postcodes", sa.String(length=200), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("epci", sa.String(length=80), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.CheckConstraint("population >= 0", name=op.f("ck_jalon_commune_population")),
        sa.PrimaryKeyConstraint("insee", name="pk_jalon_commune"),
    )
    op.create_index("ix_jalon_commune_name", "jalon_commune", ["name"])

    op.create_table(
        "jalon_module",
        sa.Column("slug", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("requires", sa.String(length=300), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_jalon_module"),
    )
    op.create_table(
        "jalon_structure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=31), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_structure"),
        sa.UniqueConstraint("slug", name="uq_jalon_structure_slug"),
    )
    op.create_table(
        "jalon_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_platform_admin", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_user"),
        sa.UniqueConstraint("email", name="uq_jalon_user_email"),
        sa.UniqueConstraint("external_id", name="uq_jalon_user_external_id"),
    )
    op.create_table(
        "jalon_enabled_module",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=30), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_enabled_module_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_enabled_module"),
        sa.UniqueConstraint("structure_id", "slug", name="uq_jalon_enabled_module_structure_id_slug"),
    )
    op.create_index("ix_jalon_enabled_module_structure_id", "jalon_enabled_module", ["structure_id"])

    op.create_table(
        "jalon_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_link_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_link"),
        sa.UniqueConstraint("digest", name="uq_jalon_link_digest"),
    )
    op.create_index("ix_jalon_link_structure_id", "jalon_link", ["structure_id"])
    op.create_index("ix_jalon_link_subject", "jalon_link", ["structure_id", "subject_table", "subject_id"])

    op.create_table(
        "jalon_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_member_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_member_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_member"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_member_structure_id_id"),
        sa.UniqueConstraint("structure_id", "user_id", name="uq_jalon_member_structure_id_user_id"),
    )
    op.create_index("ix_jalon_member_structure_id", "jalon_member", ["structure_id"])
    op.create_index("ix_jalon_member_user_id", "jalon_member", ["user_id"])

    op.create_table(
        "jalon_module_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=30), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("action IN ('enabled', 'disabled')", name=op.f("ck_jalon_module_event_action")),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_module_event_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_module_event_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_module_event"),
    )
    op.create_index("ix_jalon_module_event_at", "jalon_module_event", ["structure_id", "at", "id"])
    op.create_index("ix_jalon_module_event_structure_id", "jalon_module_event", ["structure_id"])

    op.create_table(
        "jalon_open_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=30), nullable=False),
        sa.Column("duty", sa.String(length=60), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_open_duty_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_open_duty"),
        sa.UniqueConstraint("structure_id", "slug", "duty", name="uq_jalon_open_duty_structure_id_slug_duty"),
    )
    op.create_index("ix_jalon_open_duty_structure_id", "jalon_open_duty", ["structure_id"])

    op.create_table(
        "jalon_structure_alias",
        sa.Column("slug", sa.String(length=31), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_structure_alias_structure_id"),
        sa.PrimaryKeyConstraint("slug", name="pk_jalon_structure_alias"),
    )
    op.create_index("ix_jalon_structure_alias_structure_id", "jalon_structure_alias", ["structure_id"])

    op.create_table(
        "jalon_member_role",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_member_role_member_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_member_role_structure_id"),
        sa.PrimaryKeyConstraint("member_id", "role", name="pk_jalon_member_role"),
    )
    op.create_index("ix_jalon_member_role_structure_id", "jalon_member_role", ["structure_id"])

    op.create_table(
        "jalon_resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("lent_from_id", sa.Integer(), nullable=True),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("usable_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buffer_min", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("buffer_min >= 0", name=op.f("ck_jalon_resource_buffer")),
        sa.CheckConstraint("usable_from < usable_until", name=op.f("ck_jalon_resource_usable")),
        sa.ForeignKeyConstraint(["lent_from_id"], ["jalon_resource.id"], name="fk_jalon_resource_lent_from_id"),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_resource_member_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_resource_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_resource"),
        sa.UniqueConstraint("member_id", name="uq_jalon_resource_member_id"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_resource_structure_id_id"),
    )
    op.create_index("ix_jalon_resource_kind", "jalon_resource", ["structure_id", "module", "kind", "id"])
    op.create_index("ix_jalon_resource_lent_from_id", "jalon_resource", ["lent_from_id"])
    op.create_index("ix_jalon_resource_structure_id", "jalon_resource", ["structure_id"])

    op.create_table(
        "jalon_occupation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("expires_at IS NULL OR kind = 'hold'", name=op.f("ck_jalon_occupation_only_holds_expire")),
        sa.CheckConstraint("kind IN ('hold', 'use', 'unavailable', 'loan')", name=op.f("ck_jalon_occupation_kind")),
        sa.CheckConstraint("departed_at < returned_at", name=op.f("ck_jalon_occupation_return_after_departure")),
        sa.CheckConstraint(
            "returned_at IS NULL OR departed_at IS NOT NULL", name=op.f("ck_jalon_occupation_return_has_departure")
        ),
        sa.CheckConstraint("starts_at < ends_at AND ends_at <= blocked_until", name=op.f("ck_jalon_occupation_period")),
        sa.ForeignKeyConstraint(
            ["resource_id", "structure_id"],
            ["jalon_resource.id", "jalon_resource.structure_id"],
            name="fk_jalon_occupation_resource_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_occupation_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_occupation"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_occupation_structure_id_id"),
    )
    op.create_index(
        "ix_jalon_occupation_out",
        "jalon_occupation",
        ["resource_id"],
        sqlite_where=sa.text("departed_at IS NOT NULL AND returned_at IS NULL"),
        postgresql_where=sa.text("departed_at IS NOT NULL AND returned_at IS NULL"),
    )
    op.create_index(
        "ix_jalon_occupation_period", "jalon_occupation", ["resource_id", "blocking", "starts_at", "blocked_until"]
    )
    op.create_index("ix_jalon_occupation_structure_id", "jalon_occupation", ["structure_id"])
    _no_overlap()


def downgrade():

    op.drop_table("jalon_occupation")

    op.drop_table("jalon_resource")

    op.drop_table("jalon_member_role")

    op.drop_table("jalon_structure_alias")

    op.drop_table("jalon_open_duty")
    op.drop_table("jalon_module_event")

    op.drop_table("jalon_member")

    op.drop_table("jalon_link")

    op.drop_table("jalon_enabled_module")
    op.drop_table("jalon_user")
    op.drop_table("jalon_structure")
    op.drop_table("jalon_module")

    op.drop_table("jalon_commune")
