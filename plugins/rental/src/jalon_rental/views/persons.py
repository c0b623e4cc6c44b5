"""The person of a booking: added on the way, and the check of the licence."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon.access import posts_to_read, requires
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse as say
from jalon.models import Beneficiary, File
from jalon.scope import scope_of
from jalon_rental import licences
from jalon_rental.forms import DRAFT, LicenceForm
from jalon_rental.i18n import _
from jalon_rental.views.blueprint import PERSON, blueprint, id_of

KEPT = ("vehicle", "category", "starts_at", "ends_at", "keep_as", "member", "note")
LONGEST_KEPT = 1500  # characters: a browser keeps 4 kB in all


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
    booking_id = id_of(request.args.get("booking", ""))
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
