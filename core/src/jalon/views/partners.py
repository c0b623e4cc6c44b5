"""What is done to partners beside their forms: the structure's own remark, a prescripteur's move and departure."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import organisations, referrers
from jalon.access import requires
from jalon.admin.posts import LeaveForm, MoveForm
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Member, Organisation, Referrer
from jalon.texts import id_of
from jalon.views import about

blueprint = Blueprint("jalon_partners", "jalon", template_folder="templates")


@blueprint.post("/organisations/<int(max=2147483647):organisation_id>/remark")
@requires("jalon.remarks.write")
def remark(organisation_id: int) -> ResponseReturnValue:
    """What the structure keeps for itself about an organisation, and who follows it."""
    found = session().scalar(select(Organisation).where(Organisation.id == organisation_id)) or abort(404)
    chosen = id_of(request.form.get("member_id", ""))
    member = _member(chosen) if chosen is not None else None
    text = request.form.get("text", "").replace("\0", "")
    try:
        organisations.write_remark(session(), found, text=text, member=member)
        session().commit()
        flash(_("The remark is saved; other structures do not see it."), "success")
    except DomainError as refusal:
        session().rollback()
        return render_template("jalon/remark.html", organisation=found, text=text, refusal=refusal), 422
    return redirect(
        about.inside(request.form.get("back")) or url_for("jalon_admin_organisation.details_view", id=organisation_id)
    )


def _member(member_id: int) -> Member:
    return session().scalar(select(Member).where(Member.id == member_id, Member.left_at.is_(None))) or abort(404)


@blueprint.post("/referrers/<int(max=2147483647):referrer_id>/move")
@requires("jalon.organisations.write")
def move(referrer_id: int) -> ResponseReturnValue:
    """Close the present post and open another, in one step."""
    referrer, form = _referrer(referrer_id), MoveForm(request.form)
    if form.validate() and form.since.data:
        try:
            taken = referrers.move(
                session(),
                referrer,
                organisation=form.organisation.data,
                since=form.since.data,
                job_title=form.job_title.data,
            )
            session().commit()
            flash(_("%(name)s now works for %(place)s.", name=referrer, place=taken.organisation), "success")
            return _to_form(referrer_id)
        except about.REFUSED as error:
            about.refuse(form, error)
    return _page(form, referrer_id, "jalon_partners.move", _("Another post")), 422


@blueprint.post("/referrers/<int(max=2147483647):referrer_id>/leave")
@requires("jalon.organisations.write")
def leave(referrer_id: int) -> ResponseReturnValue:
    """Somebody refers nobody any more."""
    referrer, form = _referrer(referrer_id), LeaveForm(request.form)
    if form.validate() and form.left_on.data:
        try:
            referrers.leave(session(), referrer, on=form.left_on.data)
            session().commit()
            flash(_("Noted: %(name)s has left.", name=referrer), "success")
            return _to_form(referrer_id)
        except about.REFUSED as error:
            about.refuse(form, error)
    return _page(form, referrer_id, "jalon_partners.leave", _("Departure")), 422


def _referrer(referrer_id: int) -> Referrer:
    return session().scalar(select(Referrer).where(Referrer.id == referrer_id)) or abort(404)


def _to_form(referrer_id: int) -> ResponseReturnValue:
    return redirect(url_for("jalon_admin_referrer.edit_view", id=referrer_id))


def _page(form: Any, referrer_id: int, action: str, title: str) -> str:
    referrer = _referrer(referrer_id)
    return render_template(
        "jalon/post_form.html",
        form=form,
        referrer=referrer,
        title=title,
        action=url_for(action, referrer_id=referrer_id),
    )
