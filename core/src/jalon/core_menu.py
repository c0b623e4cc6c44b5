"""The core's own part of the navigation."""

from __future__ import annotations

from jalon import referrals
from jalon.declarations import MenuItem
from jalon.i18n import Text, _l

FIRST: tuple[tuple[Text, tuple[MenuItem, ...]], ...] = (
    (
        _l("Persons"),
        (
            MenuItem(
                _l("On the telephone"),
                "jalon_phone_desk.index",
                "jalon.beneficiaries.read",
                icon="phone",
                within=("jalon_phone_desk",),
            ),
            MenuItem(
                _l("Persons"),
                "jalon_admin_beneficiary.index_view",
                "jalon.beneficiaries.read",
                icon="users",
                within=("jalon_person", "jalon_situations", "jalon_merges"),
            ),
            MenuItem(_l("Find a person"), "jalon_beneficiaries.found", "jalon.beneficiaries.read", icon="user-search"),
            MenuItem(
                _l("Referrals"),
                "jalon_referrals.index",
                "jalon.referrals.read",
                icon="arrow-left-right",
                within=("jalon_referrals",),
                waiting=referrals.waiting,
            ),
            MenuItem(
                _l("Messages"),
                "jalon_messages.index",
                "jalon.messages.read",
                icon="mail",
                within=("jalon_messages", "jalon_message_texts"),
            ),
            MenuItem(
                _l("Questions of the collective"),
                "jalon_duplicates.index",
                "jalon.beneficiaries.write",
                icon="message-circle-question-mark",
                within=("jalon_duplicates",),
            ),
            MenuItem(_l("Files to purge"), "jalon_person_duties.due", "jalon.beneficiaries.erase", icon="eraser"),
        ),
    ),
    (
        _l("Follow-up"),
        (
            MenuItem(_l("Tasks"), "jalon_tasks.index", "jalon.tasks.read", icon="list-checks"),
            MenuItem(_l("Documents"), "jalon_documents.index", "jalon.documents.read", icon="file-text"),
        ),
    ),
)
LAST: tuple[tuple[Text, tuple[MenuItem, ...]], ...] = (
    (
        _l("Partners"),
        (
            MenuItem(
                _l("Organisations"),
                "jalon_admin_organisation.index_view",
                "jalon.organisations.read",
                icon="building-2",
            ),
            MenuItem(
                _l("Prescripteurs"), "jalon_admin_referrer.index_view", "jalon.organisations.read", icon="contact"
            ),
            MenuItem(
                _l("Conventions"),
                "jalon_admin_partner_convention.index_view",
                "jalon.organisations.read",
                icon="handshake",
            ),
            MenuItem(_l("Places"), "jalon_admin_place.index_view", "jalon.places.read", icon="map-pin"),
        ),
    ),
    (
        _l("Lists"),
        (
            MenuItem(_l("Import a list"), "jalon_imports.index", "jalon.imports", icon="upload"),
            MenuItem(_l("Export a list"), "jalon_exports.index", "jalon.exports", icon="download"),
        ),
    ),
    (
        _l("Settings"),
        (
            MenuItem(
                _l("All settings"),
                "jalon_settings.index",
                "jalon.settings.read",
                icon="settings",
                within=("jalon_settings", "jalon_structure"),
            ),
            MenuItem(_l("Closures"), "jalon_admin_closure.index_view", "jalon.settings.read", icon="calendar-off"),
            MenuItem(
                _l("Members"),
                "jalon_admin_member.index_view",
                "jalon.members.read",
                icon="user-cog",
                within=("jalon_members", "jalon_joining"),
            ),
            MenuItem(
                _l("Modules"), "jalon_modules.index", "jalon.modules.read", icon="puzzle", within=("jalon_modules",)
            ),
            MenuItem(
                _l("Automatic tasks"), "jalon_jobs.index", "jalon.jobs.read", icon="clock", within=("jalon_jobs",)
            ),
            MenuItem(_l("Check of the installation"), "jalon_check.index", "jalon.checks.read", icon="shield-check"),
            MenuItem(_l("Backups"), "jalon_backups.index", "jalon.backups.read", icon="hard-drive"),
        ),
    ),
    (
        _l("Traces"),
        (
            MenuItem(
                _l("History"), "jalon_history.index", "jalon.history.read", icon="history", within=("jalon_history",)
            ),
            MenuItem(
                _l("Who read what"),
                "jalon_access_log.index",
                "jalon.access_log.read",
                icon="eye",
                within=("jalon_access_log",),
            ),
        ),
    ),
    (
        _l("Jalon"),
        (
            MenuItem(_l("About Jalon"), "jalon_about.about", "jalon.home", icon="tag"),
            MenuItem(_l("Style guide"), "jalon_about.styleguide", "jalon.styleguide", icon="layers"),
        ),
    ),
)
ACTIONS: tuple[MenuItem, ...] = (
    MenuItem(_l("Add a person"), "jalon_beneficiaries.new", "jalon.beneficiaries.write", icon="plus"),
    MenuItem(
        _l("Add an organisation"),
        "jalon_admin_organisation.create_view",
        "jalon.organisations.write",
        icon="plus",
    ),
    MenuItem(_l("Add a prescripteur"), "jalon_admin_referrer.create_view", "jalon.organisations.write", icon="plus"),
    MenuItem(_l("Add a place"), "jalon_admin_place.create_view", "jalon.places.write", icon="plus"),
    MenuItem(_l("Import a list"), "jalon_imports.index", "jalon.imports", icon="upload"),
    MenuItem(_l("Invite somebody"), "jalon_joining.invite", "jalon.members.write", icon="plus"),
)
