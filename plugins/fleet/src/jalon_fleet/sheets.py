"""What is printed of vehicles, as pages for `jalon.pdf`: the sheet of one, the labels of all."""

from __future__ import annotations

from typing import Any

import segno
from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import days, letterheads
from jalon.addresses import public_url
from jalon.clock import today
from jalon.models import Resource
from jalon.scope import scope_of, structure_of
from jalon_fleet import papers, vehicles
from jalon_fleet.i18n import _
from jalon_fleet.models import Category, Gearbox, PaperKind, Vehicle


def of_vehicle(session: Session, vehicle: Vehicle) -> str:
    """Identity, papers, what is asked of the driver, and two columns to fill by hand; its code opens its page."""
    day = today(scope_of(session).zone)
    address = public_url("jalon_admin_fleet_vehicle.details_view", structure=structure_of(session).slug, id=vehicle.id)
    return render_template(
        "jalon_fleet/sheet.html",
        _=_,
        head=letterheads.of(session),
        vehicle=vehicle,
        facts=_facts(vehicle),
        papers=_papers(session, vehicle),
        day=days.shown(day),
        picture=_drawn(address),
        levels=_levels(vehicle),
    )


def of_labels(session: Session, first: Vehicle) -> str:
    """The labels of all vehicles in the fleet, that one before the others. Their codes are made in this transaction."""
    there = Vehicle.resource.has(Resource.archived_at.is_(None))
    order = (Vehicle.id != first.id, Vehicle.category, Vehicle.plate, Vehicle.id)
    codes = {
        v: vehicles.steady_label(session, v) for v in session.scalars(select(Vehicle).where(there).order_by(*order))
    }
    drawn = [(v, _drawn(public_url("jalon_door.label", code=code))) for v, code in codes.items()]
    return render_template("jalon_fleet/labels.html", _=_, head=letterheads.of(session), labels=drawn)


def _facts(vehicle: Vehicle) -> list[tuple[str, str]]:
    """Label and text of what is known."""
    told = [
        (_("Category"), str(Category.labels()[vehicle.category])),
        (_("Plate"), vehicle.plate),
        (_("Serial number"), vehicle.serial_number),
        (_("Gearbox"), str(Gearbox.labels()[vehicle.gearbox]) if vehicle.gearbox else ""),
        (_("Minimum age of the driver"), _("%(n)s years", n=vehicle.minimum_age) if vehicle.minimum_age else ""),
        (_("Years of licence of the driver"), str(vehicle.licence_years) if vehicle.licence_years is not None else ""),
    ]
    return [(label, text) for label, text in told if text]


def _papers(session: Session, vehicle: Vehicle) -> list[dict[str, Any]]:
    """Each paper that it needs: what it is, until when, and whether it is over."""
    known, day = papers.expiries(session, [vehicle.id])[vehicle.id], today(scope_of(session).zone)
    needed = sorted(papers.needed(vehicle.category), key=lambda kind: kind.value)
    return [
        {
            "label": str(PaperKind.labels()[kind]),
            "until": days.shown(known[kind]) if kind in known else "",
            "over": kind in known and known[kind] < day,
        }
        for kind in needed
    ]


def _levels(vehicle: Vehicle) -> str:
    """What is read on its dashboard."""
    if vehicle.category in (Category.EBIKE, Category.KICK_SCOOTER):
        return _("Battery")
    return "" if vehicle.category is Category.BIKE else _("Fuel or battery")


def _drawn(address: str) -> str:
    """The code as a picture in a data address."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=0))
