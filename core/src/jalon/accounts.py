"""Who somebody is, where they work and what they may do there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import modules, structures
from jalon.declarations import Permission, Role
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, MemberRole, Structure, User
from jalon.registry import Registry
from jalon.scope import Actor, Scope

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # about 20 ms, docs/decisions/0008

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
    Permission("jalon.beneficiaries.read", _l("see people's identity and how to reach them")),
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
GRANTS: dict[str, tuple[str, ...]] = {
    "direction": (
        "jalon.modules.read",
        "jalon.beneficiaries.read",
        *PARTNERS,
        "jalon.conventions.write",
        "jalon.places.write",
        *FOLLOWING,
        "jalon.notes.internal",
    ),
    "conseiller": (
        "jalon.beneficiaries.read",
        *PARTNERS,
        "jalon.places.write",
        *FOLLOWING,
        "jalon.notes.internal",
    ),
    "accueil": ("jalon.beneficiaries.read", *PARTNERS, *FOLLOWING),
    "comptable": ("jalon.organisations.read",),
    "agent_location": ("jalon.organisations.read", "jalon.places.read", *FOLLOWING),
    "regulateur": ("jalon.organisations.read", "jalon.places.read", *FOLLOWING),
}
EVERY_MEMBER = frozenset({"jalon.home"})
PLATFORM_ADMIN = frozenset({"jalon.home", "jalon.modules.read", "jalon.modules.switch"})


@dataclass(frozen=True)
class Identity:
    """Somebody who signed in, as the host or our own sign-in says it.

    `roles` are role slugs in the structure of the mount, or `structure/role` where several are mounted;
    a host that names none leaves rights to Jalon's own members.
    """

    name: str
    external_id: str | None = None
    user_id: int | None = None
    email: str | None = None
    roles: tuple[str, ...] = ()


class BadCredentials(DomainError):
    """No such account, or not its password: the sentence never says which."""

    message = _l("This address and this password do not go together.")


@cache
def _dummy_hash() -> str:
    return hasher.hash("nobody has this password")


def check_password(session: Session, email: str, password: str) -> User:
    """The account of that address. Raises BadCredentials, after the same time whether the address exists or not."""
    stranger = _dummy_hash()  # made at the first sign-in, whoever it is for
    address = email.replace("\0", "").strip().lower()  # PostgreSQL takes no NUL
    user = session.scalar(select(User).where(User.email == address, User.closed_at.is_(None)))
    known = user.password_hash if user and user.password_hash else stranger
    try:
        hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        raise BadCredentials from None
    if user is None or user.password_hash is None:
        raise BadCredentials
    return user


def set_password(user: User, password: str) -> None:
    user.password_hash = hasher.hash(password)


def user_of(session: Session, identity: Identity) -> User | None:
    """The open account of an identity, None when this is its first sight or when it says nobody's id."""
    user = _account_of(session, identity)
    return user if user is not None and user.closed_at is None else None


def _account_of(session: Session, identity: Identity) -> User | None:
    if identity.user_id is not None:
        return session.get(User, identity.user_id)
    if not identity.external_id:  # an id that is absent is not the id of all who have none
        return None
    return session.scalar(select(User).where(User.external_id == identity.external_id))


def welcome(session: Session, identity: Identity) -> User | None:
    """The account of somebody a host identified, made on first sight; None for one that was closed here."""
    if (user := _account_of(session, identity)) is None:
        try:
            with session.begin_nested():
                email = _free(session, identity.email)
                user = User(external_id=identity.external_id, name=identity.name[:120], email=email)
                session.add(user)
        except IntegrityError:  # the same person's first two requests at once
            user = _account_of(session, identity)
    return user if user is not None and user.closed_at is None else None


def _free(session: Session, email: str | None) -> str | None:
    """The address, unless another account has it."""
    address = email.strip().lower() if email else None
    return None if session.scalar(select(User.id).where(User.email == address)) is not None else address


def actor_of(user: User) -> Actor:
    return Actor(user.name, user.id, user.is_platform_admin)


def scope_in(
    session: Session, registry: Registry, structure: Structure, *, actor: Actor, host_roles: Sequence[str] = ()
) -> Scope | None:
    """The scope of somebody in a structure; None for who neither works there nor administers the platform."""
    member = session.scalar(
        select(Member.id).where(
            Member.structure_id == structure.id, Member.user_id == actor.user_id, Member.left_at.is_(None)
        )
    )
    roles = _roles_here(host_roles, structure.slug)
    if member is None and not roles and not actor.platform_admin:
        return None
    if member is not None:
        roles |= set(session.scalars(select(MemberRole.role).where(MemberRole.member_id == member)))
    enabled = modules.read_enabled(session, registry, structure.id)
    return Scope(
        structure=structures.ref(structure),
        actor=actor,
        enabled=enabled,
        permissions=permissions_of(registry, roles, enabled, member=bool(member or roles), admin=actor.platform_admin),
        zone=ZoneInfo(structure.zone),
    )


def _roles_here(host_roles: Sequence[str], slug: str) -> set[str]:
    """`agent` counts everywhere it is said, `relais/agent` at relais only."""
    split = [role.rpartition("/") for role in host_roles]
    return {role for where, _, role in split if where in ("", slug)}


def permissions_of(
    registry: Registry, roles: set[str], enabled: frozenset[str], *, member: bool, admin: bool
) -> frozenset[str]:
    """The rights of these roles in a structure with these modules enabled."""
    held = set(EVERY_MEMBER if member else ()) | set(PLATFORM_ADMIN if admin else ())
    for role in roles:
        held.update(GRANTS.get(role, ()))
        for slug in enabled:
            module = registry.get(slug)
            held.update(module.plugin.grants.get(role, ()) if module else ())
    return frozenset(held)


def all_roles(registry: Registry) -> list[Role]:
    """The core's roles, then those of the loaded modules."""
    return [*ROLES, *(role for module in registry.loaded() for role in module.plugin.roles)]


def label_of(registry: Registry, permission: str) -> str:
    """What a right allows, in the reader's language."""
    known = [*PERMISSIONS, *(p for module in registry.loaded() for p in module.plugin.permissions)]
    return next((str(p.label) for p in known if p.name == permission), permission)


def roles_with(registry: Registry, permission: str) -> list[str]:
    """Labels of the roles that hold a right by default."""
    holders = {role for role, rights in GRANTS.items() if permission in rights}
    for module in registry.loaded():
        holders |= {role for role, rights in module.plugin.grants.items() if permission in rights}
    return sorted(str(role.label) for role in all_roles(registry) if role.slug in holders)


def structures_of(session: Session, actor: Actor, host_roles: Sequence[str] = ()) -> list[Structure]:
    """Where somebody can work: their own structures, or all for a platform administrator."""
    query = select(Structure).where(Structure.closed_at.is_(None)).order_by(Structure.name)
    if not actor.platform_admin:
        named = {role.rpartition("/")[0] for role in host_roles}
        mine = select(Member.structure_id).where(Member.user_id == actor.user_id, Member.left_at.is_(None))
        query = query.where(Structure.id.in_(mine) | Structure.slug.in_(named))
    return list(session.scalars(query))


def first_place(session: Session, user: User, places: Sequence[Structure]) -> Structure:
    """Where to land after signing in: a structure one works in before one that one only administers."""
    mine = set(session.scalars(select(Member.structure_id).where(Member.user_id == user.id, Member.left_at.is_(None))))
    return next((p for p in places if p.id in mine), places[0])


def join(
    session: Session, structure: Structure, user: User | None, *, name: str = "", roles: Sequence[str] = ()
) -> Member:
    """Make somebody a member of a structure with these roles."""
    member = Member(
        structure_id=structure.id, user_id=user.id if user else None, name=name or (user.name if user else "")
    )
    member.roles = [MemberRole(role=role, structure_id=structure.id) for role in roles]
    session.add(member)
    session.flush()
    return member
