"""Each step of a booking, as a button."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon_rental import bookings, contracts, requests, waivers
from jalon_rental.i18n import _
from jalon_rental.models import Booking, Guard, Reason, Side, State
from jalon_rental.views.blueprint import BOOKING, blueprint, vehicle_chosen


@blueprint.post(f"{BOOKING}/option")
@requires("rental.write")
def option(booking_id: int) -> ResponseReturnValue:
    """Keep the vehicle for some hours."""
    vehicle = vehicle_chosen()
    return _step(booking_id, lambda s, b: requests.option(s, b, vehicle=vehicle), _("The vehicle is kept for now."))


@blueprint.post(f"{BOOKING}/confirm")
@requires("rental.write")
def confirm(booking_id: int) -> ResponseReturnValue:
    """Promise the vehicle."""
    vehicle = vehicle_chosen()
    return _step(booking_id, lambda s, b: requests.confirm(s, b, vehicle=vehicle), _("The vehicle is booked."))


@blueprint.post(f"{BOOKING}/release")
@requires("rental.write")
def release(booking_id: int) -> ResponseReturnValue:
    """An option becomes a request again."""
    return _step(booking_id, requests.back_to_request, _("The vehicle is free again; the request stays."))


@blueprint.post(f"{BOOKING}/refuse")
@requires("rental.write")
def refuse(booking_id: int) -> ResponseReturnValue:
    """The request is not met."""
    reason = next((r for r in Reason if r.value == request.form.get("reason")), None)
    done = _("The refusal is noted, with its reason.")
    return _step(booking_id, lambda s, b: requests.refuse(s, b, reason=reason), done)


@blueprint.post(f"{BOOKING}/assign")
@requires("rental.write")
def assign(booking_id: int) -> ResponseReturnValue:
    """Give a booking another vehicle."""
    vehicle = vehicle_chosen()
    return _step(booking_id, lambda s, b: bookings.give(s, b, vehicle), _("The booking has another vehicle."))


@blueprint.post(f"{BOOKING}/waive")
@requires("rental.waive")
def waive(booking_id: int) -> ResponseReturnValue:
    """Let a booking pass one of the structure's own rules."""
    guard = next((known for known in Guard if known.value == request.form.get("guard")), Guard.CHECK)
    reason = request.form.get("reason", "")
    done = _("The exception is noted, with its reason.")
    return _step(booking_id, lambda s, b: waivers.grant(s, b, guard, reason=reason), done)


@blueprint.post(f"{BOOKING}/hand-over")
@requires("rental.write")
def hand_over(booking_id: int) -> ResponseReturnValue:
    """The vehicle leaves now; without contract, it is said at once, while the person is still there."""
    answer = _step(booking_id, bookings.hand_over, _("The vehicle is out."))
    booking = session().scalar(select(Booking).where(Booking.id == booking_id))
    if booking is not None and booking.state is State.OUT and not contracts.fitting(session(), [booking]):
        address = url_for("jalon_admin_rental_booking.edit_view", id=booking_id, _anchor="contract")
        told = _("Handed over without a contract that says what is booked:")
        link = Markup('{} <a class="link" href="{}">{}</a>').format(told, address, _("make the contract"))
        flash(link, "warning")
    return answer


@blueprint.post(f"{BOOKING}/take-back")
@requires("rental.write")
def take_back(booking_id: int) -> ResponseReturnValue:
    """The vehicle is back now."""
    return _step(booking_id, bookings.take_back, _("The vehicle is back."))


@blueprint.post(f"{BOOKING}/cancel")
@requires("rental.write")
def cancel(booking_id: int) -> ResponseReturnValue:
    """The booking is cancelled."""
    by = next((side for side in Side if side.value == request.form.get("by")), None)
    done = _("The booking is cancelled; the vehicle is free.")
    return _step(booking_id, lambda s, b: bookings.cancel(s, b, by=by), done)


@blueprint.post(f"{BOOKING}/no-show")
@requires("rental.write")
def no_show(booking_id: int) -> ResponseReturnValue:
    """Nobody came."""
    return _step(booking_id, bookings.no_show, _("Noted: nobody came; the vehicle is free."))


def _step(booking_id: int, rule: Callable[[Session, Booking], object], done: str) -> ResponseReturnValue:
    booking = session().scalar(select(Booking).where(Booking.id == booking_id)) or abort(404)
    try:
        rule(session(), booking)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(back_from(booking_id))


def back_from(booking_id: int) -> str:
    """Where a button was pressed: the day, the dashboard, or the booking's page."""
    back = request.form.get("back")
    if back == "day":
        return url_for("jalon_rental.day")
    if back == (home := url_for("jalon_home.dashboard")):
        return home
    return url_for("jalon_admin_rental_booking.edit_view", id=booking_id)
