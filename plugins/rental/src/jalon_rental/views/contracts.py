"""The contract of a booking: made by a button, read as a PDF as often as one likes."""

from __future__ import annotations

from io import BytesIO

from flask import abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from jalon import days, letterheads, pdf
from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.letterheads import Head
from jalon.localtime import in_words
from jalon.scope import scope_of
from jalon_rental import contracts
from jalon_rental.i18n import _
from jalon_rental.models import Booking, Contract, Ending
from jalon_rental.views.blueprint import BOOKING, blueprint
from jalon_rental.views.steps import back_from


@blueprint.post(f"{BOOKING}/contract")
@requires("rental.write")
def make_contract(booking_id: int) -> ResponseReturnValue:
    """Number it and keep what it says; the paper itself is made once that is saved."""
    booking = session().scalar(select(Booking).where(Booking.id == booking_id)) or abort(404)
    try:
        contract = contracts.make(session(), booking)
        session().commit()
        return redirect(url_for("jalon_rental.contract", contract_id=contract.id))
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
        return redirect(back_from(booking_id))


@blueprint.get("/contracts/<int(max=2147483647):contract_id>")
@requires("rental.read")
def contract(contract_id: int) -> ResponseReturnValue:
    """The paper, the same each time."""
    query = select(Contract).where(Contract.id == contract_id)
    found = session().scalar(query.options(undefer(Contract.conditions), joinedload(Contract.booking))) or abort(404)
    html, number, booking_id = page_of(session(), found), found.number, found.booking_id
    session().rollback()  # nothing is held while the paper is made
    try:
        made = pdf.render(html)
    except pdf.PdfNotMade as failure:
        flash(str(failure), "error")
        return redirect(url_for("jalon_admin_rental_booking.details_view", id=booking_id))
    name = _("contract-%(number)s.pdf", number=number)
    answer = send_file(BytesIO(made), mimetype="application/pdf", download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def page_of(session: Session, contract: Contract) -> str:
    """What the PDF is made of: the facts that were kept, below the logo of today."""
    zone, head = scope_of(session).zone, letterheads.of(session)
    name, _break, lines = contract.lessor.partition("\n")
    return render_template(
        "jalon_rental/contract.html",
        _=_,
        head=Head(name, lines, head.logo),
        contract=contract,
        begins=in_words(contract.starts_at, zone),
        ends=in_words(contract.ends_at, zone),
        made_on=days.shown(contract.made_at.astimezone(zone).date()),
        born_on=days.shown(contract.born_on) if contract.born_on else "",
        ending=Ending.labels()[contract.ending] if contract.ending else "",
        two_columns=len(contract.conditions) > 1200,
    )
