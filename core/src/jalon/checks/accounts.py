"""People: demo accounts, administrators with a password alone, structures nobody leads."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select

from jalon.checks.check import Finding, Place, check
from jalon.i18n import _, _l, ngettext
from jalon.models import Member, MemberRole, Structure, User


@check(_l("Somebody administers the platform."))
def administrator(place: Place) -> Iterator[Finding]:
    """Without one nobody can switch a module on."""
    if not _count(place, User.is_platform_admin.is_(True)):
        sentence = _("Nobody administers the platform.")
        yield Finding("administrator", "bad", sentence, _("Run “jalon first-steps”, or “jalon user add --admin”."))


@check(_l("No account has a public password."))
def demo_accounts(place: Place) -> Iterator[Finding]:
    """In production such a site refuses to start."""
    if place.in_production and (n := _count(place, User.is_demo.is_(True))):
        sentence = ngettext(
            "%(n)s demo account has a public password.", "%(n)s demo accounts have a public password.", n
        )
        yield Finding("demo_accounts", "bad", sentence, _("Run “JALON_ENV=demo jalon demo purge”."))


@check(_l("All platform administrators have a second factor."))
def second_factor(place: Place) -> Iterator[Finding]:
    """Those of the demo excepted, and those a host signs in."""
    n = _count(
        place,
        User.is_platform_admin.is_(True),
        User.is_demo.is_(False),
        User.password_hash.is_not(None),
        User.totp_since.is_(None),
    )
    if n:
        sentence = ngettext(
            "%(n)s platform administrator signs in with a password alone.",
            "%(n)s platform administrators sign in with a password alone.",
            n,
        )
        mend = _("Each of them adds a second factor in their own account.")
        yield Finding("second_factor", "bad" if place.in_production else "warning", sentence, mend)


@check(_l("Every structure has a direction."))
def direction(place: Place) -> Iterator[Finding]:
    """Somebody must be able to give roles there."""
    led = (
        select(Member.structure_id)
        .join(MemberRole, MemberRole.member_id == Member.id)
        .where(Member.left_at.is_(None), MemberRole.role == "direction")
    )
    query = select(Structure.name).where(Structure.closed_at.is_(None), Structure.id.not_in(led))
    if names := list(place.session.scalars(query.order_by(Structure.name).limit(20))):
        sentence = _("Without direction: %(names)s.", names=", ".join(names))
        yield Finding("direction", "warning", sentence, _("Give somebody there the role “Direction”."))


def _count(place: Place, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(User).where(User.closed_at.is_(None), *conditions)
    return place.session.scalar(query) or 0
