"""Rules of members: joining a structure, changing, getting an account; who is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from jalon import tenures
from jalon.clock import today
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, MemberChange, MemberRole, Structure, User
from jalon.scope import StructureRef, scope_of, structure_of
from jalon.tenures import DIRECTION, Held
from jalon.texts import EMAIL, tidy


class NameNeeded(DomainError):
    """A member without a name."""

    field = "name"
    message = _l("Say who it is.")


class BadAddress(DomainError):
    """What was typed is no e-mail address."""

    field = "work_email"
    message = _l("An e-mail address reads name@example.org.")


@explains("uq_jalon_member_structure_id_user_id")
class AlreadyMember(DomainError):
    """Somebody is a member of a structure once."""

    field = "email"
    message = _l("This person is already a member: look in the list, also among those who left.")


class AlreadyLeft(DomainError):
    """Who left does not leave again, nor change."""

    message = _l("This person has already left.")


class SignInAddress(BadAddress):
    """The address somebody would sign in with is none."""

    field = "email"


class AccountIsClosed(DomainError):
    """The account of that address was closed."""

    field = "email"
    message = _l("The account of this address was closed: a platform administrator can open it again.")


class HasAccount(DomainError):
    """A member has one account, and keeps it."""

    field = "email"
    message = _l("This member already signs in: their address is changed by themselves or a platform administrator.")


def join(
    session: Session,
    structure: Structure | StructureRef,
    user: User | None,
    *,
    name: str = "",
    work_email: str | None = None,
    phone: str | None = None,
    joined_on: date | None = None,
    roles: Iterable[str | Held] = (),
) -> Member:
    """Make somebody a member of a structure with these roles.

    Raises NameNeeded, BadAddress, AlreadyMember, and whatever `tenures.give` raises.
    """
    member = Member(structure_id=structure.id, user_id=user.id if user else None)
    _describe(member, name or (user.name if user else ""), work_email, phone, joined_on)
    if user is not None and _is_member(session, structure.id, user.id):
        raise AlreadyMember
    session.add(member)
    session.flush()
    _note_and_give(session, member, MemberChange.JOINED, roles)
    return member


def _note_and_give(session: Session, member: Member, kind: MemberChange, wanted: Iterable[str | Held]) -> None:
    tenures.note(session, member, kind)
    tenures.give(session, member, [Held(held) if isinstance(held, str) else held for held in wanted])


def _is_member(session: Session, structure_id: int, user_id: int) -> bool:
    query = select(Member.id).where(Member.structure_id == structure_id, Member.user_id == user_id)
    return session.scalar(query) is not None


def change(
    session: Session,
    member: Member,
    *,
    name: str,
    work_email: str | None = None,
    phone: str | None = None,
    joined_on: date | None = None,
    roles: Iterable[Held],
) -> list[Held]:
    """Correct a member and their roles; returns the roles somebody just gave themselves.

    Raises AlreadyLeft for roles of who left, NameNeeded, BadAddress, and whatever `tenures.give` raises.
    """
    wanted = list(roles)
    _describe(member, name, work_email, phone, joined_on)
    session.flush()
    if member.left_at is not None:
        if sorted(wanted, key=lambda held: held.role) != tenures.of(member):
            raise AlreadyLeft
        return []
    return tenures.give(session, member, wanted)


def _describe(
    member: Member, name: str | None, work_email: str | None, phone: str | None, joined_on: date | None
) -> None:
    member.name = " ".join(tidy(name or "").split())
    if not member.name:
        raise NameNeeded
    member.work_email = tidy(work_email or "") or None
    if member.work_email and not EMAIL.fullmatch(member.work_email):
        raise BadAddress
    member.phone, member.joined_on = (phone or "").strip() or None, joined_on


def of_actor(session: Session) -> Member | None:
    """The member that acts in this session; None for a command, a visitor or a platform administrator from outside."""
    actor = scope_of(session).actor.user_id
    if actor is None:
        return None
    return session.scalar(select(Member).where(Member.user_id == actor, Member.left_at.is_(None)))


def with_role(session: Session, role: str) -> list[Member]:
    """Who holds a role today in the structure, with an account that is open, by name."""
    day = today(scope_of(session).zone)
    query = (
        select(Member)
        .join(MemberRole, MemberRole.member_id == Member.id)
        .join(Member.user)
        .where(MemberRole.role == role, tenures.on_day(day), Member.left_at.is_(None), User.closed_at.is_(None))
    )
    return list(session.scalars(query.options(contains_eager(Member.user)).order_by(Member.in_order, Member.id)))


def tell_direction(session: Session) -> Sequence[str]:
    """Addresses of the direction, whoever acts left out: whom to tell that somebody gave themselves a role."""
    actor = scope_of(session).actor.user_id
    people = [m for m in with_role(session, DIRECTION) if m.user_id != actor]
    return sorted({address for m in people if (address := m.work_email or (m.user.email if m.user else None))})


def account(session: Session, email: str, *, name: str) -> User:
    """The account of an address, made without password when there is none.

    `session` works across structures. Raises SignInAddress, AccountIsClosed.
    """
    address = tidy(email).lower()
    if not EMAIL.fullmatch(address):
        raise SignInAddress
    user = session.scalar(select(User).where(User.email == address))
    if user is None:
        user = User(email=address, name=" ".join(tidy(name).split()) or address[:120])
        session.add(user)
        session.flush()
    if user.closed_at is not None:
        raise AccountIsClosed
    return user


def never_signed_in(user: User) -> bool:
    """Whether an account waits for its owner to choose a password, no host knowing them either."""
    return user.password_hash is None and user.external_id is None


def opens_more(session: Session, user: User) -> bool:
    """Whether an account opens more than the session's own structure: another one, or the whole platform.

    `session` works across structures.
    """
    here = structure_of(session).id
    elsewhere = select(Member.id).where(Member.user_id == user.id, Member.structure_id != here)
    return user.is_platform_admin or session.scalar(elsewhere.limit(1)) is not None


def give_account(session: Session, member: Member, user: User) -> list[Held]:
    """Let a member sign in with that account; one that was never used may be exchanged.

    Returns the roles that somebody gave themselves by it. Raises AlreadyLeft, HasAccount, AlreadyMember, OwnRole.
    """
    if member.left_at is not None:
        raise AlreadyLeft
    if member.user is not None and member.user_id != user.id and not never_signed_in(member.user):
        raise HasAccount
    if member.user_id == user.id:
        return []
    if _is_member(session, member.structure_id, user.id):
        raise AlreadyMember
    own = tenures.take_over(session, member) if user.id == scope_of(session).actor.user_id else []
    member.user = user
    session.flush()
    return own
