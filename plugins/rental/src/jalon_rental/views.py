"""The rental agent's screens beside the generated ones: what is free, the plan, the day, and each step of a booking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import days
from jalon.access import posts_to_read, requires
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse as say
from jalon.i18n import current_locale
from jalon.models import Beneficiary, File
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, licences, planning, requests, waivers
from jalon_rental import day as desk
from jalon_rental.forms import DRAFT, FreeForm, LicenceForm
from jalon_rental.i18n import _
from jalon_rental.models import Booking, Guard, Reason, Side, State

blueprint = Blueprint("jalon_rental", "jalon_rental", template_folder="templates")
BOOKING = "/bookings/<int(max=2147483647):booking_id>"
PERSON = "/persons/<int(max=2147483647):beneficiary_id>"
KEPT = ("vehicle", "category", "starts_at", "ends_at", "keep_as", "member", "note")
LONGEST_KEPT = 1500  # characters: a browser keeps 4 kB in all


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


@blueprint.get("/day")
@requires("rental.read")
def day() -> str:
    """Departures and returns of the day, and what is late."""
    shown = desk.read(session())
    return render_template("jalon_rental/day.html", shown=shown, day=today(scope_of(session()).zone))


@blueprint.get("/planning")
@requires("rental.read")
def plan() -> str:
    """Vehicles and days: what is promised, what is out, what is free."""
    length = request.args.get("length", "fortnight")
    length = length if length in planning.LENGTHS else "fortnight"
    category = next((c for c in Category if c.value == request.args.get("category")), None)
    count = planning.LENGTHS[length]
    first = planning.first_day(session(), _day(request.args.get("from", "")), count)
    shown = planning.read(session(), first, count, category)
    return render_template(
        "jalon_rental/planning.html",
        plan=shown,
        length=length,
        category=category,
        categories=Category.labels(),
        book_on={day: _("Book on %(day)s", day=f"{day:%d/%m}") for day in shown.days},
        names={day: format_date(day, "EEE", locale=current_locale()) for day in shown.days},
        states=State.labels(),
        today=today(scope_of(session()).zone),
        before=first - timedelta(days=count),
        after=first + timedelta(days=count),
    )


@blueprint.get("/book")
@requires("rental.write")
def book_day() -> ResponseReturnValue:
    """From a free cell of the plan to the booking's form; a short address, for a month of a fleet has a thousand."""
    vehicle, day = _id(request.args.get("v", "")), _day(request.args.get("d", ""))
    begin, end = (f"{day}T09:00", f"{day}T17:00") if day is not None else (None, None)
    return redirect(url_for("jalon_admin_rental_booking.create_view", vehicle=vehicle, starts_at=begin, ends_at=end))


# --- the steps of a booking ---


@blueprint.post(f"{BOOKING}/option")
@requires("rental.write")
def option(booking_id: int) -> ResponseReturnValue:
    """Keep the vehicle for some hours."""
    vehicle = _vehicle_chosen()
    return _step(booking_id, lambda s, b: requests.option(s, b, vehicle=vehicle), _("The vehicle is kept for now."))


@blueprint.post(f"{BOOKING}/confirm")
@requires("rental.write")
def confirm(booking_id: int) -> ResponseReturnValue:
    """Promise the vehicle."""
    vehicle = _vehicle_chosen()
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
    vehicle = _vehicle_chosen()
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
    """The vehicle leaves now."""
    return _step(booking_id, bookings.hand_over, _("The vehicle is out."))


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


# --- the person ---


@blueprint.post("/bookings/new-person")
@requires("rental.write")
@posts_to_read("what was typed waits in the browser while a person is added")
def new_person() -> ResponseReturnValue:
    """Keep what was typed of a booking aside, and add the person first."""
    typed = {name: request.form.get(name, "").replace("\0", "") for name in KEPT}
    if any(len(value) > LONGEST_KEPT for value in typed.values()):
        return redirect(url_for("jalon_admin_rental_booking.create_view", too_long=LONGEST_KEPT), 307)  # sent again
    browser[DRAFT] = {g.jalon_slug: {name: value for name, value in typed.items() if value}}
    return redirect(url_for("jalon_beneficiaries.new", then="rental"))


@blueprint.get(f"{PERSON}/added")
@requires("rental.write")
def person_added(beneficiary_id: int) -> ResponseReturnValue:
    """The person is there: back to the booking, with what was typed."""
    person = _person(beneficiary_id)
    return redirect(url_for("jalon_admin_rental_booking.create_view", beneficiary=person.id, draft=1))


@blueprint.route(f"{PERSON}/licence", methods=["GET", "POST"])
@requires("rental.write")
def licence(beneficiary_id: int) -> ResponseReturnValue:
    """Note that the person's licence was verified."""
    person = _person(beneficiary_id)
    booking_id = _id(request.args.get("booking", ""))
    sent = request.form if request.method == "POST" else None
    form = LicenceForm(sent, data={"verified_on": today(scope_of(session()).zone)})
    if sent is not None and form.validate():
        try:
            licences.record(session(), person, **_typed(form))
            session().commit()
            flash(_("The check of the licence is noted."), "success")
            return redirect(_after_licence(beneficiary_id, booking_id))
        except DomainError as refusal:
            session().rollback()
            say(form, refusal)
    back = _after_licence(beneficiary_id, booking_id)
    page = render_template("jalon_rental/licence.html", form=form, person=_person(beneficiary_id), back=back)
    return page, (422 if sent is not None else 200)


def _typed(form: LicenceForm) -> dict[str, Any]:
    plain = ("adcs_number", "verified_on", "categories", "obtained_on", "valid_until")
    values = {name: form[name].data for name in plain}
    return {**values, "mode": form.mode.value, "licence_state": form.licence_state.value}


def _after_licence(beneficiary_id: int, booking_id: int | None) -> str:
    if booking_id is not None:
        return url_for("jalon_admin_rental_booking.edit_view", id=booking_id)
    return url_for("jalon_person.show", beneficiary_id=beneficiary_id)


def _person(beneficiary_id: int) -> Beneficiary:
    """Somebody whose file is open to the reader; nobody else's licence is verified."""
    open_file = select(Beneficiary).join(File, File.beneficiary_id == Beneficiary.id)
    return session().scalar(open_file.where(Beneficiary.id == beneficiary_id)) or abort(404)


def _vehicle_chosen() -> Vehicle | None:
    """The vehicle a form names; 404 for one that is not there."""
    typed = request.form.get("vehicle", "")
    if not typed:
        return None
    return session().scalar(select(Vehicle).where(Vehicle.id == (_id(typed) or 0))) or abort(404)


def _id(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 10 else None


def _day(typed: str) -> date | None:
    try:
        found = days.read(typed)
    except DomainError:
        return None
    return found if 1950 <= found.year <= 2900 else None


def _step(booking_id: int, rule: Callable[[Session, Booking], object], done: str) -> ResponseReturnValue:
    booking = session().scalar(select(Booking).where(Booking.id == booking_id)) or abort(404)
    try:
        rule(session(), booking)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    if request.form.get("back") == "day":
        return redirect(url_for("jalon_rental.day"))
    return redirect(url_for("jalon_admin_rental_booking.edit_view", id=booking_id))
