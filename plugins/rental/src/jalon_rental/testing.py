"""Somebody to whom tests lend a vehicle."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries
from jalon.clock import today
from jalon.models import Beneficiary, Identity, Title
from jalon.names import fold
from jalon.scope import scope_of
from jalon_rental import licences
from jalon_rental.models import CheckMode

VERIFIED = timedelta(days=110)  # before today, so that what tests hand over in the past is covered too


def renter(
    session: Session, name: str = "Awa Meunier", *, born: date | None = None, verified: bool = True
) -> Beneficiary:
    """The person of that first name and name in the session's structure, made the first time; may drive a car."""
    first, _space, last = name.partition(" ")
    last = last or "Dupont"
    known = select(Beneficiary).join(Beneficiary.identity).where(Identity.folded == fold(f"{last} {first}"))
    person = session.scalar(known)
    if person is None:
        identity = {"title": Title.NEUTRAL, "usage_name": last, "first_name": first, "birth_date": born}
        person = beneficiaries.create(session, identity, {"no_phone": True}, reason="test")
        if verified:
            on = today(scope_of(session).zone) - VERIFIED
            licences.record(session, person, mode=CheckMode.ADCS, adcs_number="1", categories=("b",), verified_on=on)
    return person
