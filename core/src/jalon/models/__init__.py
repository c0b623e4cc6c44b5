"""The core's tables."""

from jalon.models.attached import Document, DocumentKind, Note, Task
from jalon.models.beneficiary import FILE_STEPS, Beneficiary, BeneficiaryReader, BeneficiaryStructure, FileState
from jalon.models.commune import Commune
from jalon.models.erasure import Cause, Erasure
from jalon.models.history import AccessEntry, HistoryEntry, HistoryValue
from jalon.models.identity import Channel, Identity, Title
from jalon.models.imports import IMPORT_STEPS, Choice, Export, Import, ImportRow, ImportState, RowState
from jalon.models.job import JOB_STEPS, JobState, QueuedJob, Upkeep
from jalon.models.link import Link
from jalon.models.member_event import MemberChange, MemberEvent
from jalon.models.merge import Apart, Merge, MergedRow, PersonalColumn
from jalon.models.message import MESSAGE_STEPS, Message, MessageChannel, MessageState, MessageText
from jalon.models.module import EnabledModule, InstalledModule, ModuleEvent, OpenDuty
from jalon.models.number import Number
from jalon.models.organisation import (
    Organisation,
    OrganisationKind,
    OrganisationRemark,
    PartnerConvention,
    Territory,
)
from jalon.models.person_file import (
    DisabledWorker,
    File,
    Housing,
    LegalProtection,
    NationalityGroup,
    PriorityDistrict,
)
from jalon.models.place import Place, PlaceKind
from jalon.models.published import REFERRAL_STEPS, DuplicateRequest, Referral, ReferralState, SentForm, TimelineEntry
from jalon.models.referrer import Referrer, ReferrerPost
from jalon.models.resource import Occupation, OccupationKind, Resource
from jalon.models.saved_view import BulkChange, SavedView
from jalon.models.setting import Closure, Logo, SchoolHoliday, Setting
from jalon.models.sign_in import AccountEvent, AccountLink, Attempt, OpenSession, RecoveryCode
from jalon.models.situation import (
    Agreement,
    Consent,
    Diploma,
    Employment,
    Moment,
    OwnVehicle,
    Proof,
    Purpose,
    Situation,
    SituationItem,
)
from jalon.models.structure import Structure, StructureAlias
from jalon.models.user import Member, MemberRole, User

__all__ = [
    "FILE_STEPS",
    "IMPORT_STEPS",
    "JOB_STEPS",
    "MESSAGE_STEPS",
    "REFERRAL_STEPS",
    "AccessEntry",
    "AccountEvent",
    "AccountLink",
    "Agreement",
    "Apart",
    "Attempt",
    "Beneficiary",
    "BeneficiaryReader",
    "BeneficiaryStructure",
    "BulkChange",
    "Cause",
    "Channel",
    "Choice",
    "Closure",
    "Commune",
    "Consent",
    "Diploma",
    "DisabledWorker",
    "Document",
    "DocumentKind",
    "DuplicateRequest",
    "Employment",
    "EnabledModule",
    "Erasure",
    "Export",
    "File",
    "FileState",
    "HistoryEntry",
    "HistoryValue",
    "Housing",
    "Identity",
    "Import",
    "ImportRow",
    "ImportState",
    "InstalledModule",
    "JobState",
    "LegalProtection",
    "Link",
    "Logo",
    "Member",
    "MemberChange",
    "MemberEvent",
    "MemberRole",
    "Merge",
    "MergedRow",
    "Message",
    "MessageChannel",
    "MessageState",
    "MessageText",
    "ModuleEvent",
    "Moment",
    "NationalityGroup",
    "Note",
    "Number",
    "Occupation",
    "OccupationKind",
    "OpenDuty",
    "OpenSession",
    "Organisation",
    "OrganisationKind",
    "OrganisationRemark",
    "OwnVehicle",
    "PartnerConvention",
    "PersonalColumn",
    "Place",
    "PlaceKind",
    "PriorityDistrict",
    "Proof",
    "Purpose",
    "QueuedJob",
    "RecoveryCode",
    "Referral",
    "ReferralState",
    "Referrer",
    "ReferrerPost",
    "Resource",
    "RowState",
    "SavedView",
    "SchoolHoliday",
    "SentForm",
    "Setting",
    "Situation",
    "SituationItem",
    "Structure",
    "StructureAlias",
    "Task",
    "Territory",
    "TimelineEntry",
    "Title",
    "Upkeep",
    "User",
]
