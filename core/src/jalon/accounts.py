"""Who somebody is, and what each role lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import invitations, passwords
from jalon.core_rights import EVERY_MEMBER, GRANTS, PERMISSIONS, PLATFORM_ADMIN, ROLES
from jalon.db import explains
from jalon.declarations import Permission, Role
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import User
from jalon.passwords import WeakPassword as WeakPassword
from jalon.registry import Registry
from jalon.scope import Actor
from jalon.texts import EMAIL, tidy

hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # about 20 ms, docs/decisions/0008

# what the To of a message reads as something else than one address is none: (comment), <other@address>, a, b
LONGEST_EMAIL, LONGEST_NAME = 254, 120  # characters


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


class BadEmail(DomainError):
    """What was typed is no e-mail address."""

    field = "email"
    message = _l("An e-mail address reads zoe@example.org, in at most 254 characters.")


@explains("uq_jalon_user_email")
class EmailTaken(DomainError):
    """Another account has this address."""

    field = "email"
    message = _l("This address already has an account.")


class BadName(DomainError):
    """Nobody is named, or at too great a length."""

    field = "name"
    message = _l("Say a first and a last name, in at most 120 characters.")


class AccountClosed(DomainError):
    """Somebody had this account and it was closed."""

    message = _l("The account of this address was closed.")
    field = "email"


@cache
def _dummy_hash() -> str:
    return hasher.hash("nobody has this password")


def check_password(session: Session, email: str, password: str) -> User:
    """The account of that address. Raises BadCredentials, after the same time whether the address exists or not."""
    stranger = _dummy_hash()  # made at the first sign-in, whoever it is for
    user = session.scalar(select(User).where(User.email == address_of(email), User.closed_at.is_(None)))
    known = user.password_hash if user and user.password_hash else stranger
    try:
        hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        raise BadCredentials from None
    if user is None or user.password_hash is None:
        raise BadCredentials
    return user


def address_of(typed: str) -> str:
    """An e-mail address as accounts are found by it, whether or not it is one."""
    return tidy(typed).lower()  # PostgreSQL takes no NUL


def email_of(typed: str) -> str:
    """An address as accounts keep it, in lower case. Raises BadEmail."""
    address = tidy(typed).lower()
    if len(address) > LONGEST_EMAIL or not EMAIL.fullmatch(address):
        raise BadEmail
    return address


def name_of(typed: str) -> str:
    """Somebody's name as it is kept. Raises BadName."""
    name = " ".join(tidy(typed).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadName
    return name


def add(session: Session, email: str, *, name: str, password: str, admin: bool = False) -> User:
    """Open an account with a password. Raises BadEmail, EmailTaken, BadName, WeakPassword."""
    user = User(email=email_of(email), name=name_of(name), is_platform_admin=admin)
    if _free(session, user.email) is None:
        raise EmailTaken
    set_password(user, password)
    session.add(user)
    session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Give an account another password. Raises WeakPassword."""
    passwords.check(user, password)
    user.password_hash = hasher.hash(password)


def invite(session: Session, email: str, name: str) -> tuple[User, str]:
    """The account of that address, made without a password when new, and the token of an invitation for it.

    `session` works over all structures. The caller commits, then calls `invitations.send(user, token,
    "invitation")`. Raises BadEmail, BadName, AccountClosed.
    """
    address = email_of(email)
    user = session.scalar(select(User).where(User.email == address))
    if user is None:
        user = User(email=address, name=name_of(name or address))
        session.add(user)
        session.flush()
    if user.closed_at is not None:
        raise AccountClosed
    return user, invitations.issue(session, user, "invitation")


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
    """The address, unless another account has it or it is none."""
    address = tidy(email).lower() if email else None
    if address is not None and len(address) > LONGEST_EMAIL:
        return None
    return None if session.scalar(select(User.id).where(User.email == address)) is not None else address


def actor_of(user: User) -> Actor:
    return Actor(user.name, user.id, user.is_platform_admin)


def confidential(registry: Registry) -> frozenset[str]:
    """The rights to read what is nobody else's business."""
    return frozenset(p.name for p in all_permissions(registry) if p.confidential)


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


def all_permissions(registry: Registry) -> list[Permission]:
    """The core's rights, then those of the loaded modules."""
    return [*PERMISSIONS, *(p for module in registry.loaded() for p in module.plugin.permissions)]


def label_of(registry: Registry, permission: str) -> str:
    """What a right allows, in the reader's language."""
    return next((str(p.label) for p in all_permissions(registry) if p.name == permission), permission)


def role_label(registry: Registry, role: str) -> str:
    """A role in the reader's language; its own name when the module that declared it is gone."""
    return next((str(r.label) for r in all_roles(registry) if r.slug == role), role)


def is_confidential(registry: Registry, permission: str) -> bool:
    """Whether what a right lets one read is logged."""
    known = [*PERMISSIONS, *(p for module in registry.loaded() for p in module.plugin.permissions)]
    return any(p.confidential for p in known if p.name == permission)


def roles_with(registry: Registry, permission: str) -> list[str]:
    """Labels of the roles that hold a right by default."""
    holders = {role for role, rights in GRANTS.items() if permission in rights}
    for module in registry.loaded():
        holders |= {role for role, rights in module.plugin.grants.items() if permission in rights}
    return sorted(str(role.label) for role in all_roles(registry) if role.slug in holders)
