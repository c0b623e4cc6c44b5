"""Persons helped, organisations, what is attached to records and what is published between structures"""

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
FOUND = (
    "CREATE VIRTUAL TABLE jalon_identity_fts USING fts5(folded, content='jalon_identity', content_rowid='id', tokenize='trigram')",
    "CREATE TRIGGER identity_found_insert AFTER INSERT ON jalon_identity BEGIN INSERT INTO jalon_identity_fts(rowid, folded) VALUES (NEW.id, NEW.folded); END",
    "CREATE TRIGGER identity_found_delete AFTER DELETE ON jalon_identity BEGIN INSERT INTO jalon_identity_fts(jalon_identity_fts, rowid, folded) VALUES ('delete', OLD.id, OLD.folded); END",
    "CREATE TRIGGER identity_found_update AFTER UPDATE OF folded ON jalon_identity BEGIN INSERT INTO jalon_identity_fts(jalon_identity_fts, rowid, folded) VALUES ('delete', OLD.id, OLD.folded); INSERT INTO jalon_identity_fts(rowid, folded) VALUES (NEW.id, NEW.folded); END",
)


def _found_by_name():
    """Trigrams of the names, as each database keeps them."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in FOUND:
            op.execute(statement)
    else:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index(
        "ix_jalon_identity_folded",
        "jalon_identity",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )


def upgrade():
    op.create_table(
        "jalon_beneficiary",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'archived', 'anonymised', 'deceased', 'merged')",
            name=op.f("ck_jalon_beneficiary_state"),
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["jalon_beneficiary.id"], name="fk_jalon_beneficiary_merged_into_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_beneficiary"),
        sa.UniqueConstraint("code", name="uq_jalon_beneficiary_code"),
    )
    op.create_index("ix_jalon_beneficiary_merged_into_id", "jalon_beneficiary", ["merged_into_id"])
    op.create_index("ix_jalon_beneficiary_state", "jalon_beneficiary", ["state", "id"])
    op.create_table(
        "jalon_personal_column",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("column_name", sa.String(length=60), nullable=False),
        sa.Column("why", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_personal_column"),
        sa.UniqueConstraint("table_name", "column_name", name="uq_jalon_personal_column_table_name_column_name"),
    )
    op.create_index("ix_jalon_personal_column_module", "jalon_personal_column", ["module"])
    op.create_table(
        "jalon_referrer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("authorised", sa.Boolean(), nullable=False),
        sa.Column("charter_signed_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("folded", sa.String(length=250), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_referrer"),
    )
    op.create_index("ix_jalon_referrer_email", "jalon_referrer", ["email"])
    op.create_index("ix_jalon_referrer_folded", "jalon_referrer", ["folded"])
    op.create_table(
        "jalon_beneficiary_structure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("since <= until", name=op.f("ck_jalon_beneficiary_structure_period")),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_beneficiary_structure_beneficiary_id"
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["jalon_structure.id"], name="fk_jalon_beneficiary_structure_structure_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_beneficiary_structure"),
        sa.UniqueConstraint(
            "beneficiary_id", "structure_id", name="uq_jalon_beneficiary_structure_beneficiary_id_structure_id"
        ),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_beneficiary_structure_structure_id_id"),
    )
    op.create_index("ix_jalon_beneficiary_structure_structure_id", "jalon_beneficiary_structure", ["structure_id"])
    op.create_table(
        "jalon_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("agreement", sa.String(length=24), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("collected_by", sa.String(length=120), nullable=False),
        sa.Column("proof", sa.String(length=24), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "agreement IN ('given', 'refused', 'withdrawn', 'not_applicable')", name=op.f("ck_jalon_consent_agreement")
        ),
        sa.CheckConstraint("proof IN ('paper', 'tick', 'oral')", name=op.f("ck_jalon_consent_proof")),
        sa.CheckConstraint(
            "purpose IN ('accompaniment', 'share_with_referrer', 'share_with_structures', 'sms', 'newsletter', 'photo', 'survey', 'testimony')",
            name=op.f("ck_jalon_consent_purpose"),
        ),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_consent_beneficiary_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_consent_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_consent"),
    )
    op.create_index("ix_jalon_consent_beneficiary_id", "jalon_consent", ["beneficiary_id"])
    op.create_index("ix_jalon_consent_latest", "jalon_consent", ["beneficiary_id", "purpose", "at", "id"])
    op.create_index("ix_jalon_consent_structure_id", "jalon_consent", ["structure_id"])
    op.create_table(
        "jalon_disabled_worker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recognised", sa.Boolean(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_disabled_worker_beneficiary_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_disabled_worker"),
        sa.UniqueConstraint("beneficiary_id", name="uq_jalon_disabled_worker_beneficiary_id"),
    )
    op.create_index("ix_jalon_disabled_worker_beneficiary_id", "jalon_disabled_worker", ["beneficiary_id"])
    op.create_table(
        "jalon_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("seen_by", sa.String(length=120), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('identity', 'licence', 'address', 'resources', 'need', 'orientation', 'insurance', 'vehicle', 'other')",
            name=op.f("ck_jalon_document_kind"),
        ),
        sa.CheckConstraint("(digest IS NULL) = (size IS NULL)", name=op.f("ck_jalon_document_kept")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_document_beneficiary_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_document_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_document"),
    )
    op.create_index("ix_jalon_document_beneficiary_id", "jalon_document", ["beneficiary_id"])
    op.create_index("ix_jalon_document_expires_on", "jalon_document", ["structure_id", "expires_on"])
    op.create_index("ix_jalon_document_structure_id", "jalon_document", ["structure_id"])
    op.create_index(
        "ix_jalon_document_subject", "jalon_document", ["structure_id", "subject_table", "subject_id", "id"]
    )
    op.create_table(
        "jalon_duplicate_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("known_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("from_structure_id", sa.Integer(), nullable=False),
        sa.Column("to_structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'same', 'other', 'closed')", name=op.f("ck_jalon_duplicate_request_state")
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["jalon_beneficiary.id"], name="fk_jalon_duplicate_request_asked_id"),
        sa.ForeignKeyConstraint(
            ["from_structure_id"], ["jalon_structure.id"], name="fk_jalon_duplicate_request_from_structure_id"
        ),
        sa.ForeignKeyConstraint(["known_id"], ["jalon_beneficiary.id"], name="fk_jalon_duplicate_request_known_id"),
        sa.ForeignKeyConstraint(
            ["to_structure_id"], ["jalon_structure.id"], name="fk_jalon_duplicate_request_to_structure_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_duplicate_request"),
    )
    op.create_index("ix_jalon_duplicate_request_asked_id", "jalon_duplicate_request", ["asked_id"])
    op.create_index("ix_jalon_duplicate_request_from_structure_id", "jalon_duplicate_request", ["from_structure_id"])
    op.create_index("ix_jalon_duplicate_request_known_id", "jalon_duplicate_request", ["known_id"])
    op.create_index("ix_jalon_duplicate_request_to_structure_id", "jalon_duplicate_request", ["to_structure_id"])
    op.create_table(
        "jalon_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=24), nullable=False),
        sa.Column("usage_name", sa.String(length=80), nullable=False),
        sa.Column("birth_name", sa.String(length=80), nullable=True),
        sa.Column("first_name", sa.String(length=80), nullable=True),
        sa.Column("single_name", sa.Boolean(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_date_presumed", sa.Boolean(), nullable=False),
        sa.Column("folded", sa.String(length=250), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("title IN ('madam', 'sir', 'neutral')", name=op.f("ck_jalon_identity_title")),
        sa.CheckConstraint("first_name IS NOT NULL OR single_name", name=op.f("ck_jalon_identity_first_name")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_identity_beneficiary_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_identity"),
        sa.UniqueConstraint("beneficiary_id", name="uq_jalon_identity_beneficiary_id"),
    )
    op.create_index("ix_jalon_identity_beneficiary_id", "jalon_identity", ["beneficiary_id"])
    op.create_index("ix_jalon_identity_birth_date", "jalon_identity", ["birth_date", "folded"])
    _found_by_name()
    op.create_table(
        "jalon_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kept_id"], ["jalon_beneficiary.id"], name="fk_jalon_merge_kept_id"),
        sa.ForeignKeyConstraint(["merged_id"], ["jalon_beneficiary.id"], name="fk_jalon_merge_merged_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_merge_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_merge_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_merge"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_merge_structure_id_id"),
    )
    op.create_index("ix_jalon_merge_kept_id", "jalon_merge", ["kept_id"])
    op.create_index("ix_jalon_merge_merged_id", "jalon_merge", ["merged_id"])
    op.create_index("ix_jalon_merge_structure_id", "jalon_merge", ["structure_id"])
    op.create_table(
        "jalon_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("shareable", sa.Text(), nullable=False),
        sa.Column("internal", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("shareable <> '' OR internal <> ''", name=op.f("ck_jalon_note_says_something")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_note_beneficiary_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_note_structure_id"),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_note_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_note"),
    )
    op.create_index("ix_jalon_note_beneficiary_id", "jalon_note", ["beneficiary_id"])
    op.create_index("ix_jalon_note_structure_id", "jalon_note", ["structure_id"])
    op.create_index("ix_jalon_note_subject", "jalon_note", ["structure_id", "subject_table", "subject_id", "at"])
    op.create_table(
        "jalon_organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("acronym", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("rna", sa.String(length=10), nullable=True),
        sa.Column("street", sa.String(length=120), nullable=True),
        sa.Column("commune_insee", sa.String(length=5), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("first_contact_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("folded", sa.String(length=160), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('france_travail', 'mission_locale', 'department', 'ccas', 'town_hall', 'epci', 'cap_emploi', 'plie', 'siae', 'training', 'second_chance', 'social_landlord', 'caf', 'employer', 'driving_school', 'social_driving_school', 'solidarity_garage', 'transport', 'justice', 'health', 'charity', 'funder', 'other')",
            name=op.f("ck_jalon_organisation_kind"),
        ),
        sa.ForeignKeyConstraint(["commune_insee"], ["jalon_commune.insee"], name="fk_jalon_organisation_commune_insee"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_organisation"),
        sa.UniqueConstraint("rna", name="uq_jalon_organisation_rna"),
        sa.UniqueConstraint("siret", name="uq_jalon_organisation_siret"),
    )
    op.create_index("ix_jalon_organisation_commune_insee", "jalon_organisation", ["commune_insee"])
    op.create_index("ix_jalon_organisation_folded", "jalon_organisation", ["folded"])
    op.create_index("ix_jalon_organisation_kind", "jalon_organisation", ["kind", "name", "id"])
    op.create_table(
        "jalon_person_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("second_phone", sa.String(length=20), nullable=True),
        sa.Column("no_phone", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=True),
        sa.Column("reading_difficulty", sa.Boolean(), nullable=True),
        sa.Column("street", sa.String(length=120), nullable=True),
        sa.Column("address_extra", sa.String(length=120), nullable=True),
        sa.Column("hamlet", sa.String(length=80), nullable=True),
        sa.Column("postal_only", sa.Boolean(), nullable=False),
        sa.Column("commune_insee", sa.String(length=5), nullable=True),
        sa.Column("out_of_territory_reason", sa.String(length=200), nullable=True),
        sa.Column("priority_district", sa.String(length=24), nullable=True),
        sa.Column("district_code", sa.String(length=12), nullable=True),
        sa.Column("district_checked_on", sa.Date(), nullable=True),
        sa.Column("housing", sa.String(length=24), nullable=True),
        sa.Column("landlord", sa.String(length=80), nullable=True),
        sa.Column("legal_protection", sa.String(length=24), nullable=True),
        sa.Column("legal_contact", sa.String(length=200), nullable=True),
        sa.Column("nationality_group", sa.String(length=24), nullable=True),
        sa.Column("emergency_name", sa.String(length=120), nullable=True),
        sa.Column("emergency_phone", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('sms', 'call', 'mail', 'letter', 'referrer')", name=op.f("ck_jalon_person_file_channel")
        ),
        sa.CheckConstraint(
            "housing IN ('social_tenant', 'private_tenant', 'owner', 'with_parents', 'with_others', 'hostel', 'homeless', 'other')",
            name=op.f("ck_jalon_person_file_housing"),
        ),
        sa.CheckConstraint(
            "legal_protection IN ('none', 'guardianship', 'simple_curatorship', 'strict_curatorship', 'other')",
            name=op.f("ck_jalon_person_file_legal_protection"),
        ),
        sa.CheckConstraint(
            "nationality_group IN ('french', 'european', 'other')", name=op.f("ck_jalon_person_file_nationality_group")
        ),
        sa.CheckConstraint(
            "priority_district IN ('yes', 'no', 'to_check')", name=op.f("ck_jalon_person_file_priority_district")
        ),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_person_file_beneficiary_id"
        ),
        sa.ForeignKeyConstraint(["commune_insee"], ["jalon_commune.insee"], name="fk_jalon_person_file_commune_insee"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_person_file"),
        sa.UniqueConstraint("beneficiary_id", name="uq_jalon_person_file_beneficiary_id"),
    )
    op.create_index("ix_jalon_person_file_beneficiary_id", "jalon_person_file", ["beneficiary_id"])
    op.create_index("ix_jalon_person_file_commune_insee", "jalon_person_file", ["commune_insee"])
    op.create_index("ix_jalon_person_file_email", "jalon_person_file", ["email"])
    op.create_index("ix_jalon_person_file_phone", "jalon_person_file", ["phone"])
    op.create_table(
        "jalon_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=True),
        sa.Column("commune_insee", sa.String(length=5), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('pick_up', 'permanence', 'room', 'depot')", name=op.f("ck_jalon_place_kind")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_jalon_place_both_coordinates")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_jalon_place_coordinates")
        ),
        sa.ForeignKeyConstraint(["commune_insee"], ["jalon_commune.insee"], name="fk_jalon_place_commune_insee"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_place_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_place"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_place_structure_id_id"),
        sa.UniqueConstraint("structure_id", "name", name="uq_jalon_place_structure_id_name"),
    )
    op.create_index("ix_jalon_place_commune_insee", "jalon_place", ["commune_insee"])
    op.create_index("ix_jalon_place_kind", "jalon_place", ["structure_id", "kind", "name"])
    op.create_index("ix_jalon_place_structure_id", "jalon_place", ["structure_id"])
    op.create_table(
        "jalon_referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(length=180), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("sent_by", sa.String(length=120), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_structure_id", sa.Integer(), nullable=False),
        sa.Column("to_structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_jalon_referral_state")
        ),
        sa.CheckConstraint("from_structure_id <> to_structure_id", name=op.f("ck_jalon_referral_another")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_referral_beneficiary_id"),
        sa.ForeignKeyConstraint(
            ["from_structure_id"], ["jalon_structure.id"], name="fk_jalon_referral_from_structure_id"
        ),
        sa.ForeignKeyConstraint(["to_structure_id"], ["jalon_structure.id"], name="fk_jalon_referral_to_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_referral"),
    )
    op.create_index("ix_jalon_referral_beneficiary_id", "jalon_referral", ["beneficiary_id"])
    op.create_index("ix_jalon_referral_from_structure_id", "jalon_referral", ["from_structure_id"])
    op.create_index("ix_jalon_referral_to_structure_id", "jalon_referral", ["to_structure_id"])
    op.create_table(
        "jalon_situation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(length=24), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("employment", sa.String(length=24), nullable=True),
        sa.Column("registered", sa.Boolean(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("income_band", sa.String(length=20), nullable=True),
        sa.Column("diploma", sa.String(length=24), nullable=True),
        sa.Column("vehicle", sa.String(length=24), nullable=True),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("single_parent", sa.Boolean(), nullable=True),
        sa.Column("rural_area", sa.Boolean(), nullable=True),
        sa.Column("precarious_housing", sa.Boolean(), nullable=True),
        sa.Column("jobless_household", sa.Boolean(), nullable=True),
        sa.Column("locked_at", INSTANT, nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("correction_reason", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "diploma IN ('below_3', 'level_3', 'level_4', 'level_5')", name=op.f("ck_jalon_situation_diploma")
        ),
        sa.CheckConstraint(
            "employment IN ('seeker_under_12', 'seeker_over_12', 'inactive', 'studying', 'permanent', 'fixed_6_months', 'short', 'insertion', 'apprentice', 'self_employed')",
            name=op.f("ck_jalon_situation_employment"),
        ),
        sa.CheckConstraint("moment IN ('entry', 'yearly', 'exit')", name=op.f("ck_jalon_situation_moment")),
        sa.CheckConstraint(
            "vehicle IN ('none', 'car', 'car_off_road', 'powered_two_wheeler', 'bike', 'ebike', 'light_car')",
            name=op.f("ck_jalon_situation_vehicle"),
        ),
        sa.CheckConstraint("children BETWEEN 0 AND 15", name=op.f("ck_jalon_situation_children")),
        sa.CheckConstraint("registered_on <= on_day", name=op.f("ck_jalon_situation_registered_on")),
        sa.CheckConstraint(
            "replaces_id IS NULL OR correction_reason IS NOT NULL", name=op.f("ck_jalon_situation_correction")
        ),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_situation_beneficiary_id"),
        sa.ForeignKeyConstraint(["replaces_id"], ["jalon_situation.id"], name="fk_jalon_situation_replaces_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_situation_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_situation"),
        sa.UniqueConstraint("replaces_id", name="uq_jalon_situation_replaces_id"),
    )
    op.create_index("ix_jalon_situation_beneficiary_id", "jalon_situation", ["beneficiary_id"])
    op.create_index("ix_jalon_situation_on_day", "jalon_situation", ["beneficiary_id", "on_day", "id"])
    op.create_index("ix_jalon_situation_structure_id", "jalon_situation", ["structure_id"])
    op.create_table(
        "jalon_timeline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_timeline_beneficiary_id"),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_timeline_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_timeline"),
    )
    op.create_index("ix_jalon_timeline_at", "jalon_timeline", ["beneficiary_id", "at", "id"])
    op.create_index("ix_jalon_timeline_beneficiary_id", "jalon_timeline", ["beneficiary_id"])
    op.create_index("ix_jalon_timeline_structure_id", "jalon_timeline", ["structure_id"])
    op.create_table(
        "jalon_beneficiary_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
            name="fk_jalon_beneficiary_reader_beneficiary_id_structure_id",
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["jalon_structure.id"], name="fk_jalon_beneficiary_reader_structure_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["jalon_user.id"], name="fk_jalon_beneficiary_reader_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_beneficiary_reader"),
        sa.UniqueConstraint(
            "beneficiary_id",
            "structure_id",
            "user_id",
            name="uq_jalon_beneficiary_reader_beneficiary_id_structure_id_user_id",
        ),
    )
    op.create_index("ix_jalon_beneficiary_reader_structure_id", "jalon_beneficiary_reader", ["structure_id"])
    op.create_index("ix_jalon_beneficiary_reader_user_id", "jalon_beneficiary_reader", ["user_id"])
    op.create_table(
        "jalon_merged_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_key", sa.String(length=200), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id", "structure_id"],
            ["jalon_merge.id", "jalon_merge.structure_id"],
            name="fk_jalon_merged_row_merge_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_merged_row_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_merged_row"),
    )
    op.create_index("ix_jalon_merged_row_merge", "jalon_merged_row", ["merge_id", "id"])
    op.create_index("ix_jalon_merged_row_structure_id", "jalon_merged_row", ["structure_id"])
    op.create_table(
        "jalon_organisation_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_organisation_remark_member_id_structure_id",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["jalon_organisation.id"], name="fk_jalon_organisation_remark_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["jalon_structure.id"], name="fk_jalon_organisation_remark_structure_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_organisation_remark"),
        sa.UniqueConstraint(
            "structure_id", "organisation_id", name="uq_jalon_organisation_remark_structure_id_organisation_id"
        ),
    )
    op.create_index("ix_jalon_organisation_remark_organisation_id", "jalon_organisation_remark", ["organisation_id"])
    op.create_index("ix_jalon_organisation_remark_structure_id", "jalon_organisation_remark", ["structure_id"])
    op.create_table(
        "jalon_partner_convention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_jalon_partner_convention_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["jalon_organisation.id"], name="fk_jalon_partner_convention_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["jalon_structure.id"], name="fk_jalon_partner_convention_structure_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_partner_convention"),
    )
    op.create_index("ix_jalon_partner_convention_organisation_id", "jalon_partner_convention", ["organisation_id"])
    op.create_index("ix_jalon_partner_convention_structure_id", "jalon_partner_convention", ["structure_id"])
    op.create_table(
        "jalon_referrer_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referrer_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("job_title", sa.String(length=80), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_jalon_referrer_post_period")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["jalon_organisation.id"], name="fk_jalon_referrer_post_organisation_id"
        ),
        sa.ForeignKeyConstraint(["referrer_id"], ["jalon_referrer.id"], name="fk_jalon_referrer_post_referrer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_referrer_post"),
    )
    op.create_index("ix_jalon_referrer_post_organisation_id", "jalon_referrer_post", ["organisation_id"])
    op.create_index("ix_jalon_referrer_post_referrer_id", "jalon_referrer_post", ["referrer_id", "first_day"])
    op.create_table(
        "jalon_situation_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("situation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=True),
        sa.Column("beneficiary_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('resource', 'licence')", name=op.f("ck_jalon_situation_item_kind")),
        sa.ForeignKeyConstraint(
            ["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_situation_item_beneficiary_id"
        ),
        sa.ForeignKeyConstraint(["situation_id"], ["jalon_situation.id"], name="fk_jalon_situation_item_situation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_situation_item"),
        sa.UniqueConstraint("situation_id", "kind", "value", name="uq_jalon_situation_item_situation_id_kind_value"),
    )
    op.create_index("ix_jalon_situation_item_beneficiary_id", "jalon_situation_item", ["beneficiary_id"])
    op.create_table(
        "jalon_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_table", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("next_title", sa.String(length=120), nullable=True),
        sa.Column("next_in_days", sa.Integer(), nullable=True),
        sa.Column("follows_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("beneficiary_id", sa.Integer(), nullable=True),
        sa.Column("structure_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("next_in_days > 0", name=op.f("ck_jalon_task_next_in_days")),
        sa.ForeignKeyConstraint(["beneficiary_id"], ["jalon_beneficiary.id"], name="fk_jalon_task_beneficiary_id"),
        sa.ForeignKeyConstraint(
            ["follows_id", "structure_id"],
            ["jalon_task.id", "jalon_task.structure_id"],
            name="fk_jalon_task_follows_id_structure_id",
        ),
        sa.ForeignKeyConstraint(
            ["member_id", "structure_id"],
            ["jalon_member.id", "jalon_member.structure_id"],
            name="fk_jalon_task_member_id_structure_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["jalon_structure.id"], name="fk_jalon_task_structure_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jalon_task"),
        sa.UniqueConstraint("structure_id", "id", name="uq_jalon_task_structure_id_id"),
    )
    op.create_index("ix_jalon_task_beneficiary_id", "jalon_task", ["beneficiary_id"])
    op.create_index("ix_jalon_task_due", "jalon_task", ["structure_id", "done_at", "due_on", "id"])
    op.create_index("ix_jalon_task_follows_id", "jalon_task", ["follows_id"])
    op.create_index("ix_jalon_task_member_id", "jalon_task", ["member_id", "done_at"])
    op.create_index("ix_jalon_task_structure_id", "jalon_task", ["structure_id"])
    op.create_index("ix_jalon_task_subject", "jalon_task", ["structure_id", "subject_table", "subject_id"])
    op.create_table(
        "jalon_territory",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["insee"], ["jalon_commune.insee"], name="fk_jalon_territory_insee"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["jalon_organisation.id"], name="fk_jalon_territory_organisation_id"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "insee", name="pk_jalon_territory"),
    )
    op.create_index("ix_jalon_territory_insee", "jalon_territory", ["insee"])


def downgrade():
    op.drop_table("jalon_territory")
    op.drop_table("jalon_task")
    op.drop_table("jalon_situation_item")
    op.drop_table("jalon_referrer_post")
    op.drop_table("jalon_partner_convention")
    op.drop_table("jalon_organisation_remark")
    op.drop_table("jalon_merged_row")
    op.drop_table("jalon_beneficiary_reader")
    op.drop_table("jalon_timeline")
    op.drop_table("jalon_situation")
    op.drop_table("jalon_referral")
    op.drop_table("jalon_place")
    op.drop_table("jalon_person_file")
    op.drop_table("jalon_organisation")
    op.drop_table("jalon_note")
    op.drop_table("jalon_merge")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE jalon_identity_fts")
    op.drop_table("jalon_identity")
    op.drop_table("jalon_duplicate_request")
    op.drop_table("jalon_document")
    op.drop_table("jalon_disabled_worker")
    op.drop_table("jalon_consent")
    op.drop_table("jalon_beneficiary_structure")
    op.drop_table("jalon_referrer")
    op.drop_table("jalon_personal_column")
    op.drop_table("jalon_beneficiary")
