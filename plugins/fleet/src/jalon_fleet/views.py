"""What is done to a vehicle beside its form: leaving the fleet, its label."""

from __future__ import annotations

import segno
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.access import requires
from jalon.addresses import public_url
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.models import Link, Structure
from jalon.scope import structure_of
from jalon_fleet import papers, vehicles
from jalon_fleet.forms import PaperForm
from jalon_fleet.i18n import _
from jalon_fleet.models import Vehicle

blueprint = Blueprint("jalon_fleet", "jalon_fleet", template_folder="templates")


@blueprint.post("/vehicles/<int(max=2147483647):vehicle_id>/retire")
@requires("fleet.write")
def retire(vehicle_id: int) -> ResponseReturnValue:
    """Take the vehicle out of the fleet."""
    vehicle = _vehicle(vehicle_id)
    try:
        vehicles.retire(session(), current_app.extensions["jalon"].hooks, vehicle)
        session().commit()
        flash(_("%(vehicle)s has left the fleet.", vehicle=vehicle), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return _to_form(vehicle_id)


@blueprint.post("/vehicles/<int(max=2147483647):vehicle_id>/bring-back")
@requires("fleet.write")
def bring_back(vehicle_id: int) -> ResponseReturnValue:
    """Take a retired vehicle into the fleet again."""
    vehicle = _vehicle(vehicle_id)
    vehicles.bring_back(session(), vehicle)
    session().commit()
    flash(_("%(vehicle)s is in the fleet again.", vehicle=vehicle), "success")
    return _to_form(vehicle_id)


@blueprint.post("/vehicles/<int(max=2147483647):vehicle_id>/papers")
@requires("fleet.write")
def paper(vehicle_id: int) -> ResponseReturnValue:
    """Note an inspection or an insurance somebody saw."""
    vehicle, form = _vehicle(vehicle_id), PaperForm(request.form)
    if form.validate() and form.kind.value and form.valid_until.data:
        until, seen = form.valid_until.data, form.seen_on.data
        try:
            papers.note(session(), vehicle, form.kind.value, valid_until=until, seen_on=seen)
            session().commit()
            flash(_("The paper is noted."), "success")
            return _to_form(vehicle_id)
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    return render_template("jalon_fleet/paper.html", form=form, vehicle=_vehicle(vehicle_id)), 422


@blueprint.post("/vehicles/<int(max=2147483647):vehicle_id>/label")
@requires("fleet.write")
def label(vehicle_id: int) -> ResponseReturnValue:
    """A label to print; the code is shown this once, only its digest is kept."""
    vehicle = _vehicle(vehicle_id)
    code = vehicles.issue_label(session(), vehicle)
    session().commit()
    address = public_url("jalon_door.label", code=code)
    picture = segno.make(address, error="m").svg_inline(scale=6, omitsize=False)
    return render_template("jalon_fleet/label.html", vehicle=vehicle, code=code, picture=picture)


def public_label(visiting: Session, link: Link) -> ResponseReturnValue | None:
    """What somebody who scans a vehicle's label sees: whose it is, and whom to call. Nobody's name."""
    vehicle = visiting.scalar(select(Vehicle).where(Vehicle.id == link.subject_id))
    structure = visiting.get(Structure, structure_of(visiting).id)
    if vehicle is None or structure is None:
        return None
    return render_template("jalon_fleet/public_label.html", vehicle=vehicle, structure=structure)


def _vehicle(vehicle_id: int) -> Vehicle:
    return session().scalar(select(Vehicle).where(Vehicle.id == vehicle_id)) or abort(404)


def _to_form(vehicle_id: int) -> ResponseReturnValue:
    return redirect(url_for("jalon_admin_fleet_vehicle.edit_view", id=vehicle_id))
