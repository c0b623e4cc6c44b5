"""The vehicles' generated screens."""

from __future__ import annotations

from typing import Any

from jalon.admin import AdminScreen
from jalon.db.current import session
from jalon_fleet import vehicles
from jalon_fleet.i18n import _, _l
from jalon_fleet.models import Vehicle


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
    column_formatters = {
        "model": lambda view, context, row, name: f"{row.make} {row.model}",
        "in_fleet": lambda view, context, row, name: (
            _("Left the fleet") if row.resource.archived_at else _("In the fleet")
        ),
    }
    form_columns = ("category", "make", "model", "plate", "serial_number")
    form_args = {
        "plate": {"description": _l("AB-123-CD, typed as you like; empty for a cycle")},
        "serial_number": {"description": _l("Of the frame, or the marking; needed for a cycle")},
    }
    form_template_extra = "jalon_fleet/vehicle_actions.html"
    empty_advice = _l("Add the first vehicle: it can then be booked.")

    def add(self, values: dict[str, Any]) -> Vehicle:
        return vehicles.add(session(), **values)

    def change(self, record: Vehicle, values: dict[str, Any]) -> None:
        vehicles.change(session(), record, **values)
