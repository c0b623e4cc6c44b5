"""What is free, the day, and the plan."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_date
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jalon.access import requires
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import current_locale
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, planning
from jalon_rental import day as desk
from jalon_rental.forms import FreeForm
from jalon_rental.i18n import _
from jalon_rental.models import State
from jalon_rental.views.blueprint import blueprint, day_of, id_of


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
    first = planning.first_day(session(), day_of(request.args.get("from", "")), count)
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
    vehicle, day = id_of(request.args.get("v", "")), day_of(request.args.get("d", ""))
    begin, end = (f"{day}T09:00", f"{day}T17:00") if day is not None else (None, None)
    return redirect(url_for("jalon_admin_rental_booking.create_view", vehicle=vehicle, starts_at=begin, ends_at=end))
