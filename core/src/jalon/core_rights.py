"""The core's own roles and rights, and which role holds which by default."""

from __future__ import annotations

from jalon.declarations import Permission, Role
from jalon.i18n import _l

ROLES = (
    Role("direction", _l("Direction")),
    Role("conseiller", _l("Mobility adviser")),
    Role("accueil", _l("Front desk")),
    Role("comptable", _l("Accountant")),
)
PERMISSIONS = (
    Permission("jalon.home", _l("open the structure's dashboard")),
    Permission("jalon.modules.read", _l("see the modules")),
    Permission("jalon.modules.switch", _l("switch modules on and off")),
    Permission("jalon.members.read", _l("see the members and their rights")),
    Permission("jalon.members.write", _l("invite members, give roles and end them")),
    Permission("jalon.members.see_as", _l("look at the site as a member sees it")),
    Permission("jalon.settings.read", _l("see the structure's settings")),
    Permission("jalon.settings.write", _l("change the structure's settings")),
    Permission("jalon.history.read", _l("read the history of the whole structure"), confidential=True),
    Permission("jalon.access_log.read", _l("see who read what is confidential")),
    Permission("jalon.jobs.read", _l("see the automatic tasks")),
    Permission("jalon.jobs.write", _l("try automatic tasks again and cancel them")),
    Permission("jalon.checks.read", _l("see whether the installation is well")),
    Permission("jalon.first_steps", _l("take the first steps of a structure")),
    Permission("jalon.beneficiaries.read", _l("see persons: identity and contact")),
    Permission("jalon.beneficiaries.write", _l("add persons and change their identity and contact")),
    Permission("jalon.beneficiaries.restrict", _l("protect a person's file and name its readers")),
    Permission("jalon.social.read", _l("read a person's social situation"), confidential=True),
    Permission("jalon.social.write", _l("note a person's social situation")),
    Permission("jalon.health.read", _l("read a person's recognition as a disabled worker (RQTH)"), confidential=True),
    Permission("jalon.organisations.read", _l("see the directory of partners")),
    Permission("jalon.organisations.write", _l("keep the directory of partners that all structures share")),
    Permission("jalon.remarks.write", _l("write the structure's own remarks on partners")),
    Permission("jalon.conventions.write", _l("record conventions with partners")),
    Permission("jalon.places.read", _l("see the places")),
    Permission("jalon.places.write", _l("add, change and archive places")),
    Permission("jalon.notes.read", _l("read notes that may be shared")),
    Permission("jalon.notes.write", _l("write notes")),
    Permission("jalon.notes.internal", _l("read and write internal notes"), confidential=True),
    Permission("jalon.tasks.read", _l("see the tasks")),
    Permission("jalon.tasks.write", _l("plan tasks and say that they are done")),
    Permission("jalon.documents.read", _l("see documents and open their copies")),
    Permission("jalon.documents.write", _l("add and remove documents")),
)
FOLLOWING = (
    "jalon.notes.read",
    "jalon.notes.write",
    "jalon.tasks.read",
    "jalon.tasks.write",
    "jalon.documents.read",
    "jalon.documents.write",
)
PARTNERS = ("jalon.organisations.read", "jalon.organisations.write", "jalon.remarks.write", "jalon.places.read")
LOOKING_UP = ("jalon.beneficiaries.read", "jalon.organisations.read", "jalon.places.read")
GRANTS: dict[str, tuple[str, ...]] = {
    "direction": (
        "jalon.modules.read",
        "jalon.members.read",
        "jalon.members.write",
        "jalon.members.see_as",
        "jalon.settings.read",
        "jalon.settings.write",
        "jalon.history.read",
        "jalon.access_log.read",
        "jalon.jobs.read",
        "jalon.jobs.write",
        "jalon.beneficiaries.read",
        "jalon.beneficiaries.restrict",
        "jalon.social.read",
        *PARTNERS,
        "jalon.conventions.write",
        "jalon.places.write",
        *FOLLOWING,
        "jalon.notes.internal",
    ),
    "conseiller": (
        "jalon.beneficiaries.read",
        "jalon.beneficiaries.write",
        "jalon.beneficiaries.restrict",
        "jalon.social.read",
        "jalon.social.write",
        "jalon.health.read",
        *PARTNERS,
        "jalon.places.write",
        *FOLLOWING,
        "jalon.notes.internal",
    ),
    "accueil": ("jalon.beneficiaries.read", "jalon.beneficiaries.write", *PARTNERS, *FOLLOWING),
    "comptable": ("jalon.organisations.read",),
    "agent_location": (*LOOKING_UP, *FOLLOWING),
    "regulateur": (*LOOKING_UP, *FOLLOWING),
    "formateur": ("jalon.beneficiaries.read",),
    "referent_permis": ("jalon.beneficiaries.read",),
}
EVERY_MEMBER = frozenset({"jalon.home"})
PLATFORM_ADMIN = frozenset(
    {
        "jalon.home",
        "jalon.modules.read",
        "jalon.modules.switch",
        "jalon.members.read",
        "jalon.members.write",
        "jalon.settings.read",
        "jalon.settings.write",
        "jalon.jobs.read",
        "jalon.jobs.write",
        "jalon.checks.read",
        "jalon.first_steps",
    }
)
