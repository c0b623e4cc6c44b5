"""The rental agent's screens beside the generated ones: what is free, departures and returns."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon_fleet.models import Vehicle
from jalon_rental import bookings
from jalon_rental.forms import FreeForm
from jalon_rental.i18n import _
from jalon_rental.models import Booking

blueprint = Blueprint("jalon_rental", "jalon_rental", template_folder="templates")


@blueprint.get("/free")
@requires("rental.read")
def free() -> ResponseReturnValue:
    """What can I offer? Vehicles free for a whole period."""
    form = FreeForm(request.args)
    found: list[Vehicle] | None = None
    starts_at, ends_at = form.starts_at.data, form.ends_at.data
    if request.args and form.validate() and starts_at and ends_at:
        try:
            found = bookings.free_vehicles(
                session(), starts_at=starts_at, ends_at=ends_at, category=form.category.value
            )
        except DomainError as refusal:
            form[refusal.field or "starts_at"].errors = [str(refusal)]
    page = render_template("jalon_rental/free.html", form=form, found=found)
    return page, (422 if request.args and found is None else 200)


@blueprint.post("/bookings/<int(max=2147483647):booking_id>/hand-over")
@requires("rental.write")
def hand_over(booking_id: int) -> ResponseReturnValue:
    """The vehicle leaves now."""
    return _step(booking_id, bookings.hand_over, _("The vehicle is out."))


@blueprint.post("/bookings/<int(max=2147483647):booking_id>/take-back")
@requires("rental.write")
def take_back(booking_id: int) -> ResponseReturnValue:
    """The vehicle is back now."""
    return _step(booking_id, bookings.take_back, _("The vehicle is back."))


@blueprint.post("/bookings/<int(max=2147483647):booking_id>/cancel")
@requires("rental.write")
def cancel(booking_id: int) -> ResponseReturnValue:
    """The booking is cancelled."""
    return _step(booking_id, bookings.cancel, _("The booking is cancelled; the vehicle is free."))


@blueprint.post("/bookings/<int(max=2147483647):booking_id>/no-show")
@requires("rental.write")
def no_show(booking_id: int) -> ResponseReturnValue:
    """Nobody came."""
    return _step(booking_id, bookings.no_show, _("Noted: nobody came; the vehicle is free."))


def _step(booking_id: int, rule: Callable[[Session, Booking], None], done: str) -> ResponseReturnValue:
    booking = session().scalar(select(Booking).where(Booking.id == booking_id)) or abort(404)
    try:
        rule(session(), booking)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for("jalon_admin_rental_booking.edit_view", id=booking_id))
