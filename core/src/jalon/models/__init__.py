"""The core's tables."""

from jalon.models.commune import Commune
from jalon.models.link import Link
from jalon.models.module import EnabledModule, InstalledModule, ModuleEvent, OpenDuty
from jalon.models.resource import Occupation, OccupationKind, Resource
from jalon.models.structure import Structure, StructureAlias
from jalon.models.user import Member, MemberRole, User

__all__ = [
    "Commune",
    "EnabledModule",
    "InstalledModule",
    "Link",
    "Member",
    "MemberRole",
    "ModuleEvent",
    "Occupation",
    "OccupationKind",
    "OpenDuty",
    "Resource",
    "Structure",
    "StructureAlias",
    "User",
]
