"""Inviting: an account for a new member, or for one who had none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired, Length

from jalon import mail, members
from jalon.access import requires
from jalon.admin.member import tell_own_roles
from jalon.admin.roles_field import RolesField
from jalon.admin.writing import NotSaved
from jalon.app_of import mount
from jalon.db import open_session, refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.i18n import _, _l
from jalon.models import Member, User
from jalon.scope import scope_of, structure_of
from jalon.tenures import Held

blueprint = Blueprint("jalon_joining", "jalon", template_folder="templates")


class AccountForm(JalonForm):
    """The address somebody signs in with."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Type the e-mail address.")), Length(max=254)],
        description=_l("The invitation goes there, and this person signs in with it."),
        render_kw={"autocomplete": "off"},
    )


class InviteForm(JalonForm):
    """A new member with an account."""

    name = StringField(
        _l("First and last name"),
        [InputRequired(_l("Say who it is.")), Length(max=120)],
        render_kw={"autocomplete": "off"},
    )
    email = AccountForm.email
    roles = RolesField(
        _l("Roles"),
        description=_l("Tick what this person does here. Days are included; leave them empty for no end."),
    )


@dataclass(frozen=True)
class Joined:
    """Who got an account here, as the next page says it; `deliver` sends the invitation once it is committed."""

    member_id: int
    name: str
    email: str
    waits: bool
    oneself: bool
    deliver: Callable[[], str] | None
    own: list[Held]


@blueprint.route("/members/invite", methods=["GET", "POST"])
@requires("jalon.members.write")
def invite() -> ResponseReturnValue:
    """Somebody becomes a member with an account, which is made when their address has none."""
    form = InviteForm(request.form)
    if request.method == "POST" and form.validate() and (joined := _invited(form)):
        return _told(joined)
    page = render_template("jalon/invite.html", form=form, member=None)
    return (page, 422) if request.method == "POST" else page


@blueprint.route("/members/<int(max=2147483647):member_id>/invite", methods=["GET", "POST"])
@requires("jalon.members.write")
def invite_member(member_id: int) -> ResponseReturnValue:
    """A member without account gets one; one who never signed in gets another invitation."""
    form = AccountForm(request.form)
    if request.method == "POST" and form.validate() and (joined := _given_account(form, member_id)):
        return _told(joined)
    member = _member(session(), member_id)
    if request.method == "GET":
        form.email.data = (member.user.email if member.user else None) or member.work_email
    page = render_template("jalon/invite.html", form=form, member=member)
    return (page, 422) if request.method == "POST" else page


def _invited(form: InviteForm) -> Joined | None:
    try:
        with _across() as writing:
            user = members.account(writing, form.email.data, name=form.name.data)
            here, name = structure_of(writing), form.name.data
            member = members.join(writing, here, user, name=name, work_email=user.email, roles=form.roles.data)
            oneself = user.id == scope_of(writing).actor.user_id
            return _committed(writing, member, user, form.roles.data if oneself else [])
    except DomainError as refusal:
        refuse(form, refusal)
    except IntegrityError as error:  # the same person, invited twice at once
        refuse(form, refusal_of(error) or NotSaved())
    return None


def _given_account(form: AccountForm, member_id: int) -> Joined | None:
    try:
        with _across() as writing:
            member = _member(writing, member_id)
            user = members.account(writing, form.email.data, name=member.name)
            own = members.give_account(writing, member, user)
            return _committed(writing, member, user, own)
    except DomainError as refusal:
        refuse(form, refusal)
    except IntegrityError as error:  # the same person, invited twice at once
        refuse(form, refusal_of(error) or NotSaved())
    return None


@contextmanager
def _across() -> Iterator[Session]:
    """Accounts belong to no structure: a session of its own writes one, together with its member."""
    scope = replace(scope_of(session()), across="an account is made or found together with its member")
    with open_session(mount(current_app).db, scope) as writing:
        yield writing


def _committed(writing: Session, member: Member, user: User, own: list[Held]) -> Joined:
    """Everything is read before the commit: what is read after it would lock the database once more."""
    waits, issue = members.never_signed_in(user), mount(current_app).invite
    deliver = issue(writing, user) if issue is not None and waits else None
    oneself = user.id == scope_of(writing).actor.user_id
    joined = Joined(member.id, member.name, user.email or "", waits, oneself, deliver, own)
    writing.commit()
    return joined


def _told(joined: Joined) -> ResponseReturnValue:
    """Send what is to be sent, say what was done, and show the member."""
    try:
        if joined.own:
            tell_own_roles(joined.own)
        if joined.deliver is not None:
            _say_invited(joined, joined.deliver())
        elif joined.waits:
            flash(_("%(name)s is a member. A platform administrator gives the first password.", name=joined.name))
        elif joined.oneself:
            flash(_("%(name)s is a member and signs in as before.", name=joined.name), "success")
        else:
            _say_known(joined)
    except DomainError as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("jalon_admin_member.edit_view", id=joined.member_id))


def _say_known(joined: Joined) -> None:
    """Somebody who signs in already is told of it, and whoever invites reads the same sentence of everybody: whether
    an address has an account somewhere else is not theirs to find out."""
    send, structure = mount(current_app).send_mail, structure_of(session()).name
    try:
        if send is None:
            raise mail.MailNotConfigured
        send([joined.email], _("You work with %(structure)s on Jalon", structure=structure), _welcome(structure))
    except mail.MailNotConfigured:
        flash(_("%(name)s is a member and signs in as before.", name=joined.name), "success")
    else:
        _say_invited(joined, "")


def _welcome(structure: str) -> str:
    actor = scope_of(session()).actor.name
    return _(
        "Good morning,\n\n%(actor)s made you a member of %(structure)s on Jalon. Sign in as before: the structure is "
        "in the menu.\n\nIf you do not know why, tell %(structure)s.\n",
        actor=actor,
        structure=structure,
    )


def _say_invited(joined: Joined, link: str) -> None:
    """A link comes back where no mail server is set: it is shown this once, to whoever invites."""
    if not link:
        flash(_("An invitation was sent to %(email)s.", email=joined.email), "success")
        return
    flash(
        _(
            "%(name)s is a member. No mail server is set: hand over this link yourself, it is good for half an hour: "
            "%(link)s",
            name=joined.name,
            link=link,
        ),
        "success",
    )


def _member(reading: Session, member_id: int) -> Member:
    """The member of that id here; 404 for another structure's, also in a session that sees them all."""
    here = structure_of(reading).id
    return reading.scalar(select(Member).where(Member.id == member_id, Member.structure_id == here)) or abort(404)
