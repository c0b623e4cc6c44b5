"""The core's tables."""

from jalon.models.commune import Commune
from jalon.models.history import AccessEntry, HistoryEntry, HistoryValue
from jalon.models.link import Link
from jalon.models.member_event import MemberChange, MemberEvent
from jalon.models.module import EnabledModule, InstalledModule, ModuleEvent, OpenDuty
from jalon.models.resource import Occupation, OccupationKind, Resource
from jalon.models.setting import Closure, Logo, SchoolHoliday, Setting
from jalon.models.sign_in import AccountEvent, AccountLink, Attempt, OpenSession, RecoveryCode
from jalon.models.structure import Structure, StructureAlias
from jalon.models.user import Member, MemberRole, User

__all__ = [
    "AccessEntry",
    "AccountEvent",
    "AccountLink",
    "Attempt",
    "Closure",
    "Commune",
    "EnabledModule",
    "HistoryEntry",
    "HistoryValue",
    "InstalledModule",
    "Link",
    "Logo",
    "Member",
    "MemberChange",
    "MemberEvent",
    "MemberRole",
    "ModuleEvent",
    "Occupation",
    "OccupationKind",
    "OpenDuty",
    "OpenSession",
    "RecoveryCode",
    "Resource",
    "SchoolHoliday",
    "Setting",
    "Structure",
    "StructureAlias",
    "User",
]
