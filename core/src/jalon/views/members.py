"""Members beside their generated screens: leaving, coming back, what somebody may do and why, looking as they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.routing import BuildError
from wtforms import DateField
from wtforms.validators import InputRequired

from jalon import accounts, departures, rights, seeing, tenures
from jalon.access import requires
from jalon.admin.member import said
from jalon.admin.writing import StaleRecord
from jalon.app_of import mount
from jalon.clock import today
from jalon.db.current import session
from jalon.declarations import Owned
from jalon.errors import DomainError
from jalon.forms import JalonForm, RelationField, refuse
from jalon.hooks import Hooks
from jalon.i18n import _, _l
from jalon.models import Member, MemberChange, MemberEvent
from jalon.scope import scope_of

blueprint = Blueprint("jalon_members", "jalon", template_folder="templates")
EVENTS_SHOWN = 50


class LeaveForm(JalonForm):
    """The last day, and who takes over."""

    on = DateField(_l("Last day of work"), [InputRequired(_l("Say when."))])
    successor = RelationField(
        _l("Who takes over"),
        get_label="name",
        allow_blank=True,
        blank_text=_l("Nobody"),
    )


def others(member_id: int) -> Any:
    """Who could take over from a member."""
    rest = session().query(Member).filter(Member.left_at.is_(None), Member.id != member_id)
    return rest.order_by(Member.in_order, Member.id)


@blueprint.route("/members/<int(max=2147483647):member_id>/leave", methods=["GET", "POST"])
@requires("jalon.members.write")
def leave(member_id: int) -> ResponseReturnValue:
    """What somebody follows, who takes it over, and the end of their work here."""
    member = _member(member_id)
    form = LeaveForm(request.form, on=today(scope_of(session()).zone))
    form.successor.query_factory = lambda: others(member_id)
    if request.method == "POST" and form.validate() and (done := _left(form, member)):
        return done
    shown = _hooks().show(session(), "owned_items", prepare=_with_address, member_id=member_id)
    items = _with_address(departures.of_the_core(session(), member_id))
    items += [item for answer in shown for item in answer.value]
    if any(item.count for item, _url in items):
        form.successor.blank_text = _("Choose who")
    page = render_template("jalon/leave.html", form=form, member=member, items=items, failed=shown.failed)
    return (page, 422) if request.method == "POST" else page


def _left(form: LeaveForm, member: Member) -> ResponseReturnValue | None:
    name = member.name
    try:
        done = departures.leave(session(), _hooks(), member, successor=form.successor.data, on=form.on.data)
        session().commit()
    except (DomainError, StaleDataError) as error:
        session().rollback()
        form.successor.forget_rows()
        refuse(form, error if isinstance(error, DomainError) else StaleRecord())
        return None
    if done.handed_over:
        flash(_("%(name)s no longer works here. Handed over: %(n)s.", name=name, n=done.handed_over), "success")
    else:
        flash(_("%(name)s no longer works here.", name=name), "success")
    if done.kept:
        flash(_("Still promised, and therefore kept: %(names)s.", names=", ".join(done.kept)), "error")
    return redirect(url_for("jalon_admin_member.index_view"))


def _with_address(items: Sequence[Owned]) -> list[tuple[Owned, str]]:
    """A wrong endpoint is that module's failure."""
    try:
        return [(item, url_for(item.endpoint, **item.values)) for item in items]
    except BuildError as error:
        raise LookupError(str(error)) from None


@blueprint.post("/members/<int(max=2147483647):member_id>/come-back")
@requires("jalon.members.write")
def come_back(member_id: int) -> ResponseReturnValue:
    """Somebody who left works here again; their roles are given anew on the next page."""
    member = _member(member_id)
    name = member.name
    try:
        departures.come_back(session(), member)
        session().commit()
        flash(_("%(name)s works here again: now give the roles.", name=name), "success")
    except StaleDataError:
        session().rollback()
        flash(str(StaleRecord()), "error")
    return redirect(url_for("jalon_admin_member.edit_view", id=member_id))


@blueprint.get("/members/<int(max=2147483647):member_id>/rights")
@requires("jalon.members.read")
def rights_of(member_id: int) -> str:
    """What a member may do and why, what they may not and who could let them, and what happened to them."""
    member, scope, registry = _member(member_id), scope_of(session()), mount(current_app).registry
    sees = member.left_at is None and member.user is not None and member.user.closed_at is None
    chapters = rights.explained(
        registry,
        scope.enabled,
        tenures.of(member),
        day=today(scope.zone),
        admin=bool(member.user and member.user.is_platform_admin),
    )
    query = select(MemberEvent).where(MemberEvent.member_id == member_id)
    events = session().scalars(query.order_by(MemberEvent.at.desc(), MemberEvent.id.desc()).limit(EVENTS_SHOWN))
    return render_template(
        "jalon/rights.html",
        member=member,
        sees=sees,
        chapters=chapters,
        held=[said(held) for held in tenures.of(member)],
        events=[(e, accounts.role_label(registry, e.role) if e.role else "") for e in events],
        labels=MemberChange.labels(),
    )


@blueprint.post("/members/<int(max=2147483647):member_id>/see")
@requires("jalon.members.see_as")
def see(member_id: int) -> ResponseReturnValue:
    """Look at the site with a member's rights; it is noted on the member."""
    member = _member(member_id)
    if member.user_id is None or member.left_at is not None:
        flash(_("%(name)s does not sign in here, and sees nothing.", name=member.name), "error")
        return redirect(url_for("jalon_admin_member.edit_view", id=member_id))
    tenures.note(session(), member, MemberChange.SEEN_AS)
    session().commit()
    seeing.begin(scope_of(session()), member_id)
    return redirect(url_for("jalon_home.dashboard"))


@blueprint.post("/members/see/end")
@requires("jalon.home")
def stop_seeing() -> ResponseReturnValue:
    """Be oneself again; doing it twice is doing it once."""
    seeing.end()
    return redirect(url_for("jalon_home.dashboard"))


def _member(member_id: int) -> Member:
    return session().scalar(select(Member).where(Member.id == member_id)) or abort(404)


def _hooks() -> Hooks:
    return mount(current_app).hooks
