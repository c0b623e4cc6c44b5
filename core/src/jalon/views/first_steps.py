"""The steps inside the first structure: its address, who leads it, a module, a record; and the reminder of them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from jalon import accounts, first_steps, modules, structures
from jalon.access import requires
from jalon.admin.member import tell_own_roles
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.first_steps.people import leaders
from jalon.forms import JalonForm
from jalon.i18n import _, _l
from jalon.models import Structure
from jalon.scope import Scope, scope_of, structure_of
from jalon.views.start import StructureForm, refuse_at_field, typed_slug

blueprint = Blueprint("jalon_first_steps", "jalon", template_folder="templates")
RIGHT = "jalon.first_steps"


class MemberForm(JalonForm):
    """Who leads the structure."""

    myself = BooleanField(_l("I lead it myself"))
    name = StringField(
        _l("Somebody else who leads it"),
        [Length(max=120)],
        description=_l("First and last name. An account can be opened for this person later."),
        render_kw={"autocomplete": "off"},
    )


@blueprint.route("/first-steps/structure", methods=["GET", "POST"])
@requires(RIGHT)
def structure() -> ResponseReturnValue:
    """Step 2 again: what was typed can still be changed."""
    found = session().get_one(Structure, structure_of(session()).id)
    form = StructureForm(request.form, obj=found) if request.method == "POST" else StructureForm(obj=found)
    if request.method == "POST" and form.validate() and (slug := _changed(form)):
        return redirect(url_for(".member", structure=slug))
    return _answer("jalon/first_structure.html", form=form)


def _changed(form: StructureForm) -> str | None:
    """Change name, address and zone; the address, None when it was refused at its field."""
    mount, scope = current_app.extensions["jalon"], scope_of(session())
    mine, slug = structure_of(session()).id, typed_slug(form)
    if slug is None:
        return None
    session().rollback()  # it only read, and on SQLite it holds the one lock there is
    with open_session(mount.db, Scope(actor=scope.actor, across="a structure's address is the platform's")) as writing:
        found = writing.get_one(Structure, mine)
        try:
            found.name = structures.name_of(form.name.data or "")
            structures.rename(writing, found, slug, reserved=mount.reserved_slugs(current_app))
        except DomainError as refusal:
            refuse_at_field(form, refusal)
            return None
        found.zone = form.zone.data
        writing.commit()
    return slug


@blueprint.route("/first-steps/member", methods=["GET", "POST"])
@requires(RIGHT)
def member() -> ResponseReturnValue:
    """Step 3: who leads the structure."""
    form = MemberForm(request.form) if request.method == "POST" else MemberForm(myself=not leaders(session()))
    if request.method == "POST" and form.validate():
        try:
            given = first_steps.name_direction(session(), myself=form.myself.data, name=form.name.data or "")
            session().commit()
            tell_own_roles(given)
            return redirect(url_for(".module"))
        except DomainError as refusal:
            session().rollback()
            refuse_at_field(form, refusal)
    return _answer("jalon/first_member.html", form=form, leaders=leaders(session()))


@blueprint.get("/first-steps/module")
@requires(RIGHT)
def module() -> ResponseReturnValue:
    """Step 4: what the structure does."""
    return _module()


@blueprint.post("/first-steps/module/<slug>")
@requires(RIGHT)
def enable(slug: str) -> ResponseReturnValue:
    """Switch a module on, with what its card says it needs."""
    registry = current_app.extensions["jalon"].registry
    try:
        fresh = modules.enable(session(), registry, slug, with_requirements=True)
        session().commit()
    except modules.UnknownModule:
        abort(404)
    except DomainError as refusal:
        session().rollback()
        return _module(str(refusal))
    for switched in fresh:
        flash(_("“%(name)s” is on.", name=modules.card(session(), registry, switched).name), "success")
    return redirect(url_for(".module"))


def _module(refusal: str = "") -> ResponseReturnValue:
    cards = modules.cards(session(), current_app.extensions["jalon"].registry)
    return _answer("jalon/first_module.html", cards=cards, refusal=refusal)


@blueprint.get("/first-steps/record")
@requires(RIGHT)
def record() -> ResponseReturnValue:
    """Step 5: the form of a first record, or the role one needs for it."""
    return _answer("jalon/first_record.html", offers=first_steps.offers(session()))


@blueprint.post("/first-steps/role")
@requires(RIGHT)
def take_role() -> ResponseReturnValue:
    """Take a role that the last step asks for, and no other."""
    offered = {role.slug for offer in first_steps.offers(session()) for role in offer.roles}
    wanted = request.form.get("role", "")
    if wanted not in offered:
        flash(_("This role is not needed here."), "error")
        return redirect(url_for(".record"))
    given = first_steps.take_role(session(), wanted)
    session().commit()
    tell_own_roles(given)
    label = next(str(r.label) for r in accounts.all_roles(current_app.extensions["jalon"].registry) if r.slug == wanted)
    flash(_("You now have the role “%(role)s” here.", role=label), "success")
    return redirect(url_for(".record"))


@blueprint.post("/first-steps/dismiss")
@requires(RIGHT)
def dismiss() -> ResponseReturnValue:
    """Remind nobody any more."""
    first_steps.dismiss(session())
    session().commit()
    return redirect(url_for("jalon_home.dashboard"))


def _answer(template: str, **values: Any) -> ResponseReturnValue:
    page = render_template(template, steps=first_steps.steps(session()), **values)
    return (page, 422) if request.method == "POST" else page
