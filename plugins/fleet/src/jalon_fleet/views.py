"""What is done to a vehicle beside its form: leaving the fleet, its papers, what is printed of it."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import pdf
from jalon.access import requires
from jalon.addresses import public_url
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.models import Link, Structure
from jalon.scope import structure_of
from jalon_fleet import papers, sheets, vehicles
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


@blueprint.get("/vehicles/<int(max=2147483647):vehicle_id>/sheet")
@requires("fleet.read")
def sheet(vehicle_id: int) -> ResponseReturnValue:
    """The vehicle on one page of paper, with the state to fill in when it leaves and when it is back."""
    html = sheets.of_vehicle(session(), _vehicle(vehicle_id))
    return _printed(html, _("vehicle-%(number)s.pdf", number=vehicle_id), vehicle_id)


@blueprint.post("/vehicles/<int(max=2147483647):vehicle_id>/labels")
@requires("fleet.write")
def labels(vehicle_id: int) -> ResponseReturnValue:
    """Labels of the whole fleet, this vehicle first; those stuck on already stay good."""
    html = sheets.of_labels(session(), _vehicle(vehicle_id))
    session().commit()
    return _printed(html, _("labels.pdf"), vehicle_id)


def _printed(html: str, name: str, vehicle_id: int) -> ResponseReturnValue:
    session().rollback()  # nothing is held while the paper is made
    try:
        made = pdf.render(html)
    except pdf.PdfNotMade as failure:
        flash(str(failure), "error")
        return redirect(url_for("jalon_admin_fleet_vehicle.details_view", id=vehicle_id))
    answer = send_file(BytesIO(made), mimetype="application/pdf", download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


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
