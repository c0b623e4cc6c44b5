"""The vehicles' generated screens."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from jalon.admin import AdminScreen, Preset
from jalon.db.current import session
from jalon.models import Resource
from jalon_fleet import vehicles
from jalon_fleet.i18n import _, _l
from jalon_fleet.models import Vehicle


def in_fleet(session: Session) -> ColumnElement[bool]:
    return Vehicle.resource.has(Resource.archived_at.is_(None))


def left_fleet(session: Session) -> ColumnElement[bool]:
    return Vehicle.resource.has(Resource.archived_at.is_not(None))


def state_pill(view: Any, context: Any, row: Vehicle, name: str) -> Markup:
    """In the fleet or not, in colour."""
    if row.resource.archived_at:
        return Markup('<span class="pill">{}</span>').format(_("Left the fleet"))
    return Markup('<span class="pill ok">{}</span>').format(_("In the fleet"))


class VehicleScreen(AdminScreen):
    """List, creation and correction of vehicles."""

    model = Vehicle
    module = "fleet"
    read_permission = "fleet.read"
    write_permission = "fleet.write"
    title = _l("Vehicles")
    record_title = _l("Vehicle")
    column_list = ("model", "category", "plate", "serial_number", "in_fleet")
    column_labels = {
        "category": _l("Category"),
        "make": _l("Make"),
        "model": _l("Model"),
        "plate": _l("Plate"),
        "serial_number": _l("Serial number"),
        "in_fleet": _l("State"),
    }
    column_sortable_list = ("model", "category", "plate", "serial_number")
    column_default_sort = [("category", False), ("plate", False), ("id", False)]
    column_searchable_list = ("plate", "serial_number", "make", "model")
    search_advice = _l("Plate, number, make or model")
    presets = (Preset("in", _l("In the fleet"), in_fleet), Preset("left", _l("Left the fleet"), left_fleet))
    column_formatters = {
        "model": lambda view, context, row, name: f"{row.make} {row.model}",
        "in_fleet": state_pill,
    }
    form_columns = ("category", "make", "model", "plate", "serial_number")
    form_args = {
        "plate": {"description": _l("AB-123-CD, typed as you like; empty for a cycle")},
        "serial_number": {"description": _l("Of the frame, or the marking; needed for a cycle")},
    }
    form_template_extra = "jalon_fleet/vehicle_actions.html"
    empty_advice = _l("Add the first vehicle: it can then be booked.")

    def told_under(self, record: Vehicle) -> list[tuple[str, int]]:
        """Entering and leaving the fleet is told of its resource."""
        return [*super().told_under(record), (Resource.__tablename__, record.resource_id)]

    def add(self, values: dict[str, Any]) -> Vehicle:
        return vehicles.add(session(), **values)

    def change(self, record: Vehicle, values: dict[str, Any]) -> None:
        vehicles.change(session(), record, **values)
