"""The blueprint of rental, and how its addresses name what they are about."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, request
from sqlalchemy import select

from jalon import days
from jalon.db.current import session
from jalon.errors import DomainError
from jalon_fleet.models import Vehicle

blueprint = Blueprint("jalon_rental", "jalon_rental", template_folder="templates")
BOOKING = "/bookings/<int(max=2147483647):booking_id>"
PERSON = "/persons/<int(max=2147483647):beneficiary_id>"


def vehicle_chosen() -> Vehicle | None:
    """The vehicle a form names; 404 for one that is not there."""
    typed = request.form.get("vehicle", "")
    if not typed:
        return None
    return session().scalar(select(Vehicle).where(Vehicle.id == (id_of(typed) or 0))) or abort(404)


def id_of(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 10 else None


def day_of(typed: str) -> date | None:
    try:
        found = days.read(typed)
    except DomainError:
        return None
    return found if 1950 <= found.year <= 2900 else None
